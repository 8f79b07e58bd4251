// Runs the real program, and looks at what it wrote.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace videoenhance {

struct Ran {
  int code = -1;  // 128 + n where signal n ended it
  std::string out, err;
};

// A folder of its own for each test, with models for the fake engine, and what can be done there.
class Desk {
 public:
  Desk();
  ~Desk();
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  bool has(const std::string& name) const { return std::filesystem::exists(folder_ / name); }
  void write(const std::string& name, const std::string& text) const;
  std::string bytes(const std::string& name) const;

  // Makes a file with gst-launch's language; "OUT" stands for its path.
  void make(const std::string& name, const std::string& pipeline) const;
  // The same with FFV1 in Matroska; `source` gives the frames.
  void make_lossless(const std::string& name, const std::string& source) const;
  // 20 frames a second, 64x48, and a tone in FLAC if the name ends in .mkv.
  void make_clip(const std::string& name, int frames) const;

  // Arguments are as on the command line; files are named relative to the folder.
  Ran run(std::vector<std::string> arguments) const;
  // Sends `signal` once the file `name` has been given its name, and waits for the end.
  Ran run_and_signal(std::vector<std::string> arguments, const std::string& name, int signal) const;
  // Sends Ctrl-C when the program opens the file `name`, which is there, to read it.
  Ran run_and_interrupt_reading(std::vector<std::string> arguments, const std::string& name) const;
  // In the names of files that it writes, "PID" stands for the program's process.
  // Sends Ctrl-C when the program writes the first of the file `name`, which is a pipe.
  Ran run_and_interrupt_writing(std::vector<std::string> arguments, const std::string& name) const;
  // The file `name` lies on a disk that is full.
  Ran run_with_full_disk(std::vector<std::string> arguments, const std::string& name) const;
  // With files of at most so many bytes.
  Ran run_with_file_limit(std::vector<std::string> arguments, long bytes) const;

  // One checksum for each decoded frame.
  std::vector<std::string> frames(const std::string& name) const;
  // The times of the decoded frames, in ns.
  std::vector<unsigned long> times(const std::string& name) const;
  // Checksum and time of each packet of the stream whose caps begin so.
  std::vector<std::string> packets(const std::string& name, const std::string& caps) const;
  // Decoded audio, 16 bits a sample; decoded luma, 8 bits a pixel.
  std::string audio(const std::string& name) const;
  std::string luma(const std::string& name) const;

 private:
  std::string decoded(const std::string& name, const std::string& as) const;
  pid_t start(std::vector<std::string> arguments, const std::function<void()>& before) const;
  Ran wait(pid_t child) const;

  std::filesystem::path folder_;
};

}  // namespace videoenhance
