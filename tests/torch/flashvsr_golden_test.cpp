// Whole clips against the Python oracle (tests/golden/make_flashvsr.py and make_flashvsr_small.py).
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/torch/flashvsr_miniature.h"

namespace videoenhance {
namespace {

constexpr std::size_t kRowStep = 5, kColumnStep = 7;  // of the pixels that a golden file keeps

struct Case {
  std::string name;
  int width, height;
  FlashVsrOptions options;
  std::filesystem::path model = flashvsr_folder() / "miniature.safetensors";
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

ColourFix colour_fix_named(const std::string& name) {
  return name == "none" ? ColourFix::kNone : name == "wavelet" ? ColourFix::kWavelet : ColourFix::kAdain;
}

std::vector<Case> cases() {
  std::ifstream file(flashvsr_folder() / "cases.json");
  std::vector<Case> cases;
  const auto manifest = nlohmann::json::parse(file);
  for (const auto& entry : manifest["cases"]) {
    Case c{entry["name"], entry["width"], entry["height"], {}};
    c.options.start = FlashVsrOptions::Start::kReference;
    c.options.noise_file = (flashvsr_folder() / (c.name + ".golden")).string();
    if (entry.value("version", "v1.1") == "v1") c.options.version = FlashVsrOptions::Version::kV1;
    if (entry.value("decoder", "tc") == "wan") c.options.decoder = FlashVsrOptions::Decoder::kFull;
    FlashVsrKnobs& knobs = c.options.knobs;
    knobs.sparse_ratio = entry["sparse_ratio"];
    knobs.kv_ratio = entry.value("kv_ratio", knobs.kv_ratio);
    knobs.local_range = entry.value("local_range", knobs.local_range);
    knobs.colour_fix = colour_fix_named(entry.value("color_fix", "adain"));
    cases.push_back(c);
  }
  cases.push_back({"small", 128, 128, {}, shipped_model()});
  cases.back().options.start = FlashVsrOptions::Start::kReference;
  cases.back().options.noise_file = (flashvsr_folder() / "small.golden").string();
  return cases;
}

Clip read_clip(const TensorView& source) {
  Clip clip{static_cast<int>(source.shape[2]), static_cast<int>(source.shape[1]), {}};
  const std::size_t bytes = source.extent / static_cast<std::size_t>(source.shape[0]);
  for (std::int64_t n = 0; n < source.shape[0]; ++n) {
    const auto* begin =
        reinterpret_cast<const std::uint8_t*>(source.data) + n * static_cast<std::int64_t>(bytes);
    clip.frames.emplace_back(begin, begin + bytes);
  }
  return clip;
}

// What the golden file keeps of the frames, in its range.
std::vector<float> thinned(const Frames& frames) {
  std::vector<float> values;
  for (const auto& picture : frames.pictures) {
    for (std::size_t row = 0; row < 3 * static_cast<std::size_t>(frames.height); ++row) {
      if (row % frames.height % kRowStep != 0) continue;
      for (std::size_t x = 0; x < static_cast<std::size_t>(frames.width); x += kColumnStep)
        values.push_back(2 * picture.data[row * frames.width + x] - 1);
    }
  }
  return values;
}

class FlashVsrGolden : public testing::TestWithParam<Case> {
 protected:
  // dB of the difference between the engine's frames and the oracle's, for a peak of 1.
  double psnr(Precision precision) const {
    const Case& c = GetParam();
    const auto golden = WeightFile::open(flashvsr_folder() / (c.name + ".golden"));
    const Clip clip = read_clip(golden->tensors().at("source"));
    EngineOptions options = miniature_options(c.options);
    options.model_path = c.model.string();
    options.precision = precision;
    const auto engine = make_flashvsr(options);
    EXPECT_TRUE(engine->configure({clip.width, clip.height, c.width, c.height, false}));
    const auto made = thinned(run_clip(*engine, clip, c.width, c.height));

    const TensorView& out = golden->tensors().at("out");
    EXPECT_EQ(made.size() * sizeof(float), out.extent);
    std::vector<float> expected(made.size());
    std::memcpy(expected.data(), out.data, out.extent);
    double sum = 0;
    for (std::size_t i = 0; i < made.size(); ++i) sum += std::pow(made[i] - expected[i], 2);
    return -10 * std::log10(sum / static_cast<double>(made.size()));
  }
};

// Rounding alone: the notes measured 115 dB between two float32 implementations.
TEST_P(FlashVsrGolden, Float32EqualsTheOracle) {
  EXPECT_GT(psnr(Precision::kFloat32), 100);
}

// Choosing other blocks than the oracle is part of what bfloat16 may do: notes, section G.
TEST_P(FlashVsrGolden, BFloat16ComesNear) {
  EXPECT_GT(psnr(Precision::kBFloat16), 30);
}

INSTANTIATE_TEST_SUITE_P(Cases, FlashVsrGolden, testing::ValuesIn(cases()), [](const auto& info) {
  std::string name = info.param.name;
  std::erase(name, '-');
  return name;
});

}  // namespace
}  // namespace videoenhance
