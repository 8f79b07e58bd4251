// How far a CUDA device's pictures are from the processor's in float32, in each type that it computes in.
#include "core/engine/module.h"
#include "tests/torch/flashvsr_miniature.h"
#include "tests/torch/test_device.h"

extern "C" const videoenhance::EngineModule* videoenhance_engine_module();

namespace videoenhance {
namespace {

struct Model {
  const char* name;
  std::string path;
  bool enlarges;
  double float32, float16, bfloat16;  // least dB
};

void PrintTo(const Model& model, std::ostream* out) {
  *out << model.name;
}

std::vector<Model> models() {
  const std::filesystem::path goldens(VIDEOENHANCE_GOLDENS);
  const auto of = [&](const char* path) { return (goldens / path).string(); };
  // Miniatures have random weights, which amplify rounding far more than trained ones.
  return {{"Rife", of("rife/carried.safetensors"), false, 90, 50, 30},
          {"RifeWithEnsembles", of("rife/residual.safetensors"), false, 90, 50, 30},
          {"RifeWithRestarts", of("rife/prelu.safetensors"), false, 90, 50, 30},
          {"Film", of("film/nested.pth"), false, 90, 60, 40},
          {"Tlbvfi", of("tlbvfi/miniature.pth"), false, 90, 60, 40},
          {"FlashVsr", of("flashvsr/miniature.safetensors"), true, 80, 40, 30},
          {"FlashVsrShipped", shipped_model().string(), true, 80, 50, 40}};
}

constexpr int kSize = 128;

EngineOptions options_of(const Model& model, const std::string& device, Precision precision) {
  EngineOptions options;
  options.model_path = model.path;
  options.device = device;
  options.precision = precision;
  if (model.enlarges) options.model = FlashVsrOptions{};
  return options;
}

// The frames that a model draws of a moving clip.
std::vector<Values> drawn(const Model& model, const std::string& device, Precision precision) {
  const auto engine = videoenhance_engine_module()->create(options_of(model, device, precision));
  if (!engine) throw std::runtime_error(engine.error().message);
  const int scale = model.enlarges ? 4 : 1;
  const Clip clip = moving_clip(kSize, kSize, model.enlarges ? 17 : 4);
  if (Status ready = (*engine)->configure({kSize, kSize, scale * kSize, scale * kSize, false}); !ready)
    throw std::runtime_error(ready.error().message);
  if (model.enlarges) return run_clip(**engine, clip, scale * kSize, scale * kSize).pictures;
  std::vector<Values> pictures;
  const double phase = 0.5;
  for (std::size_t n = 0; n < clip.frames.size(); ++n) {
    if (Status pushed = (*engine)->push(clip.view(n), n, {&phase, 1}); !pushed)
      throw std::runtime_error(pushed.error().message);
    while ((*engine)->ready() > 0) {
      Values& out = pictures.emplace_back(Values{{1, 3, kSize, kSize}, {}});
      out.data.resize(3 * kSize * kSize);
      if (const auto popped = (*engine)->pop(span_of(out)); !popped)
        throw std::runtime_error(popped.error().message);
    }
  }
  return pictures;
}

double decibels(const std::vector<Values>& made, const std::vector<Values>& expected) {
  double sum = 0, count = 0;
  for (std::size_t n = 0; n < expected.size(); ++n) {
    for (std::size_t i = 0; i < expected[n].data.size(); ++i, ++count) {
      const double step = static_cast<double>(made[n].data[i]) - expected[n].data[i];
      sum += step * step;
    }
  }
  return -10 * std::log10(sum / count);
}

class PicturesOfCuda : public OnCuda, public testing::WithParamInterface<Model> {};

TEST_P(PicturesOfCuda, AreNearTheProcessorsInEachType) {
  const Model& model = GetParam();
  const auto expected = drawn(model, "cpu", Precision::kFloat32);
  const auto compare = [&](const char* type, Precision precision, double least) {
    const auto made = drawn(model, "cuda", precision);
    ASSERT_EQ(made.size(), expected.size());
    const double found = decibels(made, expected);
    RecordProperty(type, std::to_string(found));
    std::printf("%s %s: %.1f dB\n", model.name, type, found);
    EXPECT_GE(found, least) << type;
  };
  compare("float32", Precision::kFloat32, model.float32);
  compare("float16", Precision::kFloat16, model.float16);
  compare("bfloat16", Precision::kBFloat16, model.bfloat16);
}

TEST_P(PicturesOfCuda, AreTheSameEachTime) {
  for (const Precision precision : {Precision::kFloat32, Precision::kFloat16}) {
    const auto first = drawn(GetParam(), "cuda", precision), again = drawn(GetParam(), "cuda", precision);
    ASSERT_EQ(first.size(), again.size());
    for (std::size_t n = 0; n < first.size(); ++n) EXPECT_EQ(first[n].data, again[n].data) << n;
  }
}

INSTANTIATE_TEST_SUITE_P(Models, PicturesOfCuda, testing::ValuesIn(models()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace videoenhance
