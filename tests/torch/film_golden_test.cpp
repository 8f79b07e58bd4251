// FILM against the Python oracle (tests/golden/make_film.py).
#include <fstream>

#include "core/engine/module.h"
#include "tests/torch/pair_golden.h"
#include "tests/torch/rife_miniature.h"

extern "C" const videoenhance::EngineModule* videoenhance_engine_module();

namespace videoenhance {
namespace {

namespace fs = std::filesystem;

fs::path film_folder() {
  return fs::path(VIDEOENHANCE_GOLDENS) / "film";
}

nlohmann::json manifest() {
  std::ifstream file(film_folder() / "cases.json");
  return nlohmann::json::parse(file);
}

struct Case {
  std::string name;
  std::string checkpoint;
  double time;
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

std::vector<Case> cases() {
  std::vector<Case> cases;
  const auto entries = manifest();
  for (const auto& entry : entries["cases"])
    cases.push_back({entry["name"], entry["checkpoint"], entry["t"]});
  return cases;
}

Golden golden_of(const std::string& name) {
  return read_golden(film_folder() / (name + ".golden"));
}

std::shared_ptr<const PairNetwork> load(const std::string& file, c10::ScalarType type = c10::kFloat) {
  const c10::InferenceMode inference;
  auto network = load_pair_network(film_folder() / file, test_device(), type);
  if (!network) throw std::runtime_error(network.error().message);
  return *network;
}

at::Tensor interpolate(const PairNetwork& network, const Golden& golden, double time) {
  return *network.between(network.prepare(golden.left, {}), network.prepare(golden.right, {}), time, {});
}

// Pictures drawn at `phases` by the engine, [N,3,H,W].
at::Tensor draw(const std::string& file, const Golden& golden, const std::vector<double>& phases) {
  EngineOptions options;
  options.model_path = (film_folder() / file).string();
  options.device = test_device_name();
  options.precision = Precision::kFloat32;
  const auto engine = videoenhance_engine_module()->create(options);
  if (!engine) throw std::runtime_error(engine.error().message);
  const auto values = [](const at::Tensor& on_device) {
    const at::Tensor image = on_device.cpu();
    const auto* data = image.const_data_ptr<float>();
    return Values{image.sizes().vec(), {data, data + image.numel()}};
  };
  const int width = static_cast<int>(golden.left.size(3)), height = static_cast<int>(golden.left.size(2));
  EXPECT_TRUE((*engine)->configure({width, height, width, height, false}));
  EXPECT_TRUE((*engine)->push(view_of(values(golden.left)), 0, {}));
  EXPECT_TRUE((*engine)->push(view_of(values(golden.right)), 1, phases));
  std::vector<at::Tensor> pictures;
  Values picture = values(golden.left);
  while ((*engine)->ready() > 0) {
    EXPECT_TRUE((*engine)->pop(span_of(picture)));
    pictures.push_back(to_tensor(picture));
  }
  return at::cat(pictures).to(test_device());
}

class FilmGolden : public testing::TestWithParam<Case> {
  c10::InferenceMode inference_;
};

// The oracle in float64 differs from itself in float32 by up to 1.5e-6; ten times that, and a little for
// other machines, are allowed.
constexpr double kRounding = 3e-5;

TEST_P(FilmGolden, EqualsTheOracleInFloat32) {
  const auto golden = golden_of(GetParam().name);
  const auto result = interpolate(*load(GetParam().checkpoint), golden, GetParam().time);
  ASSERT_EQ(result.sizes(), golden.expected.sizes());
  EXPECT_LT(max_difference(result, golden.expected), kRounding);
}

// Flow, warps and the last layer are float32, so that 8 bit pictures keep their steps.
TEST_P(FilmGolden, IsNearTheOracleInBFloat16) {
  const auto golden = golden_of(GetParam().name);
  const auto result = interpolate(*load(GetParam().checkpoint, c10::kBFloat16), golden, GetParam().time);
  EXPECT_EQ(result.scalar_type(), at::kFloat);
  EXPECT_GT(psnr(result, golden.expected), 40);
}

TEST_P(FilmGolden, TimeMatters) {
  const auto golden = golden_of(GetParam().name);
  const auto other = interpolate(*load(GetParam().checkpoint), golden, 0.05);
  EXPECT_GT(max_difference(other, golden.expected), 1e-3);
}

INSTANTIATE_TEST_SUITE_P(Miniatures, FilmGolden, testing::ValuesIn(cases()), [](const auto& info) {
  std::string name = info.param.name;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(Film, DrawsSeveralFramesInThePublishedOrder) {
  const auto golden = golden_of("adaptive");
  std::vector<double> phases;
  const int count = manifest()["count"];
  for (int k = 1; k <= count; ++k) phases.push_back(static_cast<double>(k) / (count + 1));
  EXPECT_LT(max_difference(draw("nested.pth", golden, phases), golden.expected), kRounding);
}

TEST(Film, TheArchiveOfTheFirstVersionHalves) {
  const auto golden = golden_of("halved");
  const double time = manifest()["halved"];
  EXPECT_LT(max_difference(draw("bare.pt", golden, {time}), golden.expected), kRounding);
}

TEST(Film, TheArchiveOfTheFirstVersionShowsTheSourceFrameNextToIt) {
  const auto golden = golden_of("halved");
  EXPECT_TRUE(draw("bare.pt", golden, {0.004}).equal(golden.left));
}

TEST(Film, OnlyTheArchiveOfTheFirstVersionSaysThatItDrawsTheMiddleAlone) {
  EXPECT_NE(load("bare.pt")->notice().find("1.0.0"), std::string::npos);
  EXPECT_EQ(load("bare.pth")->notice(), "");
  EXPECT_EQ(load("nested.pth")->notice(), "");
  EXPECT_EQ(load("nested-half.pt")->notice(), "");
}

TEST(Film, TellsItsVersion) {
  EXPECT_EQ(load("bare.pt")->name(), "film 1.0.0");
  EXPECT_EQ(load("nested.pth")->name(), "film 1.0.1|1.0.2");
}

TEST(Film, FeaturesOfAFrameServeItAsRightAndAsLeftFrame) {
  const c10::InferenceMode inference;
  const auto golden = golden_of("bare");
  const auto network = load("nested.pth");
  const auto left = network->prepare(golden.left, {}), right = network->prepare(golden.right, {});
  ASSERT_TRUE(network->between(left, right, 0.5, {}));
  const auto reused = *network->between(right, left, 0.5, {});
  EXPECT_TRUE(reused.equal(interpolate(*network, {golden.right, golden.left, {}}, 0.5)));
}

TEST(Film, AlphaIsMovedWithThePictureAndChangesNoColour) {
  const c10::InferenceMode inference;
  const auto golden = golden_of("bare");
  const auto network = load("bare.pth");
  const auto with_alpha = [](const at::Tensor& image, double alpha) {
    return at::cat({image, at::full_like(image.narrow(1, 0, 1), alpha)}, 1);
  };
  const auto result =
      interpolate(*network, {with_alpha(golden.left, 1), with_alpha(golden.right, 1), {}}, 0.3);
  ASSERT_EQ(result.size(1), 4);
  EXPECT_TRUE(result.narrow(1, 0, 3).equal(interpolate(*network, golden, 0.3)));
  EXPECT_LE(result.narrow(1, 3, 1).max().item<float>(), 1.0001f);
  EXPECT_GT(result.narrow(1, 3, 1).mean().item<float>(), 0.8f);
}

TEST(Film, MemoryGrowsWithThePaddedSizeAndShrinksInBFloat16) {
  const auto network = load("nested.pth");
  EXPECT_EQ(network->work_bytes(65, 1, {}), network->work_bytes(128, 64, {}));
  EXPECT_EQ(network->work_bytes(128, 128, {}), 2 * network->work_bytes(128, 64, {}));
  EXPECT_LT(load("nested.pth", c10::kBFloat16)->work_bytes(64, 64, {}), network->work_bytes(64, 64, {}));
}

TEST(Film, RefusesOptionsThatItDoesNotHave) {
  const auto network = load("nested.pth");
  EXPECT_TRUE(network->check({}));
  const auto scaled = network->check({.flow_scale = 0.5});
  const auto averaged = network->check({.ensemble = true});
  ASSERT_FALSE(scaled || averaged);
  EXPECT_EQ(scaled.error().kind, ErrorKind::kBadSettings);
  EXPECT_EQ(averaged.error().kind, ErrorKind::kBadSettings);
  EXPECT_NE(scaled.error().message.find("flow-scale=1"), std::string::npos);
  EXPECT_NE(averaged.error().message.find("ensemble=false"), std::string::npos);
}

// The file with these bytes; its refusal names file and `word`.
void expect_refused(const std::string& name, const std::string& content, const std::string& word) {
  const fs::path path = fs::path(testing::TempDir()) / name;
  std::ofstream(path, std::ios::binary) << content;
  const auto network = load_pair_network(path, c10::kCPU, c10::kFloat);
  fs::remove(path);
  ASSERT_FALSE(network);
  EXPECT_EQ(network.error().kind, ErrorKind::kBadModel);
  EXPECT_NE(network.error().message.find(name), std::string::npos) << network.error().message;
  EXPECT_NE(network.error().message.find(word), std::string::npos) << network.error().message;
}

std::string with(const std::string& file, const std::string& old_key, const std::string& new_key) {
  std::ifstream in(film_folder() / file, std::ios::binary);
  std::string content(std::istreambuf_iterator<char>(in), {});
  const auto place = content.find(old_key);
  EXPECT_NE(place, std::string::npos);
  return content.replace(place, old_key.size(), new_key);
}

TEST(Film, RefusesAMissingKeyByName) {
  expect_refused("lost.pth", with("nested.pth", "fuse.output_conv.bias", "fuse.output_conv.bios"),
                 "fuse.output_conv.bias");
}

TEST(Film, RefusesAMissingWidthByName) {
  const std::string key = "extract.extract_sublevels.convs.1.0.0.weight";
  std::string other = key;
  other.back() = 'x';
  expect_refused("narrow.pth", with("bare.pth", key, other), key);
}

TEST(Film, RefusesATruncatedArchive) {
  std::string content = with("bare.pt", "PK", "PK");
  content.resize(content.size() / 2);
  expect_refused("cut.pt", content, "cut off");
}

TEST(Film, ArchivesOfOtherNetworksAreRefusedWithoutADeclaration) {
  std::ifstream in(fs::path(VIDEOENHANCE_GOLDENS) / "weights" / "scripted.pt", std::ios::binary);
  expect_refused("other.pt", {std::istreambuf_iterator<char>(in), {}}, "other.pt.json");
}

}  // namespace
}  // namespace videoenhance
