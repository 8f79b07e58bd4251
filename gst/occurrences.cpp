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
    const ObjectLock lock(element_);
    count = ++counts_[index];
  }
  if (!messages_[index].due(gst_util_get_timestamp())) return;
  const GstSegment* segment = &element_->segment;
  const guint64 running_time = gst_segment_to_running_time(segment, GST_FORMAT_TIME, pts);
  const guint64 stream_time = gst_segment_to_stream_time(segment, GST_FORMAT_TIME, pts);
  GstStructure* what = gst_structure_new(kNames[index].message,                                          //
                                         "timestamp", G_TYPE_UINT64, pts,                                //
                                         "running-time", G_TYPE_UINT64, running_time,                    //
                                         "stream-time", G_TYPE_UINT64, stream_time,                      //
                                         "count", G_TYPE_UINT64, count, nullptr);
  gst_element_post_message(GST_ELEMENT(element_), gst_message_new_element(GST_OBJECT(element_), what));
}

void Occurrences::add_to(GstStructure* stats) const {
  for (std::size_t i = 0; i < kKinds; ++i)
    gst_structure_set(stats, kNames[i].count, G_TYPE_UINT64, counts_[i], nullptr);
}

void Occurrences::reset() {
  const ObjectLock lock(element_);
  counts_ = {};
}

}  // namespace videoenhance
