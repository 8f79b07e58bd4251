// What the user sees while the program works: a line on the terminal, or JSON lines.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

#include "tools/video-enhance/failure.h"

namespace videoenhance {

class Progress {
 public:
  explicit Progress(bool json);

  // At most twice a second, frames of the source and of the output so far. `done_before` of the frames were
  // made by an earlier run and do not count for the speed.
  void frames(std::uint64_t in, std::uint64_t out, std::uint64_t total_in, std::uint64_t done_before);
  void stage(const std::string& what);
  void warning(const std::string& sentence);
  void done(const nlohmann::json& summary, const std::string& sentence);
  void failure(const Failure& failure);

 private:
  void say(const std::string& sentence);
  void clear_line();

  using Clock = std::chrono::steady_clock;
  bool json_, terminal_;
  bool line_ = false;  // one is on the screen
  Clock::time_point start_ = Clock::now(), last_ = {};
};

// Of this process, in MiB.
double memory_in_use();

}  // namespace videoenhance
