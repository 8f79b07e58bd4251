#include "benchmarks/made_cuts.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace videoenhance {
namespace {

constexpr int kWidth = 320, kHeight = 180;
constexpr std::size_t kHardCuts = 40, kFades = 10;

// How a scene shows its shot: a window, in parts of the frame, maybe mirrored, of another brightness.
struct Look {
  double x = 0, y = 0, size = 1;
  bool mirrored = false;
  double gain = 1, lift = 0;  // of luma between black and white
};

std::uint8_t code_of(double luma) {
  return static_cast<std::uint8_t>(std::lround(16 + 219 * std::clamp(luma, 0.0, 1.0)));
}

// Value between four samples.
double sample(const LumaClip& clip, const LumaClip::Frame& frame, double x, double y) {
  x = std::clamp(x, 0.0, clip.width - 1.001);
  y = std::clamp(y, 0.0, clip.height - 1.001);
  const auto at = static_cast<std::size_t>(y) * clip.width + static_cast<std::size_t>(x);
  const double right = x - std::floor(x), down = y - std::floor(y);
  return (1 - down) * ((1 - right) * frame[at] + right * frame[at + 1]) +
         down * ((1 - right) * frame[at + clip.width] + right * frame[at + clip.width + 1]);
}

// Frame `index` of a shot, played forth and back without end.
LumaClip::Frame draw(const Shot& shot, std::size_t index, const Look& look) {
  const std::size_t turn = std::max<std::size_t>(1, 2 * (shot.count - 1)), k = index % turn;
  const LumaClip& clip = *shot.clip;
  const auto& frame = clip.frames[shot.first + std::min(k, turn - k)];
  LumaClip::Frame out(kWidth * kHeight);
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      const double u = (look.mirrored ? kWidth - 1 - x : x) / double(kWidth), v = y / double(kHeight);
      const double value =
          sample(clip, frame, (look.x + look.size * u) * clip.width, (look.y + look.size * v) * clip.height);
      out[static_cast<std::size_t>(y) * kWidth + x] = code_of(look.lift + look.gain * (value - 16) / 219);
    }
  }
  return out;
}

LumaClip::Frame mixed(const LumaClip::Frame& a, const LumaClip::Frame& b, double share) {
  LumaClip::Frame out = a;
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<std::uint8_t>(std::lround((1 - share) * a[i] + share * b[i]));
  return out;
}

LumaClip::Frame flat(double luma) {
  return LumaClip::Frame(kWidth * kHeight, code_of(luma));
}

// Each round over the shots shows them in another way: as they are, closer, mirrored, darker, of low
// contrast. Neighbours are of different shots.
struct Scenes {
  const std::vector<Shot>& shots;

  LumaClip::Frame frame(std::size_t scene, std::size_t index) const {
    constexpr Look kLooks[] = {{},
                               {.x = 0.3, .y = 0.2, .size = 0.6, .mirrored = true},
                               {.x = 0.05, .y = 0.3, .size = 0.7, .gain = 0.35},
                               {.x = 0.4, .y = 0.05, .size = 0.5, .gain = 0.4, .lift = 0.3},
                               {.mirrored = true, .gain = 1.2, .lift = 0.05},
                               {.x = 0.1, .y = 0.4, .size = 0.5, .mirrored = true, .gain = 0.6},
                               {.x = 0.5, .y = 0.5, .size = 0.45, .gain = 0.25, .lift = 0.02}};
    const std::size_t round = scene / shots.size(), shot = scene % shots.size();
    return draw(shots[shot], 5 * round + index, kLooks[(round + shot / 3) % std::size(kLooks)]);
  }
};

