// The command line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "tools/video-enhance/failure.h"

namespace videoenhance {

struct Ratio {
  int n = 0;
  int d = 1;
  bool operator==(const Ratio&) const = default;
};

// What --fps asks for: frames per second, or a factor ("x2").
struct RateWish {
  Ratio value;
  bool is_factor = false;
};

enum class Command { kEnhance, kModels, kDoctor };

struct Options {
  Command command = Command::kEnhance;
  std::filesystem::path input, output;
  std::optional<double> scale;
  std::optional<RateWish> fps;
  std::string upscale_model, interpolate_model;  // empty: the element's default
  std::string device = "auto", precision = "auto";
  std::optional<std::uint64_t> start, end;  // ns
  std::string codec = "h264";
  int crf = 18;
  std::uint64_t segment = 0;  // source frames; 0: as plan.h chooses
  std::filesystem::path preview;
  bool compare = false;
  std::filesystem::path reference;
  bool json = false, force = false, resume = false;
};

// "60", "59.94", "60000/1001", "x2", "x5/2"; the usual NTSC rates are recognised by two or three decimals.
Outcome<RateWish> parse_rate(const std::string& text);

// "90", "90.5", "1:30", "1:01:30.25" in ns.
Outcome<std::uint64_t> parse_time(const std::string& text);

// The ending of a file's name in lower case, with its dot.
std::string ending_of(const std::filesystem::path& file);

// Errors are kUsage. A failure with code kDone carries the help or version text, which is to be printed.
Outcome<Options> parse_options(int argc, char** argv);

}  // namespace videoenhance
