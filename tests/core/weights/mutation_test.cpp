// Valid files with bytes changed or cut off: each must be read or refused, and what the views reach must be
// there. The bytes stand in a buffer of exactly their length, so that an address sanitizer sees any step
// outside it.
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>

#include "core/weights/safetensors.h"
#include "core/weights/torch_archive.h"
#include "core/weights/torch_legacy.h"
#include "tests/core/weights/file_writers.h"

namespace videoenhance {
namespace {

constexpr std::size_t kDrawn = 400;  // random mutants of each file

Read<WeightContents> read(Bytes file) {
  if (is_torch_archive(file)) return read_torch_archive(file);
  if (is_torch_legacy(file)) return read_torch_legacy(file);
  return read_safetensors(file);
}

// Whether the mutant is read; if so, every byte of every view was touched and lies inside the file.
bool survives(const std::string& mutant) {
  const auto buffer = std::make_unique<std::byte[]>(mutant.size());
  std::copy(as_bytes(mutant).begin(), as_bytes(mutant).end(), buffer.get());
  const auto contents = read({buffer.get(), mutant.size()});
  if (!contents) {
    EXPECT_FALSE(contents.error().reason.empty());
    return false;
  }
  unsigned sum = 0;
  for (const auto& [name, view] : contents->tensors) {
    if (view.extent == 0) continue;
    EXPECT_GE(view.data, buffer.get());
    EXPECT_LE(view.extent, mutant.size() - static_cast<std::size_t>(view.data - buffer.get()));
    for (std::size_t k = 0; k < view.extent; ++k) sum += std::to_integer<unsigned>(view.data[k]);
  }
  volatile unsigned kept = sum;
  static_cast<void>(kept);
  return true;
}

std::string golden_file(const char* name) {
  std::ifstream file(std::string(WEIGHTS_GOLDEN_DIR) + "/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Original {
  std::string name;
  std::string content;
};

void PrintTo(const Original& original, std::ostream* out) {
  *out << original.name;
}

class Mutants : public testing::TestWithParam<Original> {};

TEST_P(Mutants, OfOneByteAreReadOrRefused) {
  const std::string& original = GetParam().content;
  ASSERT_TRUE(survives(original));
  std::size_t refused = 0;
  for (std::size_t position = 0; position < original.size(); ++position) {
    for (const char changed : {static_cast<char>(0xFF), static_cast<char>(original[position] ^ 1)}) {
      std::string mutant = original;
      mutant[position] = changed;
      refused += survives(mutant) ? 0 : 1;
    }
  }
  EXPECT_GT(refused, 0U);
}

TEST_P(Mutants, CutAnywhereAreReadOrRefused) {
  const std::string& original = GetParam().content;
  for (std::size_t length = 0; length < original.size(); ++length) survives(original.substr(0, length));
}

TEST_P(Mutants, DrawnByChanceAreReadOrRefused) {
  constexpr std::array<char, 8> kNasty = {0, 1, 127, -128, -1, '(', '.', 'R'};
  const std::string& original = GetParam().content;
  std::mt19937 random(20240229);
  for (std::size_t k = 0; k < kDrawn; ++k) {
    std::string mutant = original;
    for (unsigned changes = 1 + random() % 6; changes > 0; --changes) {
      const std::size_t position = random() % mutant.size();
      const std::size_t length = std::min<std::size_t>(1 + random() % 8, mutant.size() - position);
      mutant.replace(position, length, std::string(length, kNasty[random() % kNasty.size()]));
    }
    survives(mutant);
  }
}

const std::string kWeights =
    pickled::dictionary(pickled::text("a") + pickled::tensor({}) + pickled::text("b") +
                        pickled::tensor({.shape = {3, 2}, .strides = {1, 3}}) + pickled::text("c") +
                        pickled::call("posix", "system", pickled::text("true")));

const Original kOriginals[] = {
    {"Safetensors",
     safetensors_file(R"({"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},)"
                      R"("b":{"dtype":"BF16","shape":[4],"data_offsets":[16,24]}})",
                      counting(6))},
    {"TorchZip", torch_file(kWeights, {counting(6)})},
    {"TorchZip64", zip_file({{"n/data.pkl", pickled::kStart + kWeights + "."}, {"n/data/0", counting(6)}},
                            {.zip64 = true})},
    {"TorchLegacy", legacy_file(kWeights, {counting(6)})},
    {"GoldenProtocol4", golden_file("protocol4.pth")},
    {"GoldenLegacy", golden_file("legacy_one_storage.pkl")},
};

INSTANTIATE_TEST_SUITE_P(Table, Mutants, testing::ValuesIn(kOriginals),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace videoenhance
