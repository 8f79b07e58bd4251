#include "tools/video-enhance/progress.h"

#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>

namespace videoenhance {
namespace {

using nlohmann::json;

constexpr auto kInterval = std::chrono::milliseconds(500);
constexpr int kBarWidth = 24;

std::string bar(double share) {
  const int full = static_cast<int>(share * kBarWidth);
  return "[" + std::string(static_cast<std::size_t>(full), '#') +
         std::string(static_cast<std::size_t>(kBarWidth - full), '.') + "]";
}

std::string duration_text(double seconds) {
  const auto whole = std::llround(seconds);
  char text[32];
  std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60, whole % 60);
  return text;
}

void print_line(const json& line) {
  std::cout << line.dump(-1, ' ', false, json::error_handler_t::replace) << std::endl;
}

}  // namespace

double memory_in_use() {
  std::ifstream file("/proc/self/statm");
  double size = 0, resident = 0;
  file >> size >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

Progress::Progress(bool json) : json_(json), terminal_(!json && isatty(STDERR_FILENO)) {}

void Progress::frames(std::uint64_t in, std::uint64_t out, std::uint64_t total_in,
                      std::uint64_t done_before) {
  const auto now = Clock::now();
  if (now - last_ < kInterval || (!json_ && !terminal_)) return;
  last_ = now;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const double made = static_cast<double>(in > done_before ? in - done_before : 0);
  const double share =
      std::min(1.0, static_cast<double>(in) / static_cast<double>(std::max<std::uint64_t>(total_in, 1)));
  const double speed = made / seconds;
  const double left =
      speed > 0 ? std::max(0.0, (static_cast<double>(total_in) - static_cast<double>(in)) / speed) : 0;
  if (json_) {
    json line = {{"event", "progress"}, {"frames_in", in},     {"frames_total", total_in},
                 {"frames_out", out},   {"source_fps", speed}, {"memory_mib", memory_in_use()}};
    if (speed > 0) line["seconds_left"] = left;
    print_line(line);
    return;
  }
  std::fprintf(stderr, "\r\033[K%s %3.0f %%  %llu of %llu frames, %.2f per second, %s left, %.0f MiB",
               bar(share).c_str(), share * 100, static_cast<unsigned long long>(in),
               static_cast<unsigned long long>(total_in), speed,
               speed > 0 ? duration_text(left).c_str() : "?", memory_in_use());
  line_ = true;
}

void Progress::clear_line() {
  if (std::exchange(line_, false)) std::fputs("\r\033[K", stderr);
}

void Progress::say(const std::string& sentence) {
  clear_line();
  std::cerr << "video-enhance: " << sentence << '\n';
}

void Progress::stage(const std::string& what) {
  if (json_) return print_line({{"event", "stage"}, {"message", what}});
  if (terminal_) say(what);
}

void Progress::warning(const std::string& sentence) {
  if (json_) return print_line({{"event", "warning"}, {"message", sentence}});
  say(sentence);
}

void Progress::done(const json& summary, const std::string& sentence) {
  clear_line();
  if (!json_) {
    std::cerr << "video-enhance: " << sentence << '\n';
    return;
  }
  json line = summary;
  line["event"] = "done";
  line["seconds"] = std::chrono::duration<double>(Clock::now() - start_).count();
  print_line(line);
}

void Progress::failure(const Failure& failure) {
  if (json_)
    print_line({{"event", "error"},
                {"code", static_cast<int>(failure.code)},
                {"message", failure.sentence},
                {"detail", failure.detail}});
  say(failure.sentence);
}

}  // namespace videoenhance
