#include "tests/video-enhance/program.h"

#include <fcntl.h>
#include <gst/app/gstappsink.h>
#include <gst/gst.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <sstream>

namespace videoenhance {
namespace {

namespace fs = std::filesystem;

std::string contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string replaced(std::string text, const std::string& word, const std::string& by) {
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + by.size()))
    text.replace(at, word.size(), by);
  return text;
}

std::string of_process(const std::string& name, pid_t process) {
  return replaced(name, "PID", std::to_string(process));
}

GstElement* launch(const std::string& text) {
  GError* error = nullptr;
  GstElement* pipeline = gst_parse_launch(text.c_str(), &error);
  if (!error) return pipeline;
  ADD_FAILURE() << error->message << " in " << text;
  g_error_free(error);
  return pipeline;
}

void run_to_end(GstElement* pipeline) {
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstBus* bus = gst_element_get_bus(pipeline);
  GstMessage* message = gst_bus_timed_pop_filtered(
      bus, GST_CLOCK_TIME_NONE, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  EXPECT_EQ(GST_MESSAGE_TYPE(message), GST_MESSAGE_EOS);
  gst_message_unref(message);
  gst_object_unref(bus);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(pipeline);
}

// Every buffer that arrives at the end of a pipeline, which names its sink "sink".
void for_each_buffer(const std::string& text, const std::function<void(GstBuffer*)>& visit) {
  GstElement* pipeline = launch(text);
  GstElement* sink = gst_bin_get_by_name(GST_BIN(pipeline), "sink");
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstBus* bus = gst_element_get_bus(pipeline);
  for (bool ended = false; !ended;) {
    if (GstSample* sample = gst_app_sink_try_pull_sample(GST_APP_SINK(sink), 50 * GST_MSECOND)) {
      visit(gst_sample_get_buffer(sample));
      gst_sample_unref(sample);
    } else if (GstMessage* message = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR)) {
      ADD_FAILURE() << "an error in " << text;
      gst_message_unref(message);
      ended = true;
    } else {
      ended = gst_app_sink_is_eos(GST_APP_SINK(sink));
    }
  }
  gst_object_unref(bus);
  gst_object_unref(sink);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(pipeline);
}

bool is_running(pid_t child) {
  siginfo_t ended = {};
  waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOHANG | WNOWAIT);
  return ended.si_pid == 0;
}

std::string checksum(GstBuffer* buffer) {
  GstMapInfo map;
  gst_buffer_map(buffer, &map, GST_MAP_READ);
  gchar* text = g_compute_checksum_for_data(G_CHECKSUM_MD5, map.data, map.size);
  gst_buffer_unmap(buffer, &map);
  const std::string result = text;
  g_free(text);
  return result;
}

}  // namespace

Desk::Desk() {
  std::string name = (fs::temp_directory_path() / "video-enhance-XXXXXX").string();
  folder_ = mkdtemp(name.data());
  write("fake.model", "model=fake\n");
}

Desk::~Desk() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void Desk::write(const std::string& name, const std::string& text) const {
  std::ofstream(folder_ / name) << text;
}

std::string Desk::bytes(const std::string& name) const {
  return contents(folder_ / name);
}

void Desk::make(const std::string& name, const std::string& pipeline) const {
  run_to_end(launch(replaced(pipeline, "OUT", path(name))));
}

void Desk::make_lossless(const std::string& name, const std::string& source) const {
  make(name,
       source +
           " ! avenc_ffv1 ! capssetter caps=video/x-ffv,ffversion=1 ! matroskamux ! filesink location=OUT");
}

void Desk::make_clip(const std::string& name, int frames) const {
  const std::string n = std::to_string(frames);
  const std::string video = "videotestsrc pattern=ball num-buffers=" + n +
                            " ! video/x-raw,format=I420,width=64,height=48,framerate=20/1 ! "
                            "x264enc threads=1 key-int-max=7 ! h264parse ! mux. ";
  if (fs::path(name).extension() != ".mkv")
    return make(name, "mp4mux name=mux ! filesink location=OUT " + video);
  make(name, "matroskamux name=mux ! filesink location=OUT " + video +
                 "audiotestsrc samplesperbuffer=2400 num-buffers=" + n +
                 " ! audio/x-raw,format=S16LE,rate=48000,channels=1 ! flacenc ! mux. ");
}

pid_t Desk::start(std::vector<std::string> arguments, const std::function<void()>& before) const {
  arguments.insert(arguments.begin(), VIDEO_ENHANCE);
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  const pid_t child = fork();
  if (child != 0) return child;
  if (chdir(folder_.c_str()) != 0) _exit(126);
  dup2(open("stdout.txt", O_WRONLY | O_CREAT | O_TRUNC, 0666), STDOUT_FILENO);
  dup2(open("stderr.txt", O_WRONLY | O_CREAT | O_TRUNC, 0666), STDERR_FILENO);
  before();
  execv(pointers[0], pointers.data());
  _exit(127);
}

