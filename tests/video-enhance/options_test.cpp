#include "tools/video-enhance/options.h"

#include <gtest/gtest.h>

namespace videoenhance {
namespace {

Outcome<Options> parsed(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "video-enhance");
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  return parse_options(static_cast<int>(pointers.size()), pointers.data());
}

TEST(Rate, IsAWholeNumberAFractionOrADecimal) {
  EXPECT_EQ(parse_rate("60")->value, (Ratio{60, 1}));
  EXPECT_EQ(parse_rate("60000/1001")->value, (Ratio{60000, 1001}));
  EXPECT_EQ(parse_rate("12.5")->value, (Ratio{25, 2}));
  EXPECT_FALSE(parse_rate("60")->is_factor);
}

TEST(Rate, OfNtscIsRecognisedByItsDecimals) {
  EXPECT_EQ(parse_rate("23.976")->value, (Ratio{24000, 1001}));
  EXPECT_EQ(parse_rate("29.97")->value, (Ratio{30000, 1001}));
  EXPECT_EQ(parse_rate("59.94")->value, (Ratio{60000, 1001}));
  EXPECT_EQ(parse_rate("119.88")->value, (Ratio{120000, 1001}));
}

TEST(Rate, WithAnXIsAFactor) {
  EXPECT_TRUE(parse_rate("x2")->is_factor);
  EXPECT_EQ(parse_rate("x2.5")->value, (Ratio{5, 2}));
  EXPECT_EQ(parse_rate("x24/10")->value, (Ratio{12, 5}));
}

TEST(Rate, ThatIsNoneIsRefused) {
  for (const char* text : {"", "0", "x0", "-5", "60fps", "2x", "1/0", "0/5", "nan", "60,5", "99999999", "x"})
    EXPECT_FALSE(parse_rate(text)) << text;
}

TEST(Time, IsSecondsOrHoursMinutesSeconds) {
  EXPECT_EQ(*parse_time("90.5"), 90500000000u);
  EXPECT_EQ(*parse_time("1:30"), 90000000000u);
  EXPECT_EQ(*parse_time("1:01:30.25"), 3690250000000u);
  EXPECT_EQ(*parse_time("0"), 0u);
}

TEST(Time, ThatIsNoneIsRefused) {
  for (const char* text : {"", "-1", "abc", "1:", ":1", "1:2:3:4", "1e3", "1.2.3"})
    EXPECT_FALSE(parse_time(text)) << text;
}

TEST(CommandLine, GivesModelToTheElementThatIsUsed) {
  EXPECT_EQ(parsed({"a.mp4", "b.mp4", "--scale", "2", "--model", "m"})->upscale_model, "m");
  EXPECT_EQ(parsed({"a.mp4", "b.mp4", "--fps", "x2", "--model", "m"})->interpolate_model, "m");
}

TEST(CommandLine, HasCommandsThatNeedNoFiles) {
  EXPECT_EQ(parsed({"models"})->command, Command::kModels);
  EXPECT_EQ(parsed({"doctor"})->command, Command::kDoctor);
  EXPECT_TRUE(parsed({"doctor", "--json"})->json);
}

TEST(CommandLine, NeedsNoOutputForAPreview) {
  EXPECT_TRUE(parsed({"a.mp4", "--fps", "x2", "--preview", "p.png"}));
}

struct Wrong {
  std::vector<std::string> arguments;
  std::string about;  // in the sentence
};

TEST(CommandLine, ThatMakesNoSenseIsRefusedWithTheReason) {
  const Wrong kWrong[] = {
      {{}, "input"},
      {{"a.mp4"}, "output"},
      {{"a.mp4", "b.mp4"}, "--scale"},
      {{"a.mp4", "b.avi", "--fps", "x2"}, ".mkv"},
      {{"a.mp4", "b", "--fps", "x2"}, ".mkv"},
      {{"a.mp4", "b.mp4", "--fps", "fast"}, "fast"},
      {{"a.mp4", "b.mp4", "--scale", "0.5"}, "--scale"},
      {{"a.mp4", "b.mp4", "--scale", "9"}, "--scale"},
      {{"a.mp4", "b.mp4", "--fps", "x2", "--start", "5", "--end", "5"}, "--end"},
      {{"a.mp4", "b.mp4", "--fps", "x2", "--start", "soon"}, "soon"},
      {{"a.mp4", "b.mp4", "--fps", "x2", "--codec", "mpeg1"}, "--codec"},
      {{"a.mp4", "b.mp4", "--fps", "x2", "--codec", "ffv1"}, ".mkv"},
      {{"a.mp4", "b.mp4", "--fps", "x2", "--crf", "51"}, "--crf"},
      {{"a.mp4", "b.mp4", "--fps", "x2", "--scale", "2", "--model", "m"}, "--upscale-model"},
      {{"a.mp4", "b.mp4", "--fps", "x2", "--resume", "--force"}, "--resume"},
      {{"a.mp4", "b.mp4", "--fps", "x2", "--segment", "0"}, "--segment"},
      {{"a.mp4", "b.mp4", "--fps", "x2", "--reference", "r.mp4"}, "--compare"},
      {{"a.mp4", "b.mp4", "--fps", "x2", "--compare", "--resume"}, "--resume"},
      {{"a.mp4", "b.mp4", "--fps", "x2", "--compare", "--preview", "p.png"}, "--preview"},
      {{"a.mp4", "--fps", "x2", "--compare"}, "output"},
      {{"a.mp4", "b.mp4", "--fps", "x2", "--speed"}, "--speed"},
  };
  for (const Wrong& wrong : kWrong) {
    const auto result = parsed(wrong.arguments);
    ASSERT_FALSE(result) << wrong.about;
    EXPECT_EQ(result.error().code, ExitCode::kUsage) << result.error().sentence;
    EXPECT_NE(result.error().sentence.find(wrong.about), std::string::npos) << result.error().sentence;
  }
}

TEST(CommandLine, AskedForHelpGivesItAndNoError) {
  EXPECT_EQ(parsed({"--help"}).error().code, ExitCode::kDone);
  EXPECT_EQ(parsed({"--version"}).error().code, ExitCode::kDone);
}

}  // namespace
}  // namespace videoenhance
