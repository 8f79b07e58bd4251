// The caps arithmetic alone, without an element.
#include "gst/ratecaps.h"

#include <gtest/gtest.h>

#include <string>

#include "gst/handles.h"

namespace videoenhance {
namespace {

CapsPtr parse(const std::string& text) {
  return CapsPtr(gst_caps_from_string(text.c_str()));
}

bool equal(const GstCaps* caps, const std::string& text) {
  return gst_caps_is_strictly_equal(caps, parse(text).get());
}

std::string words(const GstCaps* caps) {
  gchar* text = gst_caps_to_string(caps);
  const std::string result = text;
  g_free(text);
  return result;
}

// ---- multiply_rate

TEST(MultiplyRate, IsExactAndInLowestTerms) {
  EXPECT_EQ(multiply_rate({24000, 1001}, {5, 2}), (Fraction{60000, 1001}));
  EXPECT_EQ(multiply_rate({25, 1}, {2, 1}), (Fraction{50, 1}));
  EXPECT_EQ(multiply_rate({30, 1}, {1, 2}), (Fraction{15, 1}));
}

TEST(MultiplyRate, AVariableRateStaysVariable) {
  EXPECT_EQ(multiply_rate({0, 1}, {3, 1}), (Fraction{0, 1}));
}

TEST(MultiplyRate, AnOverflowHasNoResult) {
  EXPECT_FALSE(multiply_rate({G_MAXINT, 1}, {2, 1}));
  EXPECT_FALSE(multiply_rate({1, G_MAXINT}, {1, 100}));
}

// ---- with_other_rates

struct OtherRates {
  const char* rate;       // this pad's
  const char* preferred;  // what comes first on the other pad, at factor 2; empty: nothing does
};

class WithOtherRates : public ::testing::TestWithParam<OtherRates> {};

TEST_P(WithOtherRates, PutsTheProductFirstAndAnyRateBehindIt) {
  const std::string field = "video/x-raw,width=(int)64,framerate=";
  const std::string any = field + "(fraction)[0/1,2147483647/1]";
  const CapsPtr caps(with_other_rates(parse(field + GetParam().rate).get(), {2, 1}));
  const std::string preferred = GetParam().preferred;
  EXPECT_TRUE(equal(caps.get(), preferred.empty() ? any : field + preferred + ";" + any))
      << words(caps.get());
}

INSTANTIATE_TEST_SUITE_P(Table, WithOtherRates,
                         ::testing::Values(OtherRates{"(fraction)25/1", "(fraction)50/1"},
                                           OtherRates{"(fraction)0/1", "(fraction)0/1"},
                                           OtherRates{"(fraction)[10/1,30/1]", "(fraction)[20/1,60/1]"},
                                           OtherRates{"(fraction){24/1,25/1}", "(fraction){48/1,50/1}"},
                                           OtherRates{"(fraction)2147483647/1", ""},
                                           OtherRates{"(fraction){25/1,2147483647/1}", "(fraction){50/1}"},
                                           OtherRates{"(fraction)[1/1,2147483647/1]",
                                                      "(fraction)[2/1,2147483647/1]"},
                                           OtherRates{"(fraction)[2147483646/1,2147483647/1]", ""}));

TEST(WithOtherRatesOf, CapsWithoutARateAllowAny) {
  const CapsPtr caps(with_other_rates(parse("video/x-raw,width=64").get(), {2, 1}));
  EXPECT_TRUE(equal(caps.get(), "video/x-raw,width=(int)64,framerate=(fraction)[0/1,2147483647/1]"))
      << words(caps.get());
}

TEST(WithOtherRatesOf, EveryOtherFieldAndTheFeaturesStay) {
  const CapsPtr caps(with_other_rates(
      parse("video/x-raw(memory:Other),format=P010_10LE,colorimetry=bt2020,framerate=25/1,max-framerate=30/1")
          .get(),
      {2, 1}));
  for (guint i = 0; i < gst_caps_get_size(caps.get()); ++i) {
    const GstStructure* structure = gst_caps_get_structure(caps.get(), i);
    EXPECT_STREQ(gst_structure_get_string(structure, "colorimetry"), "bt2020");
    EXPECT_FALSE(gst_structure_has_field(structure, "max-framerate"));
    EXPECT_TRUE(gst_caps_features_contains(gst_caps_get_features(caps.get(), i), "memory:Other"));
  }
}

TEST(WithOtherRatesOf, EmptyCapsAreEmpty) {
  const CapsPtr none(gst_caps_new_empty());
  const CapsPtr caps(with_other_rates(none.get(), {2, 1}));
  EXPECT_TRUE(gst_caps_is_empty(caps.get()));
}

// ---- fixate_output_rate

struct FixateCase {
  const char* input;
  const char* allowed;
  const char* chosen;  // null: no solution
};

class Fixate : public ::testing::TestWithParam<FixateCase> {};

TEST_P(Fixate, PrefersTheProductElseTheNearest) {
  const std::string field = "video/x-raw,framerate=";
  const CapsPtr input = parse(field + GetParam().input);
  const auto fixed = fixate_output_rate(input.get(), parse(field + GetParam().allowed).release(), {2, 1});
  ASSERT_EQ(fixed.has_value(), GetParam().chosen != nullptr);
  if (fixed) {
    EXPECT_TRUE(equal(fixed->get(), field + GetParam().chosen)) << words(fixed->get());
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, Fixate,
    ::testing::Values(FixateCase{"25/1", "[0/1,2147483647/1]", "50/1"}, FixateCase{"25/1", "60/1", "60/1"},
                      FixateCase{"25/1", "[1/1,30/1]", "30/1"}, FixateCase{"25/1", "{24/1,60/1}", "60/1"},
                      FixateCase{"25/1", "30/1;video/x-raw,framerate=[1/1,120/1]", "50/1"},
                      FixateCase{"0/1", "[0/1,2147483647/1]", "0/1"}, FixateCase{"0/1", "30/1", "30/1"},
                      FixateCase{"0/1", "[1/1,120/1]", "50/1"}, FixateCase{"2147483647/1", "25/1", "25/1"},
                      FixateCase{"2147483647/1", "[0/1,2147483647/1]", nullptr}));

TEST(FixateOf, EmptyCapsHaveNoSolution) {
  const CapsPtr input = parse("video/x-raw,framerate=25/1");
  EXPECT_FALSE(fixate_output_rate(input.get(), gst_caps_new_empty(), {2, 1}));
}

TEST(FixateOf, OutputCapsWithoutARateGetTheProduct) {
  const CapsPtr input = parse("video/x-raw,framerate=25/1");
  const CapsPtr fixed = *fixate_output_rate(input.get(), parse("video/x-raw,width=64").release(), {2, 1});
  EXPECT_TRUE(equal(fixed.get(), "video/x-raw,width=64,framerate=50/1")) << words(fixed.get());
}

}  // namespace
}  // namespace videoenhance
