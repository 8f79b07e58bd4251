// The allocation part of the base: what upstream is offered, what downstream answers, and new frames.
#include "gst/gstvideoenhancebase.h"
#include "gst/gstvideoenhancebase_private.h"

using namespace videoenhance;

GstFlowReturn gst_video_enhance_base_new_frame(GstVideoEnhanceBase* base, GstBuffer* like,
                                               GstBuffer** frame) {
  return base_parent_class()->prepare_output_buffer(GST_BASE_TRANSFORM(base), like, frame);
}

gboolean gst_video_enhance_base_layouts_pass(GstVideoEnhanceBase* base) {
  return base_state(base).layouts_pass;
}

// The parent takes out of `query` what depends on memory: read before.
static gboolean gst_video_enhance_base_decide_allocation(GstBaseTransform* trans, GstQuery* query) {
  BaseState& state = base_state(GST_VIDEO_ENHANCE_BASE(trans));
  state.layouts_pass = gst_query_find_allocation_meta(query, GST_VIDEO_META_API_TYPE, nullptr);
  state.downstream_min = 0;
  for (guint i = 0; i < gst_query_get_n_allocation_pools(query); ++i) {
    guint min = 0;
    gst_query_parse_nth_allocation_pool(query, i, nullptr, nullptr, &min, nullptr);
    state.downstream_min = MAX(state.downstream_min, min);
  }
  return base_parent_class()->decide_allocation(trans, query);
}

// Each proposed pool has at least so many frames.
static void raise_minimum(GstQuery* query, guint least) {
  GstCaps* caps = nullptr;
  gst_query_parse_allocation(query, &caps, nullptr);
  for (guint i = 0; i < gst_query_get_n_allocation_pools(query); ++i) {
    GstBufferPool* pool = nullptr;
    guint size = 0, min = 0, max = 0;
    gst_query_parse_nth_allocation_pool(query, i, &pool, &size, &min, &max);
    min = MAX(min, least);
    if (pool) {
      GstStructure* config = gst_buffer_pool_get_config(pool);
      gst_buffer_pool_config_set_params(config, caps, size, min, max);
      if (!gst_buffer_pool_set_config(pool, config)) gst_clear_object(&pool);  // upstream makes its own
    }
    gst_query_set_nth_allocation_pool(query, i, pool, size, min, max);
    gst_clear_object(&pool);
  }
}

// A decoder must be able to fill a frame while others are held, here and, where they travel on, downstream.
static gboolean gst_video_enhance_base_propose_allocation(GstBaseTransform* trans, GstQuery* decide_query,
                                                          GstQuery* query) {
  if (!base_parent_class()->propose_allocation(trans, decide_query, query)) return FALSE;
  auto* base = GST_VIDEO_ENHANCE_BASE(trans);
  const BaseState& state = base_state(base);
  const GstVideoEnhanceBaseClass* klass = GST_VIDEO_ENHANCE_BASE_GET_CLASS(base);
  raise_minimum(query, 1 + (klass->forwards_frames ? klass->delay(base) + state.downstream_min : 0));
  return TRUE;
}

namespace videoenhance {

void install_allocation_methods(GstVideoEnhanceBaseClass* klass) {
  GstBaseTransformClass* transform_class = GST_BASE_TRANSFORM_CLASS(klass);
  transform_class->decide_allocation = gst_video_enhance_base_decide_allocation;
  transform_class->propose_allocation = gst_video_enhance_base_propose_allocation;
}

}  // namespace videoenhance
