// TorchScript modules as networks. Their programs stand here as source.
#include "core/torch/interpolation/script_network.h"

#include <ATen/ops/rand.h>
#include <gtest/gtest.h>

#include <fstream>

#include "core/engine/module.h"
#include "core/torch/binding/weight_binder.h"
#include "core/torch/interpolation/script_declaration.h"
#include "tests/torch/rife_miniature.h"
#include "tests/torch/scripted_module.h"

extern "C" const videoenhance::EngineModule* videoenhance_engine_module();

namespace videoenhance {
namespace {

namespace fs = std::filesystem;

const std::string kBlend = R"(
def forward(self, img0, img1, t: float):
    return img0 * (1 - t) + img1 * t
)";
const std::string kMean = R"(
def forward(self, img0, img1):
    return (img0 + img1) / 2
)";

std::string declaration(const std::string& time, const std::string& range = "[0, 1]", int multiple = 1) {
  return R"({"name": "mine", "range": )" + range + R"(, "multiple": )" + std::to_string(multiple) +
         R"(, "time": )" + time + "}";
}
const std::string kNumber = declaration(R"("number")"), kNone = declaration(R"("none")");

class Script : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  static void write(const fs::path& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
  }
  Result<std::shared_ptr<const PairNetwork>> open(const std::string& methods, const std::string& declared) {
    save_scripted(file_, methods);
    write(ScriptDeclaration::path_of(file_), declared);
    return load_pair_network(file_, c10::kCPU, c10::kBFloat16);
  }
  std::shared_ptr<const PairNetwork> load(const std::string& methods, const std::string& declared) {
    auto network = open(methods, declared);
    if (!network) throw std::runtime_error(network.error().message);
    return *network;
  }
  static at::Tensor draw(const PairNetwork& network, const at::Tensor& left, const at::Tensor& right,
                         double time) {
    return *network.between(network.prepare(left, {}), network.prepare(right, {}), time, {});
  }

  const c10::InferenceMode inference_;
  const fs::path folder_ = fs::path(testing::TempDir()) / "videoenhance-script-test";
  const fs::path file_ = folder_ / "model.pt";
  const at::Tensor left_ = at::rand({1, 3, 21, 37}), right_ = at::rand({1, 3, 21, 37});
};

at::Tensor blend(const at::Tensor& left, const at::Tensor& right, double time) {
  return left * (1 - time) + right * time;
}

void expect_near(const at::Tensor& one, const at::Tensor& other) {
  ASSERT_EQ(one.sizes(), other.sizes());
  EXPECT_LT((one - other).abs().max().item<double>(), 1e-6);
}

struct Way {
  const char* name;
  std::string declared;
  std::string methods;
};

class ScriptTime : public Script, public testing::WithParamInterface<Way> {};

TEST_P(ScriptTime, ReachesTheModule) {
  const auto network = load(GetParam().methods, declaration(GetParam().declared));
  for (const double time : {0.125, 0.7}) {
    expect_near(draw(*network, left_, right_, time), blend(left_, right_, time));
  }
}

std::string blend_by_tensor(const std::string& test) {
  return R"(
def forward(self, img0, img1, t):
    assert )" +
         test + R"(
    return img0 * (1 - t) + img1 * t
)";
}

INSTANTIATE_TEST_SUITE_P(
    Ways, ScriptTime,
    testing::Values(
        Way{"number", R"("number")", kBlend},
        Way{"map", R"("map")",
            blend_by_tensor("t.size(1) == 1 and t.size(2) == img0.size(2) and t.size(3) == img0.size(3)")},
        Way{"one", "[1]", blend_by_tensor("t.dim() == 1")},
        Way{"two", "[1, 1]", blend_by_tensor("t.dim() == 2")},
        Way{"four", "[1, 1, 1, 1]", blend_by_tensor("t.dim() == 4 and t.numel() == 1")}),
    [](const auto& info) { return info.param.name; });

// Each negative sees its declared range.
TEST_F(Script, PicturesHaveTheDeclaredRange) {
  const auto negative = [this](const std::string& result, const std::string& range) {
    const auto network =
        load("def forward(self, img0, img1):\n    return " + result, declaration(R"("none")", range));
    expect_near(draw(*network, left_, right_, 0.5), 1 - left_);
  };
  negative("1 - img0", "[0, 1]");
  negative("-img0", "[-1, 1]");
  negative("255 - img0", "[0, 255]");
}

