#include "tools/video-enhance/doctor.h"

#include <iostream>
#include <nlohmann/json.hpp>

#include "core/engine/module.h"
#include "tools/video-enhance/pipeline.h"

namespace videoenhance {
namespace {

using nlohmann::json;

class Report {
 public:
  explicit Report(bool json) : json_(json) {}

  void good(const std::string& what, const std::string& detail) { line(what, "ok", detail); }
  // Something that only some users need.
  void note(const std::string& what, const std::string& detail) { line(what, "--", detail); }
  void bad(const std::string& what, const Failure& failure) {
    line(what, "problem", failure.sentence);
    ++problems_;
    if (failure.code == ExitCode::kModel) code_ = ExitCode::kModel;
  }

  Outcome<void> result() const {
    if (problems_ == 0) return {};
    return failed(code_, std::to_string(problems_) + (problems_ == 1 ? " problem was" : " problems were") +
                             " found; the lines above say what to do.");
  }

 private:
  void line(const std::string& what, const std::string& state, const std::string& detail) {
    if (json_) {
      std::cout << json{{"check", what}, {"state", state}, {"detail", detail}}.dump() << std::endl;
    } else {
      std::cout << state << std::string(9 - state.size(), ' ') << what << ": " << detail << std::endl;
    }
  }

  bool json_;
  int problems_ = 0;
  ExitCode code_ = ExitCode::kFailed;
};

std::string text_of(const GstStructure* stats, const char* field) {
  const gchar* text = gst_structure_get_string(stats, field);
  return text ? text : "?";
}

// Lets the element make a few small pictures.
Outcome<std::string> try_out(const std::string& element, const std::string& device) {
  auto pipeline = Pipeline::make(
      "videotestsrc num-buffers=2 ! video/x-raw,format=I420,width=64,height=64,framerate=25/1 ! " + element +
          " name=tried device=" + device + " ! fakesink",
      ExitCode::kModel);
  if (!pipeline) return tl::unexpected(pipeline.error());
  if (auto started = pipeline->set_state(GST_STATE_PLAYING); !started) return tl::unexpected(started.error());
  for (bool done = false; !done;) {
    auto ended = pipeline->ended(GST_SECOND);
    if (!ended) return tl::unexpected(ended.error());
    done = *ended;
  }
  GstStructure* stats = nullptr;
  g_object_get((*pipeline)["tried"], "stats", &stats, nullptr);
  const std::string result = "the model " + text_of(stats, "model") + " works on " +
                             text_of(stats, "device") + " in " + text_of(stats, "precision");
  gst_structure_free(stats);
  return result;
}

void check_elements(Report& report) {
  const std::vector<std::string> names = {
      "appsrc",     "appsink",    "decodebin", "parsebin",  "videoconvert", "deinterlace", "multiqueue",
      "gdppay",     "gdpdepay",   "x264enc",   "h264parse", "x265enc",      "h265parse",   "avenc_ffv1",
      "capssetter", "avenc_alac", "aacparse",  "mp4mux",    "qtmux",        "matroskamux", "pngenc"};
  std::size_t found = 0;
  for (const std::string& name : names) {
    if (auto there = need_element(name)) {
      ++found;
    } else {
      report.bad(name, there.error());
    }
  }
  if (found == names.size())
    report.good("GStreamer's elements", "all " + std::to_string(found) + " are there");
}

void check_decoder(Report& report, const char* what, const char* caps_text) {
  const Owned<GstCaps> caps(gst_caps_from_string(caps_text));
  GList* all = gst_element_factory_list_get_elements(GST_ELEMENT_FACTORY_TYPE_DECODER, GST_RANK_MARGINAL);
  GList* fit = gst_element_factory_list_filter(all, caps.get(), GST_PAD_SINK, FALSE);
  if (fit) {
    report.good(std::string(what) + " decoder", GST_OBJECT_NAME(fit->data));
  } else {
    report.bad(std::string(what) + " decoder",
               {ExitCode::kFailed, "None was found; install the Debian package gstreamer1.0-libav."});
  }
  gst_plugin_feature_list_free(fit);
  gst_plugin_feature_list_free(all);
}

// True if the elements can be tried at all.
bool check_plugin(Report& report) {
  for (const char* name : {"flashvsr", "frameinterpolate"}) {
    if (auto there = need_element(name); !there) {
      report.bad("plugin", there.error());
      return false;
    }
  }
  GstPlugin* plugin = gst_registry_find_plugin(gst_registry_get(), "videoenhance");
  report.good("plugin",
              std::string(gst_plugin_get_version(plugin)) + " in " + gst_plugin_get_filename(plugin));
  gst_object_unref(plugin);
  const auto module = open_engine_module();
  if (module) {
    report.good("module", "it can be opened");
  } else {
    report.bad("module", {ExitCode::kModel, module.error().message});
  }
  return module.has_value();
}

void check_element(Report& report, const std::string& what, const std::string& element) {
  const auto tried = try_out(element, "auto");
  if (tried) {
    report.good(what, *tried);
  } else {
    report.bad(what, tried.error());
  }
}

}  // namespace

Outcome<void> examine(bool as_json) {
  Report report(as_json);
  gchar* version = gst_version_string();
  report.good("GStreamer", version);
  g_free(version);
  if (check_plugin(report)) {
    check_element(report, "--fps", "frameinterpolate");
    check_element(report, "--scale", "flashvsr");
    const auto cuda = try_out("frameinterpolate", "cuda");
    report.note("CUDA", cuda ? *cuda : cuda.error().sentence);
  }
  check_elements(report);
  check_decoder(report, "H.264", "video/x-h264");
  check_decoder(report, "H.265", "video/x-h265");
  check_decoder(report, "VP9", "video/x-vp9");
  check_decoder(report, "AV1", "video/x-av1");
  return report.result();
}

}  // namespace videoenhance
