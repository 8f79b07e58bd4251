#include "gst/occurrences.h"

#include "gst/handles.h"

namespace videoenhance {
namespace {

struct Names {
  const char* message;
  const char* count;
};

// In the order of Occurrence.
constexpr Names kNames[] = {{"frameinterpolate-scene-change", "scene-changes"},
                            {"frameinterpolate-repeat", "repeats-retimed"},
                            {"frameinterpolate-gap", "gaps"},
                            {"frameinterpolate-skipped-pair", "pairs-skipped"}};

}  // namespace

void Occurrences::note(Occurrence kind, GstClockTime pts) {
  const auto index = static_cast<std::size_t>(kind);
  guint64 count = 0;
  {
    const ObjectLock lock(base_);
    count = ++counts_[index];
  }
  if (!messages_[index].due(gst_util_get_timestamp())) return;
  GstStructure* what = gst_structure_new(
      kNames[index].message, "timestamp", G_TYPE_UINT64, pts, "running-time", G_TYPE_UINT64,
      gst_video_enhance_base_running_time(base_, pts), "stream-time", G_TYPE_UINT64,
      gst_video_enhance_base_stream_time(base_, pts), "count", G_TYPE_UINT64, count, nullptr);
  gst_element_post_message(GST_ELEMENT(base_), gst_message_new_element(GST_OBJECT(base_), what));
}

void Occurrences::add_to(GstStructure* stats) const {
  for (std::size_t i = 0; i < kKinds; ++i)
    gst_structure_set(stats, kNames[i].count, G_TYPE_UINT64, counts_[i], nullptr);
}

void Occurrences::reset() {
  messages_ = {};
  const ObjectLock lock(base_);
  counts_ = {};
}

}  // namespace videoenhance