TEST_F(Script, PicturesOfAnySizeArePaddedToTheMultipleAndCroppedAgain) {
  const auto network = load(R"(
def forward(self, img0, img1, t: float):
    assert img0.size(2) % 16 == 0 and img0.size(3) % 16 == 0
    return img0 * (1 - t) + img1 * t
)",
                            declaration(R"("number")", "[0, 1]", 16));
  for (const auto& [height, width] : {std::pair{21, 37}, {16, 32}, {1, 1}, {17, 15}}) {
    const at::Tensor left = at::rand({1, 3, height, width}), right = at::rand({1, 3, height, width});
    expect_near(draw(*network, left, right, 0.3), blend(left, right, 0.3));
  }
}

TEST_F(Script, PaddingIsBlackAtTheRightAndAtTheBottom) {
  const auto network = load("def forward(self, img0, img1):\n    return img0.flip([2, 3])",
                            declaration(R"("none")", "[-1, 1]", 8));
  const at::Tensor turned =
      draw(*network, at::ones({1, 3, 5, 6}), left_.narrow(2, 0, 5).narrow(3, 0, 6), 0.5);
  EXPECT_EQ(turned.narrow(2, 0, 3).max().item<float>(), 0);
  EXPECT_EQ(turned.narrow(3, 0, 2).max().item<float>(), 0);
  EXPECT_EQ(turned.narrow(2, 3, 2).narrow(3, 2, 4).min().item<float>(), 1);
}

TEST_F(Script, AModuleWithoutTimeDrawsTheMiddleAndSaysSo) {
  const auto network = load(kMean, kNone);
  expect_near(draw(*network, left_, right_, 0.5), blend(left_, right_, 0.5));
  const double quarter = 0.25;
  EXPECT_EQ(network->plan({&quarter, 1}).frames.size(), 2u);
  EXPECT_NE(network->notice().find("middle"), std::string::npos);
  EXPECT_EQ(load(kBlend, kNumber)->notice(), "");
}

TEST_F(Script, InputsWithDefaultsMayBeLeftOut) {
  EXPECT_TRUE(open("def forward(self, img0, img1, t: float = 0.5, scale: int = 1):\n    return img0", kNone));
}

TEST_F(Script, AModuleMayWriteIntoWhatItIsGiven) {
  const auto network = load("def forward(self, img0, img1, t: float):\n    return img0.mul_(1 - t)", kNumber);
  const auto left = network->prepare(left_, {}), right = network->prepare(right_, {});
  ASSERT_TRUE(network->between(left, right, 0.5, {}));
  EXPECT_TRUE(left.picture().equal(left_));
}

TEST_F(Script, AlphaFadesOver) {
  const auto network = load(kBlend, kNumber);
  const at::Tensor left = at::rand({1, 4, 21, 37}), right = at::rand({1, 4, 21, 37});
  expect_near(draw(*network, left, right, 0.3), blend(left, right, 0.3));
}

TEST_F(Script, AFrozenModuleWhoseWeightsAreConstantsRuns) {
  save_frozen(file_, kBlend);
  write(ScriptDeclaration::path_of(file_), kNumber);
  const auto network = load_pair_network(file_, c10::kCPU, c10::kFloat);
  ASSERT_TRUE(network) << network.error().message;
  EXPECT_EQ((*network)->name(), "mine");
  EXPECT_EQ((*network)->bytes(), fs::file_size(file_));
}

TEST_F(Script, AnArchiveWithTheWeightsOfRifeIsRunByOurOwnNetwork) {
  const auto weights = WeightFile::open(rife_folder() / "carried.safetensors");
  ASSERT_TRUE(weights);
  const WeightBinder binder(*weights, "module.");
  save_weights(file_, *binder.take(binder.shapes(), c10::kCPU));
  const auto network = load_pair_network(file_, c10::kCPU, c10::kFloat);
  ASSERT_TRUE(network) << network.error().message;
  EXPECT_EQ((*network)->name(), "rife 4.25|4.26");
}

// A module's memory is measured: this one holds at least `copies` pictures at once.
TEST_F(Script, MemoryIsThatOfTheTrialInProportionToThePaddedSize) {
  const auto network = [this](int copies) {
    return load("def forward(self, img0, img1):\n    return img0.repeat([" + std::to_string(copies) +
                    ", 1, 1, 1]).mean(0, True)",
                declaration(R"("none")", "[0, 1]", 16));
  };
  const auto few = network(10), many = network(110);
  constexpr std::uint64_t kPicture = 64 * 64 * 3 * sizeof(float);
  EXPECT_GT(few->work_bytes(64, 64, {}), 10 * kPicture);
  EXPECT_LT(few->work_bytes(64, 64, {}), 30 * kPicture);
  EXPECT_NEAR(many->work_bytes(64, 64, {}) - few->work_bytes(64, 64, {}), 100 * kPicture, 2 * kPicture);
  EXPECT_EQ(few->work_bytes(50, 63, {}), few->work_bytes(64, 64, {}));
}

