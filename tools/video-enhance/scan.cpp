#include "tools/video-enhance/scan.h"

#include <algorithm>
#include <list>
#include <mutex>

#include "tools/video-enhance/interrupt.h"
#include "tools/video-enhance/streams.h"

namespace videoenhance {
namespace {

namespace fs = std::filesystem;

bool is_video(const GstCaps* caps) {
  const gchar* name = gst_structure_get_name(gst_caps_get_structure(caps, 0));
  return g_str_has_prefix(name, "video/") || g_str_has_prefix(name, "image/");
}

// Fills `streams` while the file is read: each pad has its own thread, and a list's nodes stay where they
// are.
struct Scanner {
  GstBin* bin = nullptr;
  std::mutex mutex;
  std::list<SourceStream> streams;
};

GstPadProbeReturn note_time(GstPad* pad, GstPadProbeInfo* info, gpointer stream) {
  GstEvent* event = gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0);
  if (!event) return GST_PAD_PROBE_OK;
  const GstSegment* segment = nullptr;
  gst_event_parse_segment(event, &segment);
  GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
  const GstClockTime time =
      gst_segment_to_stream_time(segment, GST_FORMAT_TIME, GST_BUFFER_DTS_OR_PTS(buffer));
  const GstClockTime shown = gst_segment_to_stream_time(segment, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
  static_cast<SourceStream*>(stream)->times.push_back(GST_CLOCK_TIME_IS_VALID(shown) ? shown : time);
  gst_event_unref(event);
  return GST_PAD_PROBE_OK;
}

void pad_added(GstElement*, GstPad* pad, gpointer data) {
  auto* scanner = static_cast<Scanner*>(data);
  GstElement* sink = gst_element_factory_make("fakesink", nullptr);
  g_object_set(sink, "async", FALSE, "sync", FALSE, nullptr);
  gst_bin_add(scanner->bin, sink);
  gst_element_sync_state_with_parent(sink);
  const Owned<GstPad> sink_pad(gst_element_get_static_pad(sink, "sink"));
  gst_pad_link(pad, sink_pad.get());
  GstCaps* caps = gst_pad_get_current_caps(pad);
  if (!caps) caps = gst_pad_query_caps(pad, nullptr);
  gchar* id = gst_pad_get_stream_id(pad);
  const std::lock_guard lock(scanner->mutex);
  scanner->streams.push_back({id ? id : "", Owned<GstCaps>(caps), nullptr});
  g_free(id);
  if (!gst_caps_is_any(caps) && !gst_caps_is_empty(caps) && is_video(caps))
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, note_time, &scanner->streams.back(), nullptr);
}

// The pads' last caps and tags, now that all has been read.
void take_final_state(GstElement* parse, Scanner& scanner) {
  GValue value = G_VALUE_INIT;
  GstIterator* pads = gst_element_iterate_src_pads(parse);
  while (gst_iterator_next(pads, &value) == GST_ITERATOR_OK) {
    GstPad* pad = GST_PAD(g_value_get_object(&value));
    gchar* id = gst_pad_get_stream_id(pad);
    for (SourceStream& stream : scanner.streams) {
      if (!id || stream.id != id) continue;
      if (GstCaps* caps = gst_pad_get_current_caps(pad)) stream.caps.reset(caps);
      for (guint k = 0;; ++k) {
        GstEvent* event = gst_pad_get_sticky_event(pad, GST_EVENT_TAG, k);
        if (!event) break;
        GstTagList* tags = nullptr;
        gst_event_parse_tag(event, &tags);
        if (gst_tag_list_get_scope(tags) == GST_TAG_SCOPE_STREAM) stream.tags.reset(gst_tag_list_ref(tags));
        gst_event_unref(event);
      }
    }
    g_free(id);
    g_value_reset(&value);
  }
  g_value_unset(&value);
  gst_iterator_free(pads);
}

void take_message(GstMessage* message, Source& source) {
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_TAG) {
    GstTagList* tags = nullptr;
    gst_message_parse_tag(message, &tags);
    const Owned<GstTagList> owned(tags);
    if (gst_tag_list_get_scope(tags) == GST_TAG_SCOPE_GLOBAL)
      source.tags.reset(gst_tag_list_merge(source.tags.get(), tags, GST_TAG_MERGE_KEEP));
  } else if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_TOC) {
    GstToc* toc = nullptr;
    gst_message_parse_toc(message, &toc, nullptr);
    source.toc.reset(toc);
  }
}

