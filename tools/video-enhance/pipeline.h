// A GStreamer pipeline that is owned, and its errors in words.
#pragma once

#include <gst/gst.h>

#include <functional>
#include <memory>
#include <string>

#include "tools/video-enhance/failure.h"

namespace videoenhance {

struct Unref {
  void operator()(GstElement* object) const { gst_object_unref(object); }
  void operator()(GstPad* object) const { gst_object_unref(object); }
  void operator()(GstBus* object) const { gst_object_unref(object); }
  void operator()(GstCaps* caps) const { gst_caps_unref(caps); }
  void operator()(GstBuffer* buffer) const { gst_buffer_unref(buffer); }
  void operator()(GstSample* sample) const { gst_sample_unref(sample); }
  void operator()(GstMessage* message) const { gst_message_unref(message); }
  void operator()(GstToc* toc) const { gst_toc_unref(toc); }
  void operator()(GstTagList* tags) const { gst_tag_list_unref(tags); }
};
template <typename T>
using Owned = std::unique_ptr<T, Unref>;

inline Owned<GstCaps> share(GstCaps* caps) {
  return Owned<GstCaps>(gst_caps_ref(caps));
}

// Makes `text`'s pipeline and takes it to NULL when it is destroyed. An error that an element reports becomes
// a Failure: with the element's own sentence and kModel where it is one of ours, kOutput where a file cannot
// be written, else with the code given here.
class Pipeline {
 public:
  // Errors: kFailed, where an element is missing: the sentence names it and its Debian package.
  static Outcome<Pipeline> make(const std::string& text, ExitCode otherwise);

  Pipeline(Pipeline&&) = default;
  Pipeline& operator=(Pipeline&&) = delete;
  ~Pipeline();

  GstBin* bin() const { return GST_BIN(pipeline_.get()); }
  // An element of the text by its name, which must be there. Lives as long as the pipeline.
  GstElement* operator[](const char* name) const;

  // Waits for the change to be done, but for PLAYING, which is done when data flows.
  Outcome<void> set_state(GstState state);
  // An error that was posted; waits for at most `wait`. Warnings go to `on_warning`.
  Outcome<void> check(GstClockTime wait = 0);
  // Whether the end of the stream came within `wait`.
  Outcome<bool> ended(GstClockTime wait);

  std::function<void(const std::string&)> on_warning = [](const std::string&) {};
  // Every other message.
  std::function<void(GstMessage*)> on_message = [](GstMessage*) {};

 private:
  Pipeline(Owned<GstElement> pipeline, ExitCode otherwise)
      : pipeline_(std::move(pipeline)), bus_(gst_element_get_bus(pipeline_.get())), otherwise_(otherwise) {}

  Failure failure_of(GstMessage* message) const;

  Owned<GstElement> pipeline_;
  Owned<GstBus> bus_;
  ExitCode otherwise_;
};

// Sets a property from its text, as on a command line.
void set(GstElement* element, const char* property, const std::string& value);

// A file for an element to read or write, whatever characters its path has.
void set_location(GstElement* element, const std::string& path);

// "videoenhance's element NAME is missing; ..." or the Debian package of any other, where it is not there.
Outcome<void> need_element(const std::string& name);

}  // namespace videoenhance
