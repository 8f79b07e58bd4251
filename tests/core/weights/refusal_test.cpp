#include <gtest/gtest.h>

#include "core/weights/refusal.h"

namespace videoenhance {
namespace {

TEST(InQuotes, KeepsOrdinaryText) {
  EXPECT_EQ(in_quotes("block0.conv.weight"), "'block0.conv.weight'");
  EXPECT_EQ(in_quotes("Gewichte für 猫 😀"), "'Gewichte für 猫 😀'");
  EXPECT_EQ(in_quotes(""), "''");
}

TEST(InQuotes, ReplacesWhatIsNoText) {
  EXPECT_EQ(in_quotes(std::string_view("a\nb\0c\x7F", 6)), "'a�b�c�'");
  EXPECT_EQ(in_quotes("\xFF\xC3"), "'��'");            // no character, half a character
  EXPECT_EQ(in_quotes("\xC0\xAF"), "'��'");            // overlong
  EXPECT_EQ(in_quotes("\xED\xA0\x80"), "'���'");       // half a surrogate pair
  EXPECT_EQ(in_quotes("\xF4\x90\x80\x80"), "'����'");  // beyond the last character
}

TEST(InQuotes, LeavesOutTheMiddleOfLongTexts) {
  const std::string shown = in_quotes("begin" + std::string(5000, 'x') + "end");
  EXPECT_LT(shown.size(), 100U);
  EXPECT_TRUE(shown.starts_with("'begin") && shown.ends_with("end'"));
}

TEST(InQuotes, CutsBetweenCharacters) {
  for (std::size_t shift = 0; shift < 4; ++shift) {
    std::string text(shift, 'a');
    while (text.size() < 200) text += "猫";
    EXPECT_EQ(in_quotes(text).find("�"), std::string::npos) << shift;
  }
}

}  // namespace
}  // namespace videoenhance