Outcome<void> read_all(Pipeline& pipeline) {
  if (auto started = pipeline.set_state(GST_STATE_PLAYING); !started) return started;
  for (;;) {
    auto ended = pipeline.ended(100 * GST_MSECOND);
    if (!ended) return tl::unexpected(ended.error());
    if (*ended) return {};
    if (interrupted()) return stopped();
  }
}

Outcome<void> check_file(const fs::path& input) {
  std::error_code error;
  if (!fs::exists(input, error))
    return failed(ExitCode::kInput, "There is no file '" + input.string() + "'; check the path.");
  if (!fs::is_regular_file(input, error))
    return failed(ExitCode::kInput,
                  "'" + input.string() + "' is no file that can be read from the start; copy it first.");
  if (fs::file_size(input, error) == 0) return failed(ExitCode::kInput, "'" + input.string() + "' is empty.");
  return {};
}

Ratio claimed_rate(const GstCaps* caps) {
  Ratio rate;
  gst_structure_get_fraction(gst_caps_get_structure(caps, 0), "framerate", &rate.n, &rate.d);
  return rate;
}

}  // namespace

Ratio even_rate(const std::vector<GstClockTime>& times, Ratio claimed) {
  if (claimed.n <= 0 || times.empty()) return {0, 1};
  if (!GST_CLOCK_TIME_IS_VALID(times[0])) return claimed;  // a file without times
  const GstClockTime allowed = gst_util_uint64_scale(GST_SECOND / 4, claimed.d, claimed.n);
  for (std::size_t k = 0; k < times.size(); ++k) {
    const GstClockTime due =
        times[0] + gst_util_uint64_scale(k, GST_SECOND * static_cast<guint64>(claimed.d), claimed.n);
    if (!GST_CLOCK_TIME_IS_VALID(times[k]) || std::max(times[k], due) - std::min(times[k], due) > allowed)
      return {0, 1};
  }
  return claimed;
}

Outcome<Source> scan(const fs::path& input) {
  if (auto checked = check_file(input); !checked) return tl::unexpected(checked.error());
  // These outlive the pipeline, whose threads look at them.
  Source source;
  Scanner scanner;
  auto pipeline = Pipeline::make("filesrc name=file ! parsebin name=parse", ExitCode::kInput);
  if (!pipeline) return tl::unexpected(pipeline.error());
  scanner.bin = pipeline->bin();
  pipeline->on_message = [&](GstMessage* message) { take_message(message, source); };
  set_location((*pipeline)["file"], input);
  keep_subtitles((*pipeline)["parse"]);
  g_signal_connect((*pipeline)["parse"], "pad-added", G_CALLBACK(pad_added), &scanner);
  if (auto read = read_all(*pipeline); !read) {
    Failure failure = read.error();
    if (failure.code == ExitCode::kInput)
      failure.sentence = "'" + input.string() + "' cannot be read: " + failure.sentence;
    return tl::unexpected(failure);
  }
  take_final_state((*pipeline)["parse"], scanner);
  if (auto stopped = pipeline->set_state(GST_STATE_NULL); !stopped) return tl::unexpected(stopped.error());
  source.video = scanner.streams.size();
  for (SourceStream& stream : scanner.streams) {
    std::sort(stream.times.begin(), stream.times.end());
    if (source.video == scanner.streams.size() && !stream.times.empty()) source.video = source.streams.size();
    source.streams.push_back(std::move(stream));
  }
  if (source.video == source.streams.size())
    return failed(ExitCode::kInput, "'" + input.string() + "' has no video.");
  source.rate = even_rate(source.picture().times, claimed_rate(source.picture().caps.get()));
  return source;
}

}  // namespace videoenhance
