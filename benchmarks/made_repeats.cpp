#include "benchmarks/made_repeats.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace videoenhance {
namespace {

constexpr std::size_t kSource = 100;  // frames of a clip that are used
constexpr std::size_t kStill = 60;    // frames of a picture that nearly stands still

std::uint8_t to_code(double value) {
  return static_cast<std::uint8_t>(std::clamp(std::lround(value), 1l, 254l));
}

LumaClip empty_like(const LumaClip& clip) {
  return {clip.width & ~1, clip.height & ~1, {}};  // x264 wants even sizes
}

LumaClip::Frame even_part(const LumaClip& clip, const LumaClip::Frame& frame) {
  LumaClip::Frame out;
  for (int y = 0; y < (clip.height & ~1); ++y) {
    const auto row = frame.begin() + static_cast<std::ptrdiff_t>(y) * clip.width;
    out.insert(out.end(), row, row + (clip.width & ~1));
  }
  return out;
}

// Every `step`-th frame, held for as many frames as `holds` says in turn.
RepeatStream held(const LumaClip& clip, std::size_t step, const std::vector<int>& holds) {
  RepeatStream stream{"", empty_like(clip), {}};
  for (std::size_t k = 0; k * step < clip.frames.size(); ++k) {
    for (int i = 0; i < holds[k % holds.size()]; ++i) {
      stream.clip.frames.push_back(clip.frames[k * step]);
      stream.repeats.push_back(i > 0);
    }
  }
  return stream;
}

void add_grain(LumaClip& clip, double deviation) {
  std::mt19937 random(3);
  std::normal_distribution<double> grain(0, deviation * 219);
  for (auto& frame : clip.frames)
    for (auto& value : frame) value = to_code(value + grain(random));
}

// A window into `frame`, a sixteenth narrower, that moves right by a quarter of a pixel a frame.
LumaClip slow_pan(const LumaClip& clip, const LumaClip::Frame& frame) {
  LumaClip pan{(clip.width - clip.width / 16) & ~1, clip.height, {}};
  for (std::size_t k = 0; k < kStill && k / 4 + 1 < static_cast<std::size_t>(clip.width / 16); ++k) {
    const double part = 0.25 * static_cast<double>(k % 4);
    LumaClip::Frame out;
    for (int y = 0; y < pan.height; ++y) {
      const auto row =
          frame.begin() + static_cast<std::ptrdiff_t>(y) * clip.width + static_cast<std::ptrdiff_t>(k / 4);
      for (int x = 0; x < pan.width; ++x) out.push_back(to_code((1 - part) * row[x] + part * row[x + 1]));
    }
    pan.frames.push_back(std::move(out));
  }
  return pan;
}

// A mouth in the middle that opens and closes, a fifth of the range darker than its surroundings.
LumaClip small_motion(const LumaClip& clip, const LumaClip::Frame& frame) {
  LumaClip still{clip.width, clip.height, {}};
  for (std::size_t k = 0; k < kStill; ++k) {
    auto out = frame;
    const int open = 1 + static_cast<int>(k * 3 % 8);
    for (int y = 0; y < open; ++y)
      for (int x = 0; x < 8; ++x) {
        auto& value = out[static_cast<std::size_t>(clip.height / 2 + y) * clip.width + clip.width / 2 + x];
        value = to_code(value < 90 ? value + 44 : value - 44);
      }
    still.frames.push_back(std::move(out));
  }
  return still;
}

}  // namespace

Status made_repeats(const LumaClip& clip, const std::vector<std::size_t>& known,
                    const std::function<void(const RepeatStream&)>& use) {
  LumaClip source = empty_like(clip);
  for (std::size_t k = 0; k < clip.frames.size() && source.frames.size() < kSource; ++k)
    if (!std::ranges::count(known, k)) source.frames.push_back(even_part(clip, clip.frames[k]));

  const auto use_coded = [&](std::string kind, RepeatStream stream, int rate_factor) -> Status {
    auto coded = code(stream.clip, rate_factor);
    if (!coded) return tl::unexpected(coded.error());
    stream.clip = std::move(*coded);
    stream.kind = std::move(kind);
    use(stream);
    return {};
  };
  const auto without = [](LumaClip made) {
    return RepeatStream{"", made, std::vector<bool>(made.frames.size())};
  };

  const std::vector<int> telecine = {1, 1, 2, 1};
  for (const int rate_factor : {18, 23, 30}) {
    const auto status =
        use_coded("telecine crf " + std::to_string(rate_factor), held(source, 1, telecine), rate_factor);
    if (!status) return status;
  }
  if (auto status = use_coded("twos", held(source, 2, {2}), 23); !status) return status;
  if (auto status = use_coded("threes", held(source, 3, {3}), 23); !status) return status;
  auto grainy = held(source, 1, telecine);
  add_grain(grainy.clip, 0.01);
  grainy.kind = "grain";
  use(grainy);

  const auto& frame = source.frames[source.frames.size() / 2];
  if (auto status = use_coded("pan", without(slow_pan(source, frame)), 23); !status) return status;
  if (source.height >= 720) {
    if (auto status = use_coded("mouth", without(small_motion(source, frame)), 23); !status) return status;
  }
  auto noise = without({source.width, source.height, std::vector<LumaClip::Frame>(kStill, frame)});
  add_grain(noise.clip, 0.01);
  noise.kind = "noise";
  use(noise);
  return {};
}

}  // namespace videoenhance