TEST_F(Script, MemoryThatDoesNotDependOnThePicturesSizeIsCountedOnce) {
  constexpr std::uint64_t kConstant = 4 << 20;  // bytes
  const auto network = load(
      "def forward(self, img0, img1):\n    return img0 + 0.0 * (torch.ones([1048576]) * img1.mean()).sum()",
      declaration(R"("none")", "[0, 1]", 16));
  const std::uint64_t full_hd = network->work_bytes(1920, 1080, {});
  EXPECT_GT(full_hd, kConstant);
  EXPECT_LT(full_hd, kConstant + 20ull * 1920 * 1088 * 3 * sizeof(float));
}

// ------------------------------------------------------------------------------------------------------
// refusals

struct Broken {
  const char* name;
  std::string methods;
  std::string declared;
  const char* words;  // in the message
};

void PrintTo(const Broken& broken, std::ostream* out) {
  *out << broken.name;
}

class BrokenScript : public Script, public testing::WithParamInterface<Broken> {};

TEST_P(BrokenScript, IsRefusedAtStartInWords) {
  const auto network = open(GetParam().methods, GetParam().declared);
  ASSERT_FALSE(network);
  const auto& [kind, message, detail] = network.error();
  EXPECT_EQ(kind, ErrorKind::kBadModel);
  EXPECT_NE(message.find("'model.pt"), std::string::npos) << message;
  EXPECT_NE(message.find(GetParam().words), std::string::npos) << message;
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  EXPECT_EQ(message.back(), '.');
}

std::string gives(const std::string& result) {
  return "def forward(self, img0, img1):\n    return " + result;
}

INSTANTIATE_TEST_SUITE_P(
    Modules, BrokenScript,
    testing::Values(
        Broken{"wrong_declaration", kBlend, "{}", "\"name\""},
        Broken{"no_forward", "def draw(self, img0, img1):\n    return img0", kNone, "no forward()"},
        Broken{"too_many_inputs", kBlend, kNone, "for 2 inputs, and it is for 3"},
        Broken{"too_few_inputs", kMean, kNumber, "for 3 inputs, and it is for 2"},
        Broken{"tensor_for_number", blend_by_tensor("True"), kNumber, "is a float, and it is a Tensor"},
        Broken{"number_for_tensor", kBlend, declaration("[1, 1]"), "is a Tensor, and it is a float"},
        Broken{"other_size", gives("img0[:, :, 1:]"), kNone, "the shape [1, 3, 64, 67]"},
        Broken{"one_channel", gives("img0[:, :1]"), kNone, "the shape [1, 1, 65, 67]"},
        Broken{"no_batch", gives("img0[0]"), kNone, "the shape [3, 65, 67]"},
        Broken{"tuple", gives("(img0, img1)"), kNone, "one tensor"},
        Broken{"list", gives("[img0]"), kNone, "one tensor"},
        Broken{"number", gives("0.5"), kNone, "one tensor"},
        Broken{"whole_numbers", gives("img0.byte()"), kNone, "whole numbers"},
        Broken{"nan", gives("torch.log(img0 - 2)"), kNone, "not finite"},
        Broken{"raises", "def forward(self, img0, img1):\n    assert False, 'no'\n    return img0", kNone,
               "fails on two"},
        Broken{"operator_fails", gives("torch.matmul(img0, img1)"), kNone, "fails on two"},
        Broken{"larger_multiple", gives("torch.pixel_shuffle(torch.pixel_unshuffle(img0, 32), 32)"),
               declaration(R"("none")", "[0, 1]", 16), "fails on two"},
        Broken{"half_weights", gives("torch.conv2d(img0, torch.ones([3, 3, 1, 1]).half())"), kNone,
               "fails on two"},
        Broken{"ignores_time", "def forward(self, img0, img1, t: float):\n    return img0", kNumber,
               "\"time\": \"none\""},
        Broken{"remembers", gives("img0 * self.calls.add_(0.1)"), kNone, "remember"},
        Broken{"random", gives("torch.rand_like(img0)"), kNone, "remember"}),
    [](const auto& info) { return info.param.name; });

TEST_F(Script, AnUnknownArchiveIsNotRunWithoutADeclaration) {
  save_scripted(file_, kMean);
  const auto network = load_pair_network(file_, c10::kCPU, c10::kFloat);
  ASSERT_FALSE(network);
  EXPECT_EQ(network.error().kind, ErrorKind::kBadModel);
  EXPECT_NE(network.error().message.find("'model.pt.json'"), std::string::npos) << network.error().message;
}

