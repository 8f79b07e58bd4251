#include "tools/video-enhance/streams.h"

namespace videoenhance {
namespace {

// Whether a request pad of this template takes the caps.
bool takes(const std::string& muxer, const char* pad, GstCaps* caps) {
  GstElementFactory* factory = gst_element_factory_find(muxer.c_str());
  if (!factory) return false;
  bool can = false;
  for (const GList* entry = gst_element_factory_get_static_pad_templates(factory); entry;
       entry = entry->next) {
    auto* pad_template = static_cast<GstStaticPadTemplate*>(entry->data);
    if (std::string(pad_template->name_template) != pad) continue;
    const Owned<GstCaps> accepted(gst_static_pad_template_get_caps(pad_template));
    can = gst_caps_can_intersect(caps, accepted.get());
  }
  gst_object_unref(factory);
  return can;
}

// The caps of AAC in the form that containers hold, which aacparse makes.
Owned<GstCaps> with_raw_aac(const GstCaps* caps) {
  Owned<GstCaps> copy(gst_caps_copy(caps));
  gst_caps_set_simple(copy.get(), "stream-format", G_TYPE_STRING, "raw", nullptr);
  return copy;
}

bool is_aac(const GstStructure* format) {
  int version = 0;
  return gst_structure_has_name(format, "audio/mpeg") &&
         gst_structure_get_int(format, "mpegversion", &version) && version != 1;
}

// qtmux of GStreamer 1.22 writes Opus' delay with its bytes in the wrong order, so that players skip some
// tenths of a second; and it gives a last packet of unknown duration none, so that they leave it out.
bool is_spoilt(const std::string& muxer, const GstStructure* format) {
  return muxer != "matroskamux" && gst_structure_has_name(format, "audio/x-opus");
}

bool begins(const std::string& text, const char* with) {
  return text.rfind(with, 0) == 0;
}

bool is_styled_text(const GstCaps* caps) {
  const GstStructure* format = gst_caps_get_structure(caps, 0);
  return gst_structure_has_name(format, "application/x-ssa") ||
         gst_structure_has_name(format, "application/x-ass");
}

void plan_audio(const SourceStream& stream, const std::string& muxer, StreamPlan& plan, StreamsPlan& all) {
  plan.pad = "audio_%u";
  const GstStructure* format = gst_caps_get_structure(stream.caps.get(), 0);
  if (is_aac(format) && takes(muxer, "audio_%u", with_raw_aac(stream.caps.get()).get())) {
    plan.by_way = "aacparse";
  } else if (!takes(muxer, "audio_%u", stream.caps.get()) || is_spoilt(muxer, format)) {
    plan.by_way = "decodebin ! audioconvert ! avenc_alac";
    all.warnings.push_back(
        "Audio of the kind " + plan.name +
        " has no safe place in this container and became ALAC, without loss; .mkv would keep it as it is.");
  }
  all.kept.push_back(plan);
}

void plan_stream(const SourceStream& stream, const std::string& muxer, StreamsPlan& all) {
  StreamPlan plan{&stream, "", "", gst_structure_get_name(gst_caps_get_structure(stream.caps.get(), 0))};
  if (begins(plan.name, "audio/")) return plan_audio(stream, muxer, plan, all);
  // The muxers of GStreamer 1.22 refuse text with markup by its caps, though that is what the files hold.
  const std::string as_text = "capssetter caps=text/x-raw,format=utf8";
  plan.pad = "subtitle_%u";
  if (plan.name == "text/x-raw") {
    plan.by_way = as_text;
    return all.kept.push_back(plan);
  }
  if (takes(muxer, "subtitle_%u", stream.caps.get())) return all.kept.push_back(plan);
  if (is_styled_text(stream.caps.get())) {
    plan.by_way = "ssaparse ! " + as_text;
    all.warnings.push_back(
        "Subtitles lost their styles, as this container cannot store them; .mkv would keep them.");
    return all.kept.push_back(plan);
  }
  const bool may_fit_matroska =
      muxer != "matroskamux" && takes("matroskamux", "subtitle_%u", stream.caps.get());
  all.warnings.push_back("A stream of the kind " + plan.name +
                         " was left out, as this container cannot store it" +
                         (may_fit_matroska ? "; .mkv can." : "."));
}

// Subtitles stay as they are, though there is a parser that would turn them into plain text.
gboolean goes_on(GstElement*, GstPad*, GstCaps* caps, gpointer) {
  return !is_styled_text(caps);
}

}  // namespace

void keep_subtitles(GstElement* parse) {
  g_signal_connect(parse, "autoplug-continue", G_CALLBACK(goes_on), nullptr);
}

StreamsPlan plan_streams(const Source& source, const std::string& muxer) {
  StreamsPlan plan;
  for (std::size_t k = 0; k < source.streams.size(); ++k)
    if (k != source.video) plan_stream(source.streams[k], muxer, plan);
  return plan;
}

std::string muxer_for(const std::filesystem::path& output) {
  const std::string type = ending_of(output);
  return type == ".mkv" ? "matroskamux" : type == ".mov" ? "qtmux" : "mp4mux";
}

}  // namespace videoenhance
