#include "gst/metapolicy.h"

namespace videoenhance {
namespace {

gboolean keep_layout_only(GstBuffer*, GstMeta** meta, gpointer) {
  const GType api = (*meta)->info->api;
  // The parent of a pool's memory must live as long as the memory is shown.
  const bool layout = api == GST_VIDEO_META_API_TYPE || api == GST_VIDEO_CROP_META_API_TYPE ||
                      api == GST_PARENT_BUFFER_META_API_TYPE;
  if (!layout) *meta = nullptr;
  return TRUE;
}

gboolean drop_captions(GstBuffer*, GstMeta** meta, gpointer) {
  if ((*meta)->info->api == GST_VIDEO_CAPTION_META_API_TYPE) *meta = nullptr;
  return TRUE;
}

}  // namespace

BufferPtr first_showing(GstBuffer* source) {
  return BufferPtr(gst_buffer_copy(source));
}

BufferPtr repeated_showing(GstBuffer* source) {
  BufferPtr copy = first_showing(source);
  gst_buffer_foreach_meta(copy.get(), keep_layout_only, nullptr);
  return copy;
}

void WaitingCaptions::take_from(GstBuffer* source) {
  gpointer state = nullptr;
  while (GstMeta* meta = gst_buffer_iterate_meta_filtered(source, &state, GST_VIDEO_CAPTION_META_API_TYPE)) {
    const auto* caption = reinterpret_cast<const GstVideoCaptionMeta*>(meta);
    captions_.push_back({caption->caption_type, {caption->data, caption->data + caption->size}});
  }
}

void WaitingCaptions::attach_to(GstBuffer* output) {
  if (captions_.empty()) return;
  take_from(output);
  gst_buffer_foreach_meta(output, drop_captions, nullptr);
  for (const Caption& caption : captions_) {
    gst_buffer_add_video_caption_meta(output, caption.type, caption.data.data(), caption.data.size());
  }
  captions_.clear();
}

}  // namespace videoenhance
