#include "gst/metapolicy.h"

#include <cmath>

namespace videoenhance {
namespace {

gboolean keep_layout_only(GstBuffer*, GstMeta** meta, gpointer) {
  const GType api = (*meta)->info->api;
  // The parent of a pool's memory must live as long as the memory is shown.
  const bool layout = api == GST_VIDEO_META_API_TYPE || api == GST_PARENT_BUFFER_META_API_TYPE;
  if (!layout) *meta = nullptr;
  return TRUE;
}

gboolean drop_api(GstBuffer*, GstMeta** meta, gpointer api) {
  if ((*meta)->info->api == *static_cast<GType*>(api)) *meta = nullptr;
  return TRUE;
}

void drop_metas(GstBuffer* buffer, GType api) {
  gst_buffer_foreach_meta(buffer, drop_api, &api);
}

bool has_tag(const GstMetaInfo* info, const char* tag) {
  return gst_meta_api_type_has_tag(info->api, g_quark_from_static_string(tag));
}

gboolean copy_unless_of_memory(GstBuffer* source, GstMeta** place, gpointer copy) {
  const GstMetaInfo* info = (*place)->info;
  if (has_tag(info, GST_META_TAG_MEMORY_STR) || has_tag(info, GST_META_TAG_MEMORY_REFERENCE_STR)) return TRUE;
  if (!info->transform_func) return TRUE;
  GstMetaTransformCopy whole = {FALSE, 0, static_cast<gsize>(-1)};
  info->transform_func(GST_BUFFER(copy), *place, source, _gst_meta_transform_copy, &whole);
  return TRUE;
}

struct Scaling {
  const GstVideoInfo& from;
  const GstVideoInfo& to;
  GstBuffer* scaled;
};

// Without positions of its own, or with such as a transform by scaling knows of.
bool is_about_the_picture(const GstMeta* meta) {
  const gchar* const known[] = {GST_META_TAG_VIDEO_STR, GST_META_TAG_VIDEO_SIZE_STR,
                                GST_META_TAG_VIDEO_ORIENTATION_STR, nullptr};
  if (GST_META_FLAG_IS_SET(meta, GST_META_FLAG_POOLED) || !meta->info->transform_func) return false;
  if (meta->info->api == GST_VIDEO_CROP_META_API_TYPE) return false;
  const gchar* const* tags = gst_meta_api_type_get_tags(meta->info->api);
  for (; tags && *tags; ++tags) {
    if (!g_strv_contains(known, *tags)) return false;
  }
  return true;
}

// Overlays have pixel positions, though their meta does not say so.
void carry_overlay(const GstMeta* meta, const Scaling& scaling) {
  const auto* overlay = reinterpret_cast<const GstVideoOverlayCompositionMeta*>(meta)->overlay;
  GstVideoOverlayComposition* copy =
      gst_video_overlay_composition_copy(const_cast<GstVideoOverlayComposition*>(overlay));
  const double across = static_cast<double>(scaling.to.width) / scaling.from.width;
  const double down = static_cast<double>(scaling.to.height) / scaling.from.height;
  for (guint i = 0; i < gst_video_overlay_composition_n_rectangles(copy); ++i) {
    GstVideoOverlayRectangle* rectangle = gst_video_overlay_composition_get_rectangle(copy, i);
    gint x = 0, y = 0;
    guint width = 0, height = 0;
    gst_video_overlay_rectangle_get_render_rectangle(rectangle, &x, &y, &width, &height);
    gst_video_overlay_rectangle_set_render_rectangle(
        rectangle, static_cast<gint>(std::lround(x * across)), static_cast<gint>(std::lround(y * down)),
        static_cast<guint>(std::lround(width * across)), static_cast<guint>(std::lround(height * down)));
  }
  gst_buffer_add_video_overlay_composition_meta(scaling.scaled, copy);
  gst_video_overlay_composition_unref(copy);
}

gboolean carry_meta(GstBuffer* source, GstMeta** place, gpointer data) {
  const auto& scaling = *static_cast<const Scaling*>(data);
  GstMeta* meta = *place;
  const GstMetaInfo* info = meta->info;
  if (!is_about_the_picture(meta)) return TRUE;
  if (info->api == GST_VIDEO_OVERLAY_COMPOSITION_META_API_TYPE) {
    carry_overlay(meta, scaling);
  } else if (has_tag(info, GST_META_TAG_VIDEO_SIZE_STR)) {
    GstVideoMetaTransform transform = {const_cast<GstVideoInfo*>(&scaling.from),
                                       const_cast<GstVideoInfo*>(&scaling.to)};
    info->transform_func(scaling.scaled, meta, source, gst_video_meta_transform_scale_get_quark(),
                         &transform);
  } else {
    GstMetaTransformCopy copy = {FALSE, 0, static_cast<gsize>(-1)};
    info->transform_func(scaling.scaled, meta, source, _gst_meta_transform_copy, &copy);
  }
  return TRUE;
}

}  // namespace

void carry_metas(GstBuffer* source, const GstVideoInfo& from, GstBuffer* scaled, const GstVideoInfo& to) {
  Scaling scaling{from, to, scaled};
  gst_buffer_foreach_meta(source, carry_meta, &scaling);
}

void carry_all(GstBuffer* source, GstBuffer* copy) {
  constexpr auto kTold = static_cast<GstBufferCopyFlags>(GST_BUFFER_COPY_FLAGS | GST_BUFFER_COPY_TIMESTAMPS);
  gst_buffer_copy_into(copy, source, kTold, 0, static_cast<gsize>(-1));
  gst_buffer_foreach_meta(source, copy_unless_of_memory, copy);
}

BufferPtr first_showing(GstBuffer* source) {
  BufferPtr copy(gst_buffer_copy(source));
  drop_metas(copy.get(), GST_VIDEO_CROP_META_API_TYPE);
  return copy;
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
  drop_metas(output, GST_VIDEO_CAPTION_META_API_TYPE);
  for (const Caption& caption : captions_) {
    gst_buffer_add_video_caption_meta(output, caption.type, caption.data.data(), caption.data.size());
  }
  captions_.clear();
}

}  // namespace videoenhance
