#include "tools/video-enhance/join.h"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>

#include <map>

#include "tools/video-enhance/interrupt.h"
#include "tools/video-enhance/matroska_tags.h"
#include "tools/video-enhance/streams.h"

namespace videoenhance {
namespace {

namespace fs = std::filesystem;

// Decoding begins before the first picture is shown, and times cannot be negative: as encoders do it, a
// segment says where zero lies.
constexpr GstClockTime kZero = 3600 * 1000 * GST_SECOND;

// One stream that is copied: linked when its pad appears.
struct Copied {
  std::string id;
  GstElement* first;  // where it goes in
  GstClockTime start, end;
  bool linked = false;
};

using Copies = std::map<std::string, Copied>;

GstClockTime running_time(GstPad* pad, GstClockTime time) {
  GstEvent* event = gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0);
  if (!event) return time;
  const GstSegment* segment = nullptr;
  gst_event_parse_segment(event, &segment);
  const GstClockTime result = gst_segment_to_stream_time(segment, GST_FORMAT_TIME, time);
  gst_event_unref(event);
  return result;
}

GstPadProbeReturn cut(GstPad* pad, GstPadProbeInfo* info, gpointer data) {
  const auto* copied = static_cast<const Copied*>(data);
  GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
  if (!GST_BUFFER_PTS_IS_VALID(buffer)) return GST_PAD_PROBE_OK;
  const GstClockTime time = running_time(pad, GST_BUFFER_PTS(buffer));
  if (!GST_CLOCK_TIME_IS_VALID(time)) return GST_PAD_PROBE_OK;
  return time >= copied->start && time < copied->end ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
}

// The muxer is given those that fit.
GstPadProbeReturn drop_chapters(GstPad*, GstPadProbeInfo* info, gpointer) {
  return GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(info)) == GST_EVENT_TOC ? GST_PAD_PROBE_DROP
                                                                         : GST_PAD_PROBE_OK;
}

void pad_added(GstElement* parse, GstPad* pad, gpointer data) {
  auto& copies = *static_cast<Copies*>(data);
  gchar* id = gst_pad_get_stream_id(pad);
  const auto found = copies.find(id ? id : "");
  g_free(id);
  GstElement* target = nullptr;
  if (found != copies.end() && !found->second.linked) {
    found->second.linked = true;
    target = found->second.first;
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, cut, &found->second, nullptr);
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, drop_chapters, nullptr, nullptr);
    gst_pad_set_offset(pad, -static_cast<gint64>(found->second.start));
  } else {
    target = gst_element_factory_make("fakesink", nullptr);
    g_object_set(target, "async", FALSE, "sync", FALSE, nullptr);
    const Owned<GstElement> bin(GST_ELEMENT(gst_element_get_parent(parse)));
    gst_bin_add(GST_BIN(bin.get()), target);
    gst_element_sync_state_with_parent(target);
  }
  const Owned<GstPad> sink(gst_element_get_static_pad(target, "sink"));
  gst_pad_link(pad, sink.get());
}

// Everything about the picture but what its new encoding changes.
Owned<GstTagList> without_encoding(const GstTagList* tags) {
  if (!tags) return nullptr;
  Owned<GstTagList> copy(gst_tag_list_copy(tags));
  for (const char* tag :
       {GST_TAG_BITRATE, GST_TAG_NOMINAL_BITRATE, GST_TAG_MINIMUM_BITRATE, GST_TAG_MAXIMUM_BITRATE,
        GST_TAG_VIDEO_CODEC, GST_TAG_ENCODER, GST_TAG_ENCODER_VERSION, GST_TAG_CONTAINER_FORMAT,
        GST_TAG_CODEC, GST_TAG_AUDIO_CODEC, GST_TAG_APPLICATION_NAME})
    gst_tag_list_remove_tag(copy.get(), tag);
  return copy;
}

// Before the first packet, and after the caps, where sticky events have their place.
GstPadProbeReturn push_tags(GstPad* pad, GstPadProbeInfo*, gpointer tags) {
  if (tags) gst_pad_push_event(pad, gst_event_new_tag(gst_tag_list_ref(static_cast<GstTagList*>(tags))));
  return GST_PAD_PROBE_REMOVE;
}

