#include "core/torch/flashvsr/noise.h"

#include <cmath>
#include <numbers>

#include "core/torch/runtime/stage.h"

namespace videoenhance {
namespace {

constexpr std::int64_t kChannels = 16, kWords = 4;
constexpr std::int64_t kGrain = 8;  // rows of four channels that are worth a thread

// In (0,1), never at an end.
double uniform(std::uint32_t word) {
  return (static_cast<double>(word) + 0.5) * 0x1p-32;
}

// Box and Muller: two independent normal values from two uniform ones.
std::array<float, 2> normal_pair(std::uint32_t a, std::uint32_t b) {
  const double radius = std::sqrt(-2.0 * std::log(uniform(a)));
  const double angle = 2.0 * std::numbers::pi * uniform(b);
  return {static_cast<float>(radius * std::cos(angle)), static_cast<float>(radius * std::sin(angle))};
}

}  // namespace

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  constexpr int kRounds = 10;
  for (int round = 0; round < kRounds; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t b = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(b),
               static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(a)};
    key = {key[0] + 0x9E3779B9, key[1] + 0xBB67AE85};
  }
  return counter;
}

// A counter (x, y, group, latent) gives the values of four channels.
at::Tensor latent_noise(std::uint64_t seed, std::int64_t latent, std::int64_t top, std::int64_t left,
                        std::int64_t height, std::int64_t width) {
  at::Tensor out = at::empty({kChannels, height, width}, at::kFloat);
  float* values = out.mutable_data_ptr<float>();
  const std::array key = {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)};
  const KernelScope kernel("latent_noise", {out});
  const std::int64_t rows = kChannels / kWords * height, plane = height * width;
  at::parallel_for(0, rows, kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int64_t group = row / height, y = row % height;
      float* target = values + group * kWords * plane + y * width;
      for (std::int64_t x = 0; x < width; ++x, ++target) {
        const auto words = philox({static_cast<std::uint32_t>(left + x), static_cast<std::uint32_t>(top + y),
                                   static_cast<std::uint32_t>(group), static_cast<std::uint32_t>(latent)},
                                  key);
        const auto first = normal_pair(words[0], words[1]), second = normal_pair(words[2], words[3]);
        target[0] = first[0];
        target[plane] = first[1];
        target[2 * plane] = second[0];
        target[3 * plane] = second[1];
      }
    }
  });
  return out;
}

}  // namespace videoenhance