TEST_F(Script, ATruncatedArchiveIsRefused) {
  save_scripted(file_, kMean);
  write(ScriptDeclaration::path_of(file_), kNone);
  fs::resize_file(file_, fs::file_size(file_) / 2);
  const auto network = load_pair_network(file_, c10::kCPU, c10::kFloat);
  ASSERT_FALSE(network);
  EXPECT_EQ(network.error().kind, ErrorKind::kBadModel);
}

TEST_F(Script, AnArchiveWithoutItsProgramIsRefused) {
  save_scripted(file_, kMean);
  write(ScriptDeclaration::path_of(file_), kNone);
  std::ifstream in(file_, std::ios::binary);
  std::string content(std::istreambuf_iterator<char>(in), {});
  for (std::size_t at = 0; (at = content.find(".py", at)) != std::string::npos;) content[at + 2] = 'x';
  write(file_, content);
  const auto network = load_pair_network(file_, c10::kCPU, c10::kFloat);
  ASSERT_FALSE(network);
  EXPECT_EQ(network.error().kind, ErrorKind::kBadModel);
  EXPECT_NE(network.error().message.find("cannot be loaded"), std::string::npos) << network.error().message;
}

// ------------------------------------------------------------------------------------------------------
// through the engine

class ScriptEngine : public Script {
 protected:
  void SetUp() override {
    Script::SetUp();
    save_scripted(file_, kBlend);
    write(ScriptDeclaration::path_of(file_), kNumber);
  }
  static Result<std::unique_ptr<TemporalEngine>> create(const fs::path& file, Precision precision,
                                                        const InterpolationOptions& interpolation = {}) {
    EngineOptions options;
    options.model_path = file.native();
    options.device = test_device_name();
    options.precision = precision;
    options.model = interpolation;
    return videoenhance_engine_module()->create(options);
  }
  void expect_refused(Precision precision, const InterpolationOptions& interpolation, const char* word) {
    const auto engine = create(file_, precision, interpolation);
    ASSERT_FALSE(engine);
    EXPECT_EQ(engine.error().kind, ErrorKind::kBadSettings);
    EXPECT_NE(engine.error().message.find(word), std::string::npos) << engine.error().message;
  }
};

TEST_F(ScriptEngine, ShowsTheDeclaredNameAndComputesInFloat32) {
  for (const auto precision : {Precision::kAuto, Precision::kFloat32}) {
    const auto engine = create(file_, precision);
    ASSERT_TRUE(engine) << engine.error().message;
    EXPECT_EQ((*engine)->report().model, "mine");
    EXPECT_EQ((*engine)->report().precision, "float32");
  }
}

TEST_F(ScriptEngine, AChangedDeclarationCounts) {
  ASSERT_TRUE(create(file_, Precision::kFloat32));
  write(ScriptDeclaration::path_of(file_),
        R"({"name": "renamed", "range": [0, 1], "multiple": 1, "time": "number"})");
  const auto renamed = create(file_, Precision::kFloat32);
  ASSERT_TRUE(renamed);
  EXPECT_EQ((*renamed)->report().model, "renamed");
  fs::remove(ScriptDeclaration::path_of(file_));
  EXPECT_FALSE(create(file_, Precision::kFloat32));
}

TEST_F(ScriptEngine, OfALinkTheDeclarationBesideTheLinkCounts) {
  const fs::path link = folder_ / "link.pt";
  fs::create_symlink(file_, link);
  EXPECT_FALSE(create(link, Precision::kFloat32));
  write(ScriptDeclaration::path_of(link), kNumber);
  EXPECT_TRUE(create(link, Precision::kFloat32));
}

TEST_F(ScriptEngine, RefusesBFloat16) {
  expect_refused(Precision::kBFloat16, {}, "precision=auto");
}
TEST_F(ScriptEngine, RefusesAFlowScale) {
  expect_refused(Precision::kAuto, {.flow_scale = 0.5}, "flow-scale=1");
}
TEST_F(ScriptEngine, RefusesAnEnsemble) {
  expect_refused(Precision::kAuto, {.ensemble = true}, "ensemble=false");
}

TEST_F(ScriptEngine, RefusesMoreThanTheMemoryLimitWithNumbers) {
  EngineOptions options;
  options.model_path = file_.native();
  options.device = test_device_name();
  options.memory_limit = 1 << 20;
  const auto engine = videoenhance_engine_module()->create(options);
  ASSERT_TRUE(engine) << engine.error().message;
  EXPECT_TRUE((*engine)->configure({64, 64, 64, 64, false}));
  const auto status = (*engine)->configure({1920, 1080, 1920, 1080, false});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kNoMemory);
}

}  // namespace
}  // namespace videoenhance