std::string pipeline_text(const std::string& muxer, const StreamsPlan& streams) {
  std::string text = muxer +
                     " name=mux ! filesink name=file appsrc name=video format=time "
                     "handle-segment-change=true ! queue ! mux.video_0 ";
  if (streams.kept.empty()) return text;
  // A muxer waits for subtitles, which may be far away in the file, before it takes more of the rest: there
  // must be room for much audio.
  text +=
      "filesrc name=source ! parsebin name=parse multiqueue name=wait max-size-buffers=0 max-size-time=0 "
      "max-size-bytes=268435456 ";
  for (std::size_t k = 0; k < streams.kept.size(); ++k) {
    const std::string n = std::to_string(k);
    const StreamPlan& stream = streams.kept[k];
    text += "identity name=in" + n + " silent=true ! wait.sink_" + n + " wait.src_" + n + " ! " +
            (stream.by_way.empty() ? "" : stream.by_way + " ! ") + "mux." + stream.pad + " ";
  }
  return text;
}

// Whether the end of the stream came within `wait`.
Outcome<bool> ended(Pipeline& pipeline, const JoinJob& job, GstClockTime wait) {
  if (job.can_be_stopped && interrupted())
    return failed(ExitCode::kInterrupted,
                  "Stopped while the video was put together; --resume does that again, and no more.");
  return pipeline.ended(wait);
}

// Feeds the segments' packets to the muxer, one after the other.
class Feeder {
 public:
  Feeder(Pipeline& pipeline, const JoinJob& job)
      : pipeline_(pipeline), job_(job), source_(GST_APP_SRC(pipeline["video"])) {
    gst_segment_init(&segment_, GST_FORMAT_TIME);
    segment_.start = segment_.position = kZero;
  }

  Outcome<void> feed(const fs::path& file) {
    auto reader = Pipeline::make(
        "filesrc name=file ! gdpdepay ! appsink name=packets sync=false max-buffers=16", ExitCode::kFailed);
    if (!reader) return tl::unexpected(reader.error());
    set_location((*reader)["file"], file);
    if (auto started = reader->set_state(GST_STATE_PLAYING); !started) return started;
    GstAppSink* sink = GST_APP_SINK((*reader)["packets"]);
    for (;;) {
      const Owned<GstSample> sample{gst_app_sink_try_pull_sample(sink, 50 * GST_MSECOND)};
      if (sample) {
        if (auto pushed = push(sample.get()); !pushed) return pushed;
        continue;
      }
      if (auto checked = reader->check(); !checked) return checked;
      if (gst_app_sink_is_eos(sink)) return {};
    }
  }

  std::uint64_t frames() const { return frames_; }

 private:
  Outcome<void> push(GstSample* sample) {
    for (bool full = true; full;) {
      full = gst_app_src_get_current_level_buffers(source_) >= kWaiting;
      if (auto checked = ended(pipeline_, job_, full ? 5 * GST_MSECOND : 0); !checked)
        return tl::unexpected(checked.error());
    }
    GstBuffer* buffer = gst_buffer_copy(gst_sample_get_buffer(sample));
    const GstSegment* from = gst_sample_get_segment(sample);
    GST_BUFFER_PTS(buffer) = moved(from, GST_BUFFER_PTS(buffer));
    GST_BUFFER_DTS(buffer) = moved(from, GST_BUFFER_DTS(buffer));
    // Segments that are encoded alone may overlap by a nanosecond's rounding.
    if (GST_BUFFER_DTS_IS_VALID(buffer)) {
      if (frames_ > 0 && GST_BUFFER_DTS(buffer) <= last_) GST_BUFFER_DTS(buffer) = last_ + 1;
      last_ = GST_BUFFER_DTS(buffer);
    }
    GST_BUFFER_FLAG_UNSET(buffer, GST_BUFFER_FLAG_DISCONT);
    if (frames_++ == 0) gst_app_src_set_caps(source_, gst_sample_get_caps(sample));
    const Owned<GstBuffer> owned(buffer);
    const Owned<GstSample> packet(gst_sample_new(buffer, gst_sample_get_caps(sample), &segment_, nullptr));
    gst_app_src_push_sample(source_, packet.get());
    return {};
  }