CutStream scenes(const std::vector<Shot>& shots) {
  std::mt19937 random(7);
  std::vector<bool> fades(kHardCuts + kFades);
  for (std::size_t k = 0; k < kFades; ++k)
    fades[k * fades.size() / kFades + random() % (fades.size() / kFades)] = true;
  const Scenes all{shots};
  CutStream stream{"scenes", {kWidth, kHeight, {}}, {}};
  auto& frames = stream.clip.frames;
  std::size_t index = 0, made = 0;  // within the scene; of fades
  for (std::size_t scene = 0; scene <= fades.size(); ++scene) {
    for (const std::size_t end = index + 12 + random() % 14; index < end; ++index)
      frames.push_back(all.frame(scene, index));
    if (scene == fades.size()) break;
    if (!fades[scene]) {
      stream.cuts.push_back(frames.size());
      index = 0;
      continue;
    }
    const std::size_t length = 8 + 17 * made / (kFades - 1);
    const bool through_black = made++ % 2;
    for (std::size_t k = 1; k <= length; ++k, ++index) {
      const double share = static_cast<double>(k) / static_cast<double>(length + 1);
      const auto from = all.frame(scene, index), to = all.frame(scene + 1, k - 1);
      frames.push_back(!through_black ? mixed(from, to, share)
                       : share < 0.5  ? mixed(from, flat(0), 2 * share)
                                      : mixed(flat(0), to, 2 * share - 1));
    }
    index = length;
  }
  return stream;
}

void add_pans(const std::vector<Shot>& shots, std::vector<CutStream>& streams) {
  constexpr double kSize = 0.5;
  for (const auto& shot : shots) {
    for (const double speed : {0.02, 0.04, 0.06, 0.08, 0.10, 0.12}) {
      CutStream stream{"pans", {kWidth, kHeight, {}}, {}};
      Look look{.y = 0.25, .size = kSize};
      for (std::size_t k = 0; look.x <= 1 - kSize; ++k, look.x += kSize * speed)
        stream.clip.frames.push_back(draw(shot, k, look));
      streams.push_back(std::move(stream));
    }
  }
}

// One or two frames of a flash that brightens what there is, up to white.
void add_flashes(const std::vector<Shot>& shots, std::vector<CutStream>& streams) {
  for (const auto& shot : shots) {
    CutStream stream{"flashes", {kWidth, kHeight, {}}, {}};
    for (std::size_t k = 0; k < 40; ++k)
      stream.clip.frames.push_back(
          draw(shot, k, k == 10 || k == 20 || k == 21 ? Look{.gain = 1.1, .lift = 0.25} : Look{}));
    streams.push_back(std::move(stream));
  }
}

// A dark or bright block, 40 % as wide as the picture and nearly as high, that crosses it in ten frames.
void add_objects(const std::vector<Shot>& shots, std::vector<CutStream>& streams) {
  constexpr int kBlock = kWidth * 2 / 5;
  for (const auto& shot : shots) {
    for (const double luma : {0.05, 0.9}) {
      CutStream stream{"objects", {kWidth, kHeight, {}}, {}};
      for (int k = 0; k < 30; ++k) {
        auto frame = draw(shot, static_cast<std::size_t>(k), {});
        const int left = (k - 10) * (kWidth + kBlock) / 10 - kBlock;
        for (int y = kHeight / 8; y < kHeight; ++y)
          for (int x = std::max(0, left); x < std::min(kWidth, left + kBlock); ++x)
            frame[static_cast<std::size_t>(y) * kWidth + x] = code_of(luma + 0.05 * ((x - left) / 16 % 2));
        stream.clip.frames.push_back(std::move(frame));
      }
      streams.push_back(std::move(stream));
    }
  }
}

}  // namespace

std::vector<Shot> shots_of(const LumaClip& clip, const std::vector<std::size_t>& cuts) {
  std::vector<Shot> shots;
  std::size_t first = 0;
  for (const std::size_t cut : cuts) {
    shots.push_back({&clip, first, cut - first});
    first = cut;
  }
  shots.push_back({&clip, first, clip.frames.size() - first});
  return shots;
}

std::vector<CutStream> made_cuts(const std::vector<Shot>& shots) {
  std::vector<CutStream> streams;
  streams.push_back(scenes(shots));
  add_pans(shots, streams);
  add_flashes(shots, streams);
  add_objects(shots, streams);
  return streams;
}

}  // namespace videoenhance
