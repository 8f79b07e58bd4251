// The upscaler's caps arithmetic alone, without an element.
#include "gst/scalecaps.h"

#include <gtest/gtest.h>

#include <string>

#include "gst/handles.h"

namespace videoenhance {
namespace {

CapsPtr parse(const std::string& text) {
  return CapsPtr(gst_caps_from_string(text.c_str()));
}

std::string words(const GstCaps* caps) {
  gchar* text = gst_caps_to_string(caps);
  const std::string result = text;
  g_free(text);
  return result;
}

bool equal(const GstCaps* caps, const std::string& text) {
  return gst_caps_is_strictly_equal(caps, parse(text).get());
}

// ---- scaled_size

TEST(ScaledSize, IsRoundedAndEvenWhereChromaIsSubsampled) {
  EXPECT_EQ(scaled_size({51, 37}, 1.5, GST_VIDEO_FORMAT_RGB), (Size{77, 56}));
  EXPECT_EQ(scaled_size({51, 37}, 1.5, GST_VIDEO_FORMAT_I420), (Size{76, 56}));
  EXPECT_EQ(scaled_size({51, 37}, 3, GST_VIDEO_FORMAT_Y42B), (Size{154, 111}));
  EXPECT_EQ(scaled_size({50, 38}, 4, GST_VIDEO_FORMAT_I420), (Size{200, 152}));
}

TEST(ScaledSize, IsNeverNothing) {
  EXPECT_EQ(scaled_size({1, 1}, 0.125, GST_VIDEO_FORMAT_RGB), (Size{1, 1}));
  EXPECT_EQ(scaled_size({1, 1}, 1, GST_VIDEO_FORMAT_I420), (Size{2, 2}));
}

TEST(ScaledSize, ThatOverflowsIsNone) {
  EXPECT_FALSE(scaled_size({G_MAXINT, 16}, 2, GST_VIDEO_FORMAT_RGB));
  EXPECT_FALSE(scaled_size({16, G_MAXINT / 2}, 4, GST_VIDEO_FORMAT_RGB));
  EXPECT_FALSE(scaled_size({G_MAXINT, 16}, 1, GST_VIDEO_FORMAT_I420));  // the next even number
}

// ---- with_other_sizes

struct OtherSizes {
  const char* format;
  const char* size;  // this pad's
  double factor;
  const char* scaled;  // what comes first on the other pad; empty: nothing does
};

class WithOtherSizes : public ::testing::TestWithParam<OtherSizes> {};

TEST_P(WithOtherSizes, PutsTheScaledSizeFirstThenAnySizeThenAnyFormat) {
  const OtherSizes& c = GetParam();
  const std::string format = std::string(",format=(string)") + c.format;
  const std::string any = ",width=(int)[1,2147483647],height=(int)[1,2147483647]";
  const CapsPtr caps(with_other_sizes(parse("video/x-raw,framerate=25/1" + format + c.size).get(), c.factor));
  std::string wanted;
  if (*c.scaled) wanted = "video/x-raw,framerate=25/1" + format + c.scaled + ";";
  wanted += "video/x-raw,framerate=25/1" + format + any + ";video/x-raw,framerate=25/1" + any;
  EXPECT_TRUE(equal(caps.get(), wanted)) << words(caps.get());
}

INSTANTIATE_TEST_SUITE_P(
    Table, WithOtherSizes,
    ::testing::Values(OtherSizes{"RGB", ",width=64,height=48", 4, ",width=256,height=192"},
                      OtherSizes{"RGB", ",width=256,height=192", 0.25, ",width=64,height=48"},
                      OtherSizes{"I420", ",width=51,height=37", 1.5, ",width=76,height=56"},
                      OtherSizes{"RGB", ",width=[16,64],height=[1,2147483647]", 2,
                                 ",width=[32,128],height=[2,2147483647]"},
                      OtherSizes{"RGB", ",width={64,128},height=48", 2, ",width={128,256},height=96"},
                      OtherSizes{"RGB", ",width={64,2147483647},height=48", 2, ",width={128},height=96"},
                      OtherSizes{"RGB", ",width=2147483647,height=48", 2, ""},
                      OtherSizes{"RGB", ",width=48,height=[2147483646,2147483647]", 2, ""},
                      OtherSizes{"RGB", ",width=1,height=[1,2]", 0.125, ""}));

TEST(WithOtherSizesOf, CapsWithoutASizeAllowAny) {
  const CapsPtr caps(with_other_sizes(parse("video/x-raw,format=RGB").get(), 4));
  const std::string any = "width=(int)[1,2147483647],height=(int)[1,2147483647]";
  EXPECT_TRUE(equal(caps.get(), "video/x-raw,format=RGB," + any + ";video/x-raw," + any))
      << words(caps.get());
}

TEST(WithOtherSizesOf, OnlyAnotherFormatMayHaveOtherColours) {
  const CapsPtr caps(with_other_sizes(
      parse("video/x-raw(memory:Other),format=P010_10LE,width=64,height=48,colorimetry=bt2020-10,"
            "chroma-site=mpeg2,pixel-aspect-ratio=16/15,content-light-level=(string)1000:400")
          .get(),
      2));
  ASSERT_EQ(gst_caps_get_size(caps.get()), 3u);
  for (guint i = 0; i < 3; ++i) {
    const GstStructure* structure = gst_caps_get_structure(caps.get(), i);
    EXPECT_EQ(gst_structure_has_field(structure, "colorimetry"), i < 2);
    EXPECT_EQ(gst_structure_has_field(structure, "chroma-site"), i < 2);
    EXPECT_EQ(gst_structure_has_field(structure, "format"), i < 2);
    EXPECT_TRUE(gst_structure_has_field(structure, "pixel-aspect-ratio"));
    EXPECT_STREQ(gst_structure_get_string(structure, "content-light-level"), "1000:400");
    EXPECT_TRUE(gst_caps_features_contains(gst_caps_get_features(caps.get(), i), "memory:Other"));
  }
}

TEST(WithOtherSizesOf, EmptyCapsAreEmpty) {
  const CapsPtr none(gst_caps_new_empty());
  const CapsPtr caps(with_other_sizes(none.get(), 4));
  EXPECT_TRUE(gst_caps_is_empty(caps.get()));
}

// ---- fixate_output_size

// What comes out where downstream allows `allowed` (structures by semicolon, without "video/x-raw").
CapsPtr fixate(const std::string& input, const std::string& allowed, double scale = 4) {
  std::string all;
  for (std::size_t from = 0; from <= allowed.size();) {
    const std::size_t to = std::min(allowed.find(';', from), allowed.size());
    all += (from ? ";video/x-raw," : "video/x-raw,") + allowed.substr(from, to - from);
    from = to + 1;
  }
  const CapsPtr in = parse("video/x-raw,framerate=25/1," + input);
  const CapsPtr possible(with_other_sizes(in.get(), scale));
  auto fixed = fixate_output_size(
      in.get(), gst_caps_intersect_full(parse(all).get(), possible.get(), GST_CAPS_INTERSECT_FIRST), scale);
  return fixed ? std::move(*fixed) : CapsPtr(gst_caps_new_empty());
}

std::string chosen(const GstCaps* caps, const char* field) {
  if (!gst_caps_is_fixed(caps)) return "not fixed";
  const GValue* value = gst_structure_get_value(gst_caps_get_structure(caps, 0), field);
  if (!value) return "none";
  gchar* text = gst_value_serialize(value);
  const std::string result = text;
  g_free(text);
  return result;
}

std::string chosen_size(const GstCaps* caps) {
  return chosen(caps, "width") == "not fixed" ? "not fixed"
                                              : chosen(caps, "width") + "x" + chosen(caps, "height");
}

constexpr char kAnySize[] = "width=[1,2147483647],height=[1,2147483647]";

struct SizeCase {
  const char* input;
  const char* allowed;
  double scale;
  const char* size;
};

class FixateSize : public ::testing::TestWithParam<SizeCase> {};

TEST_P(FixateSize, IsWhatDownstreamFixesElseTheScaledOne) {
  const SizeCase& c = GetParam();
  const CapsPtr fixed = fixate(std::string("format=RGB,") + c.input, c.allowed, c.scale);
  EXPECT_EQ(chosen_size(fixed.get()), c.size) << words(fixed.get());
}

INSTANTIATE_TEST_SUITE_P(
    Table, FixateSize,
    ::testing::Values(SizeCase{"width=64,height=48", kAnySize, 4, "256x192"},
                      SizeCase{"width=51,height=37", kAnySize, 1.1, "56x41"},
                      SizeCase{"width=64,height=48", "width=250,height=150", 4, "250x150"},
                      SizeCase{"width=64,height=48", "width=32,height=24", 4, "32x24"},
                      SizeCase{"width=64,height=48", "width=[16,4096],height=[16,4096]", 4, "256x192"},
                      // One side fixed, or too small a range: the other side follows.
                      SizeCase{"width=640,height=480", "width=1280,height=[1,8192]", 4, "1280x960"},
                      SizeCase{"width=640,height=480", "width=[1,8192],height=720", 4, "960x720"},
                      SizeCase{"width=640,height=480", "width=[1,1920],height=[1,1080]", 4, "1440x1080"},
                      SizeCase{"width=640,height=480", "width=[3000,4000],height=[1,9000]", 4, "3000x2250"},
                      SizeCase{"width=64,height=48", "width={100,250,300},height=[1,9000]", 4, "250x188"},
                      // Rounding of a small side is not spread to the large one.
                      SizeCase{"width=1,height=1000", kAnySize, 1.5, "2x1500"},
                      SizeCase{"width=64,height=48", "width=100,height=100;width=256,height=192", 4,
                               "256x192"},
                      SizeCase{"width=1073741824,height=16", kAnySize, 4, "not fixed"},
                      SizeCase{"width=65536,height=65536", "width=65536,height=65536", 1, "not fixed"},
                      SizeCase{"width=16,height=16", "width=100000,height=100000", 4, "not fixed"}));

struct FormatCase {
  const char* input;
  const char* allowed;
  const char* format;
};

class FixateFormat : public ::testing::TestWithParam<FormatCase> {};

TEST_P(FixateFormat, LosesLeast) {
  const CapsPtr fixed = fixate(std::string("width=64,height=48,format=") + GetParam().input,
                               std::string(kAnySize) + ",format=" + GetParam().allowed);
  EXPECT_EQ(chosen(fixed.get(), "format"), GetParam().format) << words(fixed.get());
}

INSTANTIATE_TEST_SUITE_P(Table, FixateFormat,
                         ::testing::Values(FormatCase{"I420", "{RGB,NV12,I420}", "I420"},
                                           FormatCase{"I420", "{RGB,P010_10LE,NV12}", "NV12"},
                                           FormatCase{"I420_10LE", "{NV12,P010_10LE}", "P010_10LE"},
                                           FormatCase{"RGB", "{I420,Y444}", "Y444"},
                                           FormatCase{"RGB", "{GRAY8,I420}", "I420"},
                                           FormatCase{"RGBA", "{RGB,BGRx,ARGB64}", "ARGB64"},
                                           FormatCase{"RGBA", "{RGB,I420}", "RGB"},
                                           FormatCase{"GRAY8", "{RGB,I420}", "I420"},
                                           FormatCase{"I420", "P010_10LE", "P010_10LE"}));

TEST(FixateFormat, AlphaIsWorthMoreThanTheSize) {
  const CapsPtr fixed = fixate("format=RGBA,width=64,height=48",
                               "format=RGB,width=256,height=192;format=BGRA,width=100,height=100;"
                               "format=RGBA,width=200,height=150");
  EXPECT_EQ(chosen(fixed.get(), "format"), "RGBA") << words(fixed.get());
}

struct ColourCase {
  const char* input;
  const char* allowed;
  const char* colorimetry;  // "none": the caps say nothing; "not fixed": refused
};

class FixateColours : public ::testing::TestWithParam<ColourCase> {};

TEST_P(FixateColours, KeepsPrimariesAndTransferOrRefuses) {
  const CapsPtr fixed = fixate(std::string("width=64,height=48,") + GetParam().input,
                               std::string("width=256,height=192,") + GetParam().allowed);
  EXPECT_EQ(chosen(fixed.get(), "colorimetry"), GetParam().colorimetry) << words(fixed.get());
}

INSTANTIATE_TEST_SUITE_P(
    Table, FixateColours,
    ::testing::Values(
        ColourCase{"format=I420,colorimetry=bt709", "format=I420", "bt709"},
        ColourCase{"format=I420,colorimetry=bt709", "format=NV12", "bt709"},
        // Another family: usual matrix and range of the new one, the light of the input.
        ColourCase{"format=I420,colorimetry=bt709", "format=RGB", "1:1:5:1"},
        ColourCase{"format=RGB,colorimetry=sRGB", "format=I420", "2:4:7:1"},
        ColourCase{"format=P010_10LE,colorimetry=bt2100-pq", "format=RGB", "1:1:14:7"},
        ColourCase{"format=I420", "format=I420", "none"}, ColourCase{"format=I420", "format=RGB", "none"},
        // Matrix and range may differ.
        ColourCase{"format=I420,colorimetry=bt709", "format=I420,colorimetry=(string)1:3:5:1", "1:3:5:1"},
        ColourCase{"format=I420,colorimetry=bt709", "format=RGB,colorimetry=(string){sRGB,1:1:5:1}",
                   "1:1:5:1"},
        // BT.601 and BT.709 have one transfer function, but other primaries.
        ColourCase{"format=I420,colorimetry=(string)2:4:16:1", "format=I420,colorimetry=bt709", "bt709"},
        ColourCase{"format=I420,colorimetry=bt601", "format=I420,colorimetry=bt709", "not fixed"},
        ColourCase{"format=P010_10LE,colorimetry=bt2100-pq", "format=I420,colorimetry=bt709", "not fixed"},
        ColourCase{"format=I420,colorimetry=bt709", "format=I420,colorimetry=(string){bt601,bt2020}",
                   "not fixed"},
        ColourCase{"format=I420,colorimetry=bt709", "format=I420,colorimetry=(string)nonsense", "not fixed"},
        // Caps that say nothing can be given a name.
        ColourCase{"format=I420", "format=I420,colorimetry=bt709", "bt709"}));

TEST(FixateColours, CapsThatSayNothingKeepTheirMeaningInLargerFrames) {
  // The usual colours of 320 lines are BT.601, those of 1280 are BT.709.
  const CapsPtr fixed = fixate("format=I420,width=480,height=320", kAnySize);
  EXPECT_EQ(chosen(fixed.get(), "colorimetry"), "bt601") << words(fixed.get());
}

TEST(FixateColours, ChromaSiteIsKeptWhereTheSamplingIs) {
  const std::string input = "format=I420,width=64,height=48,chroma-site=mpeg2";
  const std::string size = "width=256,height=192,format=";
  EXPECT_EQ(chosen(fixate(input, size + "I420").get(), "chroma-site"), "mpeg2");
  EXPECT_EQ(chosen(fixate(input, size + "P010_10LE").get(), "chroma-site"), "mpeg2");
  EXPECT_EQ(chosen(fixate(input, size + "Y444").get(), "chroma-site"), "none");
  EXPECT_EQ(chosen(fixate(input, size + "RGB").get(), "chroma-site"), "none");
}

TEST(FixateAspect, IsTheInputs) {
  const std::string input = "format=RGB,width=64,height=48";
  const std::string size = "width=256,height=192";
  EXPECT_EQ(chosen(fixate(input + ",pixel-aspect-ratio=16/15", size).get(), "pixel-aspect-ratio"), "16/15");
  EXPECT_EQ(chosen(fixate(input, size).get(), "pixel-aspect-ratio"), "none");
  EXPECT_EQ(chosen(fixate(input, size + ",pixel-aspect-ratio=[1/2,2/1]").get(), "pixel-aspect-ratio"), "1/1");
}

TEST(FixateAspect, AnotherOneIsRefused) {
  const std::string input = "format=RGB,width=64,height=48";
  const std::string size = "width=256,height=192";
  EXPECT_EQ(chosen_size(fixate(input, size + ",pixel-aspect-ratio=16/15").get()), "not fixed");
  EXPECT_EQ(chosen_size(fixate(input + ",pixel-aspect-ratio=16/15", size + ",pixel-aspect-ratio=1/1").get()),
            "not fixed");
}

TEST(FixateSizeOf, EmptyCapsHaveNoSolution) {
  const CapsPtr in = parse("video/x-raw,format=RGB,width=64,height=48,framerate=25/1");
  EXPECT_FALSE(fixate_output_size(in.get(), gst_caps_new_empty(), 4));
}

TEST(FixateSizeOf, InputCapsThatAreNoVideoHaveNoSolution) {
  const CapsPtr in = parse("audio/x-raw,rate=48000");
  EXPECT_FALSE(fixate_output_size(in.get(), parse("video/x-raw,format=RGB").release(), 4));
}

TEST(FixateSizeOf, EverythingIsFixedAlsoWhatDownstreamLeavesOpen) {
  const CapsPtr fixed = fixate("format=RGB,width=64,height=48",
                               std::string(kAnySize) + ",format={RGB,BGR},multiview-mode={mono,left}");
  EXPECT_TRUE(gst_caps_is_fixed(fixed.get())) << words(fixed.get());
}

}  // namespace
}  // namespace videoenhance