  static GstClockTime moved(const GstSegment* from, GstClockTime time) {
    if (!GST_CLOCK_TIME_IS_VALID(time)) return time;
    guint64 result = 0;
    const int sign = gst_segment_to_running_time_full(from, GST_FORMAT_TIME, time, &result);
    return sign >= 0 ? kZero + result : kZero - result;
  }

  static constexpr guint64 kWaiting = 16;  // packets before the muxer

  Pipeline& pipeline_;
  const JoinJob& job_;
  GstAppSrc* source_;
  GstSegment segment_;
  GstClockTime last_ = 0;
  std::uint64_t frames_ = 0;
};

void set_up_muxer(GstElement* muxer, const Source& source, const Options& options, const JoinJob& job,
                  Joined& joined) {
  if (const auto tags = without_encoding(source.tags.get()))
    gst_tag_setter_merge_tags(GST_TAG_SETTER(muxer), tags.get(), GST_TAG_MERGE_KEEP);
  if (muxer_for(options.output) == "matroskamux") write_plain_tags(muxer);
  if (g_object_class_find_property(G_OBJECT_GET_CLASS(muxer), "faststart"))
    g_object_set(muxer, "faststart", TRUE, "faststart-file", job.aside.c_str(), nullptr);
  if (!source.toc) return;
  if (!GST_IS_TOC_SETTER(muxer)) {
    joined.warnings.push_back("The chapters were left out, as only .mkv can store them here.");
  } else if (options.start.value_or(0) > 0) {
    joined.warnings.push_back("The chapters were left out, as the video begins elsewhere.");
  } else {
    gst_toc_setter_set_toc(GST_TOC_SETTER(muxer), source.toc.get());
  }
}

Copies copies_of(const Pipeline& pipeline, const StreamsPlan& streams, const Options& options,
                 GstClockTime end) {
  Copies copies;
  for (std::size_t k = 0; k < streams.kept.size(); ++k) {
    const std::string& id = streams.kept[k].stream->id;
    copies.emplace(id,
                   Copied{id, pipeline[("in" + std::to_string(k)).c_str()], options.start.value_or(0), end});
  }
  return copies;
}

}  // namespace

Outcome<Joined> join(const Source& source, const Options& options, const JoinJob& job) {
  const std::string muxer = muxer_for(options.output);
  const StreamsPlan streams = plan_streams(source, muxer);
  // These outlive the pipeline, whose threads look at them.
  Copies copies;
  const auto picture_tags = without_encoding(source.picture().tags.get());
  auto pipeline = Pipeline::make(pipeline_text(muxer, streams), ExitCode::kFailed);
  if (!pipeline) return tl::unexpected(pipeline.error());
  Joined joined{0, {}, streams.warnings};
  for (const StreamPlan& stream : streams.kept) joined.kept.push_back(stream.name);
  set_location((*pipeline)["file"], job.output);
  set_up_muxer((*pipeline)["mux"], source, options, job, joined);
  copies = copies_of(*pipeline, streams, options, job.end);
  if (!streams.kept.empty()) {
    set_location((*pipeline)["source"], options.input);
    keep_subtitles((*pipeline)["parse"]);
    g_signal_connect((*pipeline)["parse"], "pad-added", G_CALLBACK(pad_added), &copies);
  }
  const Owned<GstPad> picture(gst_element_get_static_pad((*pipeline)["video"], "src"));
  gst_pad_add_probe(picture.get(), GST_PAD_PROBE_TYPE_BUFFER, push_tags, picture_tags.get(), nullptr);
  if (auto started = pipeline->set_state(GST_STATE_PLAYING); !started) return tl::unexpected(started.error());
  Feeder feeder(*pipeline, job);
  for (const fs::path& segment : job.segments)
    if (auto fed = feeder.feed(segment); !fed) return tl::unexpected(fed.error());
  gst_app_src_end_of_stream(GST_APP_SRC((*pipeline)["video"]));
  for (bool at_end = false; !at_end;) {
    auto waited = ended(*pipeline, job, 100 * GST_MSECOND);
    if (!waited) return tl::unexpected(waited.error());
    at_end = *waited;
  }
  joined.frames = feeder.frames();
  if (auto closed = pipeline->set_state(GST_STATE_NULL); !closed) return tl::unexpected(closed.error());
  return joined;
}

}  // namespace videoenhance