Ran Desk::wait(pid_t child) const {
  int status = 0;
  waitpid(child, &status, 0);
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return {code, contents(folder_ / "stdout.txt"), contents(folder_ / "stderr.txt")};
}

Ran Desk::run(std::vector<std::string> arguments) const {
  return wait(start(std::move(arguments), [] {}));
}

Ran Desk::run_with_file_limit(std::vector<std::string> arguments, long bytes) const {
  return wait(start(std::move(arguments), [bytes] {
    const rlimit limit{static_cast<rlim_t>(bytes), static_cast<rlim_t>(bytes)};
    setrlimit(RLIMIT_FSIZE, &limit);
  }));
}

Ran Desk::run_and_signal(std::vector<std::string> arguments, const std::string& name, int signal) const {
  const fs::path awaited = folder_ / name;
  fs::create_directory(awaited.parent_path());
  const int watch = inotify_init1(IN_CLOEXEC);
  inotify_add_watch(watch, awaited.parent_path().c_str(), IN_MOVED_TO);
  const pid_t child = start(std::move(arguments), [] {});
  alignas(inotify_event) char events[4096];
  while (!fs::exists(awaited) && read(watch, events, sizeof events) > 0) {
  }
  close(watch);
  kill(child, signal);
  return wait(child);
}

Ran Desk::run_and_interrupt_reading(std::vector<std::string> arguments, const std::string& name) const {
  const fs::path pipe = folder_ / name;
  const std::string text = contents(pipe);
  fs::remove(pipe);
  mkfifo(pipe.c_str(), 0666);
  const pid_t child = start(std::move(arguments), [] {});
  int writer = -1;
  while ((writer = open(pipe.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC)) < 0 && is_running(child))
    poll(nullptr, 0, 1);
  kill(child, SIGINT);
  EXPECT_EQ(::write(writer, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  close(writer);
  const Ran ran = wait(child);
  fs::remove(pipe);
  write(name, text);
  return ran;
}

Ran Desk::run_and_interrupt_writing(std::vector<std::string> arguments, const std::string& name) const {
  fs::create_directories((folder_ / name).parent_path());
  const pid_t child = start(std::move(arguments), [&] { mkfifo(of_process(name, getpid()).c_str(), 0666); });
  const fs::path pipe = folder_ / of_process(name, child);
  pollfd reader = {-1, POLLIN, 0};
  char bytes[4096];
  for (bool signalled = false; is_running(child);) {
    if (reader.fd < 0) reader.fd = open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    poll(&reader, 1, 1);
    if (read(reader.fd, bytes, sizeof bytes) > 0 && !std::exchange(signalled, true)) kill(child, SIGINT);
  }
  close(reader.fd);
  return wait(child);
}

Ran Desk::run_with_full_disk(std::vector<std::string> arguments, const std::string& name) const {
  return wait(start(std::move(arguments), [&] {
    if (symlink("/dev/full", of_process(name, getpid()).c_str()) != 0) _exit(126);
  }));
}

std::vector<std::string> Desk::frames(const std::string& name) const {
  std::vector<std::string> sums;
  for_each_buffer(
      "filesrc location=" + path(name) + " ! decodebin ! video/x-raw ! appsink name=sink sync=false",
      [&](GstBuffer* buffer) { sums.push_back(checksum(buffer)); });
  return sums;
}

std::vector<unsigned long> Desk::times(const std::string& name) const {
  std::vector<unsigned long> times;
  for_each_buffer(
      "filesrc location=" + path(name) + " ! decodebin ! video/x-raw ! appsink name=sink sync=false",
      [&](GstBuffer* buffer) { times.push_back(GST_BUFFER_PTS(buffer)); });
  return times;
}

std::vector<std::string> Desk::packets(const std::string& name, const std::string& caps) const {
  std::vector<std::string> sums;
  for_each_buffer(
      "filesrc location=" + path(name) + " ! parsebin ! " + caps + " ! appsink name=sink sync=false",
      [&](GstBuffer* buffer) {
        sums.push_back(checksum(buffer) + " " + std::to_string(GST_BUFFER_PTS(buffer) / GST_MSECOND));
      });
  return sums;
}

std::string Desk::decoded(const std::string& name, const std::string& as) const {
  std::string bytes;
  for_each_buffer(
      "filesrc location=" + path(name) + " ! decodebin ! " + as + " ! appsink name=sink sync=false",
      [&](GstBuffer* buffer) {
        std::string part(gst_buffer_get_size(buffer), '\0');
        gst_buffer_extract(buffer, 0, part.data(), part.size());
        bytes += part;
      });
  return bytes;
}

std::string Desk::audio(const std::string& name) const {
  return decoded(name, "audioconvert ! audio/x-raw,format=S16LE");
}

std::string Desk::luma(const std::string& name) const {
  return decoded(name, "videoconvert ! video/x-raw,format=GRAY8");
}

}  // namespace videoenhance
