#include "core/weights/zip_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/weights/file_writers.h"

namespace videoenhance {
namespace {

using testing::HasSubstr;

std::string as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

const std::vector<ZipEntry> kTwo = {{"net/data.pkl", "pickle"}, {"net/data/0", "weights"}};

void expect_two(const std::string& archive) {
  const auto index = ZipIndex::open(as_bytes(archive));
  ASSERT_TRUE(index) << index.error().reason;
  for (const ZipEntry& entry : kTwo) {
    const auto contents = index->contents(entry.name);
    ASSERT_TRUE(contents) << contents.error().reason;
    EXPECT_EQ(as_text(*contents), entry.content);
  }
}

TEST(ZipIndex, FindsStoredEntries) {
  expect_two(zip_file(kTwo));
}

TEST(ZipIndex, FindsEntriesByZip64Records) {
  expect_two(zip_file(kTwo, {.zip64 = true}));
}

TEST(ZipIndex, FindsTheEndBeforeAComment) {
  expect_two(zip_file(kTwo, {.comment = std::string(0xFFFF, '#')}));
  expect_two(zip_file(kTwo, {.comment = "PK\x05\x06 is how an end begins, and this one is none"}));
}

TEST(ZipIndex, HoldsMoreEntriesThanSixteenBitsCount) {
  std::vector<ZipEntry> entries;
  for (int k = 0; k < 70000; ++k) entries.push_back({"extra/" + std::to_string(k), ""});
  entries.insert(entries.end(), kTwo.begin(), kTwo.end());
  expect_two(zip_file(entries));
}

TEST(ZipIndex, FindsTheShortestNameWithAnEnd) {
  const std::string archive =
      zip_file({{"a/b/data.pkl", ""}, {"z/data.pkl", ""}, {"b/data.pkl", ""}, {"data.pk", ""}});
  const auto index = ZipIndex::open(as_bytes(archive));
  ASSERT_TRUE(index);
  EXPECT_EQ(index->shortest_name_ending("/data.pkl"), "b/data.pkl");
  EXPECT_EQ(index->shortest_name_ending("/version"), "");
}

TEST(ZipIndex, RefusesWhatItCannotRead) {
  const std::string archive = zip_file({{"packed", "x", 8}, {"secret", "x", 0, 1}, {"plain", "x"}});
  const auto index = ZipIndex::open(as_bytes(archive));
  ASSERT_TRUE(index);
  EXPECT_THAT(index->contents("packed").error().reason, HasSubstr("compressed archive entry 'packed'"));
  EXPECT_THAT(index->contents("secret").error().reason, HasSubstr("encrypted archive entry 'secret'"));
  EXPECT_THAT(index->contents("other").error().reason, HasSubstr("lacks the archive entry 'other'"));
}

TEST(ZipIndex, RefusesEveryCutArchive) {
  const std::string archive = zip_file(kTwo, {.comment = "comment"});
  for (std::size_t length = 0; length < archive.size(); ++length) {
    const auto index = ZipIndex::open(as_bytes(archive).first(length));
    ASSERT_FALSE(index) << length;
    EXPECT_THAT(index.error().reason, HasSubstr("cut off"));
  }
}

TEST(ZipIndex, RefusesNamesThatStandTwice) {
  const auto index = ZipIndex::open(as_bytes(zip_file({{"same", "x"}, {"same", "y"}})));
  ASSERT_FALSE(index);
  EXPECT_THAT(index.error().detail, HasSubstr("'same'"));
}

TEST(ZipIndex, RefusesPlacesOutsideTheArchive) {
  const std::string good = zip_file({{"net/data.pkl", "pickle"}});
  const std::size_t end = good.size() - 22;
  const std::size_t directory = end - 46 - std::string("net/data.pkl").size();
  for (const std::size_t field : {end + 12, end + 16}) {  // size and position of the directory
    std::string bad = good;
    bad.replace(field, 4, "\xF0\xFF\xFF\x7F");
    EXPECT_FALSE(ZipIndex::open(as_bytes(bad))) << field;
  }
  for (const std::size_t field :
       {directory + 20, directory + 24, directory + 42}) {  // sizes, position of the entry
    std::string bad = good;
    bad.replace(field, 4, "\xF0\xFF\xFF\x7F");
    const auto index = ZipIndex::open(as_bytes(bad));
    ASSERT_TRUE(index) << index.error().detail;
    EXPECT_FALSE(index->contents("net/data.pkl")) << field;
  }
}

TEST(ZipIndex, RefusesZip64PlacesThatOverflow) {
  const std::string good = zip_file(kTwo, {.zip64 = true});
  const std::size_t record = good.size() - 22 - 20 - 56;
  for (const std::size_t field : {record + 40, record + 48, good.size() - 22 - 12}) {
    std::string bad = good;
    bad.replace(field, 8, std::string(7, '\xFF') + "\x7F");
    EXPECT_FALSE(ZipIndex::open(as_bytes(bad))) << field;
  }
}

}  // namespace
}  // namespace videoenhance
