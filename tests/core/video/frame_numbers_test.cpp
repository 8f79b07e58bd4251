#include "core/video/frame_numbers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace videoenhance {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(FrameNumbers, AreSeparatedByCommasInAnyOrder) {
  EXPECT_THAT(*parse_frame_numbers("3,1,2"), ElementsAre(1, 2, 3));
  EXPECT_THAT(*parse_frame_numbers(" 7 ,\t8\n"), ElementsAre(7, 8));
  EXPECT_THAT(*parse_frame_numbers("5,5"), ElementsAre(5));
}

TEST(FrameNumbers, OfAnEmptyTextAreNone) {
  EXPECT_THAT(*parse_frame_numbers(""), IsEmpty());
  EXPECT_THAT(*parse_frame_numbers("  "), IsEmpty());
}

TEST(FrameNumbers, HoldTheLargestNumberThereIs) {
  EXPECT_THAT(*parse_frame_numbers("18446744073709551615"),
              ElementsAre(std::numeric_limits<std::uint64_t>::max()));
}

TEST(FrameNumbers, AreNothingElse) {
  for (const char* text :
       {",", "1,", ",1", "1,,2", "-1", "+1", "1.5", "0x10", "one", "1;2", "1 2", "1-3", "18446744073709551616"})
    EXPECT_FALSE(parse_frame_numbers(text)) << text;
}

}  // namespace
}  // namespace videoenhance
