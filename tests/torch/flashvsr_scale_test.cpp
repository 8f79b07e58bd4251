// Decoders made for a scale: which one draws, how large, and what becomes of its picture.
#include "core/torch/flashvsr/upscale.h"
#include "tests/core/weights/file_writers.h"
#include "tests/torch/flashvsr_miniature.h"
#include "tests/torch/test_device.h"

namespace videoenhance {
namespace {

// Without a correction of colours, which would hide how decoders differ.
EngineOptions plain_options() {
  FlashVsrOptions model;
  model.knobs.colour_fix = ColourFix::kNone;
  return miniature_options(model);
}

std::unique_ptr<TemporalEngine> engine_with(const std::vector<std::string>& decoders,
                                            EngineOptions options = plain_options()) {
  const TemporaryFile file("model.safetensors", miniature_with(decoders));
  options.model_path = file.path().string();
  return make_flashvsr(options);
}

Frames run(const std::vector<std::string>& decoders, const Clip& clip, int width, int height) {
  const auto engine = engine_with(decoders);
  if (const Status status = engine->configure({clip.width, clip.height, width, height, false}); !status)
    throw std::runtime_error(status.error().message);
  return run_clip(*engine, clip, width, height);
}

TEST(Scales, EachIsDrawnByTheDecoderMadeForIt) {
  const Clip clip = moving_clip(kWidth, kHeight, 1);
  for (const int scale : {2, 3, 4}) {
    const int side = scale * kWidth;
    const auto own = run({"tc."}, clip, side, side)[0],
               two_first = run({"tc2.", "tc4."}, clip, side, side)[0],
               four_first = run({"tc4.", "tc2."}, clip, side, side)[0];
    EXPECT_EQ(scale < 4 ? two_first : four_first, own) << scale;
    EXPECT_NE(scale < 4 ? four_first : two_first, own) << scale;
  }
}

TEST(Scales, NearlyWhatADecoderIsMadeForIsDrawnByItAndNotReduced) {
  const Clip clip = moving_clip(32, 17, 1);
  EXPECT_EQ(run({"tc4.", "tc2."}, clip, 127, 66)[0], run({"tc4."}, clip, 127, 66)[0]);
  EXPECT_EQ(run({"tc4."}, clip, 127, 66)[0], run({"tc."}, clip, 127, 66)[0]);
}

// A stream, and how large the network draws its pictures.
struct Reduction {
  const char* name;
  std::vector<std::string> decoders;
  StreamFormat format;
  int drawn_width, drawn_height;
};

void PrintTo(const Reduction& r, std::ostream* out) {
  *out << r.name;
}

class Reduced : public testing::TestWithParam<Reduction> {};

// Of sums of float32, which a compiler may round once for a product and a sum, and LibTorch rounds twice.
bool are_alike(const at::Tensor& a, const at::Tensor& b) {
  return test_device().is_cpu() ? a.equal(b) : (a - b).abs().max().item<double>() < 1e-6;
}

// [C,height,width], not copied.
at::Tensor tensor_of(const std::vector<float>& planes, int height, int width) {
  const auto count = static_cast<std::int64_t>(planes.size()) / height / width;
  return at::from_blob(const_cast<float*>(planes.data()), {count, height, width}, at::kFloat);
}

TEST_P(Reduced, PicturesAreThoseOfTheNetworkMadeSmaller) {
  const Reduction& r = GetParam();
  const Clip clip = moving_clip(r.format.width, r.format.height, 9);
  const Frames reduced = run(r.decoders, clip, r.format.output_width, r.format.output_height);
  const Frames drawn = run({"tc."}, clip, r.drawn_width, r.drawn_height);
  ASSERT_EQ(reduced.size(), 9u);
  for (std::size_t n = 0; n < 9; ++n) {
    const at::Tensor expected = upscale_bicubic(tensor_of(drawn[n], r.drawn_height, r.drawn_width),
                                                r.format.output_height, r.format.output_width, at::kFloat);
    ASSERT_TRUE(are_alike(expected, tensor_of(reduced[n], r.format.output_height, r.format.output_width)))
        << n;
  }
}

INSTANTIATE_TEST_SUITE_P(Streams, Reduced,
                         testing::Values(Reduction{"Half", {"tc4."}, {32, 32, 64, 64}, 128, 128},
                                         Reduction{"Between", {"tc2.", "tc4."}, {32, 32, 48, 48}, 64, 64},
                                         Reduction{"Odd", {"tc4."}, {33, 17, 59, 41}, 132, 68},
                                         Reduction{"SmallerThanTheInput", {"tc2."}, {32, 32, 20, 20}, 64, 64},
                                         Reduction{"OneAxis", {"tc4.", "tc2."}, {32, 32, 160, 40}, 160, 128}),
                         [](const auto& info) { return info.param.name; });

// Pixels of one frame, the four planes one after the other.
std::vector<float> with_alpha(TemporalEngine& engine, const Clip& clip, int width, int height) {
  if (const Status status = engine.configure({clip.width, clip.height, width, height, true}); !status)
    throw std::runtime_error(status.error().message);
  FrameView in = clip.view(0);
  in.components[3] = in.components[0];
  EXPECT_TRUE(engine.push(in, 0, {}) && engine.drain());
  std::vector<float> made(static_cast<std::size_t>(4 * width * height));
  FrameSpan out{width, height, SampleType::kFloat32, {}};
  for (int c = 0; c < 4; ++c)
    out.components[c] = {reinterpret_cast<std::byte*>(made.data() + c * width * height), width * 4, 4};
  EXPECT_TRUE(engine.pop(out));
  return made;
}

TEST(Scales, AlphaIsReducedWithItsFrame) {
  const Clip clip = moving_clip(kWidth, kHeight, 1);
  const auto drawn = with_alpha(*engine_with({"tc."}), clip, kSide, kSide);
  const auto reduced = with_alpha(*engine_with({"tc4."}), clip, 50, 70);
  EXPECT_TRUE(are_alike(tensor_of(reduced, 70, 50),
                        upscale_bicubic(tensor_of(drawn, kSide, kSide), 70, 50, at::kFloat)));
}

EngineReport report_of(const std::vector<std::string>& decoders, const StreamFormat& format) {
  const auto engine = engine_with(decoders);
  EXPECT_TRUE(engine->configure(format));
  return engine->report();
}

TEST(Scales, MemoryIsToldForTheNetworksPictureAndItsReduction) {
  const StreamFormat large{64, 64, 256, 256}, small{64, 64, 100, 100};
  const EngineReport drawn = report_of({"tc4."}, large), reduced = report_of({"tc4."}, small);
  EXPECT_EQ(reduced.state_bytes, drawn.state_bytes);
  EXPECT_EQ(reduced.work_bytes, drawn.work_bytes + 3 * (256 + 100) * 100 * sizeof(float));
}

std::string refusal_of(const StreamFormat& format, std::uint64_t memory_limit) {
  EngineOptions options = plain_options();
  options.memory_limit = memory_limit;
  const Status status = engine_with({"tc4."}, options)->configure(format);
  return status ? "" : status.error().message;
}

TEST(Scales, WhereNoSettingFitsTheSizeToLowerIsTheOneThatTheNetworkFollows) {
  const std::string reduced = refusal_of({64, 64, 128, 128}, 1), drawn = refusal_of({64, 64, 256, 256}, 1);
  EXPECT_NE(reduced.find("lower the size of the input, which this model enlarges by 4"), std::string::npos)
      << reduced;
  EXPECT_NE(drawn.find("lower the size of the output"), std::string::npos) << drawn;
}

TEST(Scales, TheSettingNamedForAReducedPictureFits) {
  const StreamFormat format{256, 256, 512, 512};
  EngineOptions options = plain_options();
  std::get<FlashVsrOptions>(options.model).tile_size = 512;
  const auto tiled = engine_with({"tc4."}, options);
  ASSERT_TRUE(tiled->configure(format));
  const EngineReport need = tiled->report();
  options.memory_limit = need.weight_bytes + need.state_bytes + need.work_bytes;
  const std::string refusal = refusal_of(format, options.memory_limit);
  EXPECT_NE(refusal.find("tile-size=512"), std::string::npos) << refusal;
  EXPECT_TRUE(engine_with({"tc4."}, options)->configure(format));
}

}  // namespace
}  // namespace videoenhance
