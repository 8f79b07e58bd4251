// flashvsr: negotiation, alpha and depth.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/gst/rig.h"

namespace videoenhance::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string field(const Rig& rig, const char* name) {
  const CapsPtr caps(gst_pad_get_current_caps(rig.sink()));
  if (!caps) return "no caps";
  const GValue* value = gst_structure_get_value(gst_caps_get_structure(caps.get(), 0), name);
  gchar* text = value ? gst_value_serialize(value) : nullptr;
  const std::string result = text ? text : "none";
  g_free(text);
  return result;
}

std::string size(const Rig& rig) {
  return field(rig, "width") + "x" + field(rig, "height");
}

bool accepts(const Rig& rig, const CapsFields& fields) {
  return gst_pad_peer_query_accept_caps(rig.source(), caps_of(fields).get());
}

// ---- sizes and formats

struct SizeCase {
  const char* scale;
  const char* downstream;
  CapsFields input;
  const char* output;
};

class OutputSize : public ::testing::TestWithParam<SizeCase> {};

TEST_P(OutputSize, IsDownstreamsElseTheScaledOneAndEveryFrameHasIt) {
  const SizeCase& c = GetParam();
  UpscaleRig rig(Properties{{"scale", c.scale}});
  rig.accept(c.downstream);
  rig.open(c.input);
  EXPECT_EQ(rig.feed(0, 10), GST_FLOW_OK);
  rig.finish();
  EXPECT_EQ(size(rig), c.output);
  EXPECT_EQ(field(rig, "framerate"), "25/1");
  ASSERT_EQ(rig.frames().size(), 10u);
  for (const Out& frame : rig.frames()) {
    EXPECT_EQ(std::to_string(frame.width) + "x" + std::to_string(frame.height), c.output);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, OutputSize,
    ::testing::Values(SizeCase{"4", "video/x-raw", {}, "64x64"},
                      SizeCase{"1.5", "video/x-raw", {.width = 51, .height = 37}, "77x56"},
                      SizeCase{"1.5", "video/x-raw", {.format = "I420", .width = 51, .height = 37}, "76x56"},
                      SizeCase{"1", "video/x-raw", {}, "16x16"},
                      SizeCase{"4", "video/x-raw", {.width = 1, .height = 1}, "4x4"},
                      SizeCase{"4", "video/x-raw", {.format = "I420", .width = 1, .height = 1}, "4x4"},
                      SizeCase{"4", "video/x-raw,width=250,height=150", {}, "250x150"},
                      SizeCase{"4", "video/x-raw,width=8,height=8", {}, "8x8"},
                      SizeCase{"4", "video/x-raw,width=100", {.width = 32, .height = 16}, "100x50"},
                      SizeCase{"2", "video/x-raw,width=[1,24],height=[1,100]", {}, "24x24"}));

struct FormatCase {
  const char* input;
  const char* downstream;
  const char* output;
};

class OutputFormat : public ::testing::TestWithParam<FormatCase> {};

TEST_P(OutputFormat, IsTheInputsElseWhatLosesLeast) {
  const FormatCase& c = GetParam();
  UpscaleRig rig;
  rig.accept(c.downstream);
  rig.open({.format = c.input});
  EXPECT_EQ(rig.feed(0, 3), GST_FLOW_OK);
  rig.finish();
  EXPECT_EQ(field(rig, "format"), c.output);
  EXPECT_EQ(rig.frames().size(), 3u);
}

INSTANTIATE_TEST_SUITE_P(Table, OutputFormat,
                         ::testing::Values(FormatCase{"I420", "video/x-raw", "I420"},
                                           FormatCase{"P010_10LE", "video/x-raw", "P010_10LE"},
                                           FormatCase{"I420", "video/x-raw,format={RGB,NV12}", "NV12"},
                                           FormatCase{"I420", "video/x-raw,format=P010_10LE", "P010_10LE"},
                                           FormatCase{"RGBA", "video/x-raw,format={RGB,ARGB64}", "ARGB64"},
                                           FormatCase{"RGB", "video/x-raw,format=RGBA", "RGBA"},
                                           FormatCase{"GRAY8", "video/x-raw,format=GRAY16_LE", "GRAY16_LE"}));

TEST(OutputCaps, ColoursAspectAndHdrFieldsAreKept) {
  const std::string extra =
      ",colorimetry=bt2100-pq,chroma-site=v-cosited,pixel-aspect-ratio=16/"
      "15,content-light-level=(string)1000:400";
  UpscaleRig rig;
  rig.open({.format = "P010_10LE", .extra = extra});
  rig.feed(0, 1);
  const CapsPtr caps(gst_pad_get_current_caps(rig.sink()));
  const CapsPtr wanted = caps_of({.format = "P010_10LE", .width = 64, .height = 64, .extra = extra});
  EXPECT_TRUE(gst_caps_is_subset(caps.get(), wanted.get()));
}

TEST(OutputCaps, UpstreamIsOfferedTheInputSizeOfAFixedOutputFirst) {
  UpscaleRig rig(Properties{{"scale", "2"}});
  rig.accept("video/x-raw,format=RGB,width=640,height=360,framerate=25/1");
  const CapsPtr caps(gst_pad_peer_query_caps(rig.source(), nullptr));
  const GstStructure* first = gst_caps_get_structure(caps.get(), 0);
  gint width = 0, height = 0;
  gst_structure_get(first, "width", G_TYPE_INT, &width, "height", G_TYPE_INT, &height, nullptr);
  EXPECT_EQ(width, 320);
  EXPECT_EQ(height, 180);
}

TEST(OutputCaps, ANewInputSizeComesAfterAllFramesOfTheOldOne) {
  UpscaleRig rig;
  rig.open();
  rig.feed(0, 12);
  rig.set_caps({.width = 32});
  rig.feed(12, 14);
  rig.finish();
  EXPECT_EQ(rig.order(), "stream-start caps segment 12 caps 2 eos");
  EXPECT_EQ(rig.frames()[11].width, 64);
  EXPECT_EQ(rig.frames()[12].width, 128);
}

TEST(OutputCaps, ASizeThatDownstreamChangesComesAfterAllFramesOfTheOldOne) {
  UpscaleRig rig;
  rig.accept("video/x-raw,width=128,height=96");
  rig.open();
  rig.feed(0, 12);
  rig.accept("video/x-raw,width=160,height=120");
  rig.feed(12, 14);
  rig.finish();
  EXPECT_EQ(rig.order(), "stream-start caps segment 12 caps 2 eos");
  EXPECT_EQ(rig.frames()[11].width, 128);
  EXPECT_EQ(rig.frames()[12].width, 160);
}

TEST(OutputCaps, TheSameAgainKeepTheHistory) {
  UpscaleRig rig;
  rig.open();
  rig.feed(0, 5);
  const std::uint64_t drains = fake_counts().drains;
  rig.set_caps({});
  rig.accept("video/x-raw");
  rig.feed(5, 9);
  EXPECT_EQ(fake_counts().drains, drains);
  EXPECT_EQ(rig.order(), "stream-start caps segment 5");
}

// ---- refusals

struct Refusal {
  CapsFields input;
  const char* downstream;
  const char*
      words;  // in the one error; null: there is none, since upstream is told that it cannot have them
};

class RefusedCaps : public ::testing::TestWithParam<Refusal> {};

TEST_P(RefusedCaps, AreNotNegotiatedAndGoodOnesWorkAfterwards) {
  const auto& [input, downstream, words] = GetParam();
  UpscaleRig rig;
  rig.accept(downstream);
  rig.open(input);
  for (int k = 0; k < 3; ++k) {
    EXPECT_EQ(rig.push(BufferPtr(gst_buffer_new())), GST_FLOW_NOT_NEGOTIATED);
  }
  const std::vector<BusError> errors = rig.errors();
  ASSERT_EQ(errors.size(), words ? 1u : 0u);
  if (words) {
    EXPECT_EQ(errors[0].domain, GST_CORE_ERROR);
    EXPECT_EQ(errors[0].code, GST_CORE_ERROR_NEGOTIATION);
    EXPECT_THAT(errors[0].message, ::testing::HasSubstr(words));
  }
  rig.accept("video/x-raw");
  rig.open();
  EXPECT_EQ(rig.feed(0, 2), GST_FLOW_OK);
  rig.finish();
  EXPECT_EQ(rig.frames().size(), 2u);
}

INSTANTIATE_TEST_SUITE_P(
    Table, RefusedCaps,
    ::testing::Values(Refusal{{.extra = ",interlace-mode=interleaved"}, "video/x-raw", nullptr},
                      Refusal{{.format = "NV24"}, "video/x-raw", nullptr}, Refusal{{}, "image/png", nullptr},
                      Refusal{{}, "video/x-raw,framerate=50/1", nullptr},
                      Refusal{{}, "video/x-raw,width=100000,height=100000", "too large"},
                      Refusal{{.width = 20000, .height = 20000}, "video/x-raw", "too large"},
                      Refusal{{}, "video/x-raw,pixel-aspect-ratio=16/15", "proportions"},
                      Refusal{{.format = "I420", .extra = ",colorimetry=bt2020"},
                              "video/x-raw,format=I420,colorimetry=bt709",
                              "colours"}));

TEST(RefusedCaps, ProgressiveInSystemMemoryOnly) {
  UpscaleRig rig;
  EXPECT_TRUE(accepts(rig, {}));
  EXPECT_TRUE(accepts(rig, {.extra = ",interlace-mode=progressive"}));
  EXPECT_FALSE(accepts(rig, {.extra = ",interlace-mode=interleaved"}));
  EXPECT_FALSE(accepts(rig, {.extra = ",interlace-mode=mixed"}));
  const CapsPtr other(
      gst_caps_from_string("video/x-raw(memory:Other),format=RGB,width=16,height=16,framerate=25/1"));
  EXPECT_FALSE(gst_pad_peer_query_accept_caps(rig.source(), other.get()));
}

TEST(RefusedCaps, InMidStreamLoseNoFrameOfTheOldOnes) {
  UpscaleRig rig;
  rig.open();
  rig.feed(0, 7);
  rig.set_caps({.extra = ",interlace-mode=interleaved"});
  EXPECT_NE(rig.feed(7, 8), GST_FLOW_OK);
  rig.finish();
  EXPECT_EQ(rig.frames().size(), 7u);
}

// ---- alpha

std::vector<guint8> bytes_of(const Out& frame) {
  std::vector<guint8> bytes(gst_buffer_get_size(frame.buffer));
  gst_buffer_extract(frame.buffer, 0, bytes.data(), bytes.size());
  return bytes;
}

TEST(Alpha, IsScaledWithThePicture) {
  UpscaleRig rig(Properties{{"scale", "2"}});
  rig.open({.format = "RGBA", .width = 2, .height = 1});
  BufferPtr frame = rig.frame(50, 0);
  const guint8 pixels[] = {10, 20, 30, 40, 50, 60, 70, 80};
  gst_buffer_fill(frame.get(), 0, pixels, sizeof pixels);
  rig.push(std::move(frame));
  rig.finish();
  ASSERT_EQ(rig.frames().size(), 1u);
  const std::vector<guint8> bytes = bytes_of(rig.frames()[0]);
  EXPECT_EQ(std::vector<guint8>(bytes.begin(), bytes.begin() + 16),
            (std::vector<guint8>{10, 20, 30, 40, 10, 20, 30, 40, 50, 60, 70, 80, 50, 60, 70, 80}));
}

TEST(Alpha, ThatDownstreamCannotTakeIsLostWithAWarning) {
  UpscaleRig rig;
  rig.accept("video/x-raw,format=RGB");
  rig.open({.format = "RGBA"});
  EXPECT_EQ(rig.feed(0, 10), GST_FLOW_OK);
  rig.finish();
  EXPECT_EQ(rig.frames().size(), 10u);
  const std::vector<BusError> warnings = rig.warnings();
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_THAT(warnings[0].message, HasSubstr("transparency"));
}

TEST(Alpha, ThatTheInputDoesNotHaveIsOpaque) {
  struct Place {
    const char* format;
    std::size_t first;     // byte of the first pixel's alpha
    std::size_t from_end;  // of the last one's
  };
  for (const Place& place : {Place{"RGBA", 3, 1}, Place{"ARGB64", 0, 8}}) {
    UpscaleRig rig;
    rig.accept(std::string("video/x-raw,format=") + place.format);
    rig.open({.format = "RGB"});
    rig.push(7, 0);
    rig.finish();
    ASSERT_EQ(rig.frames().size(), 1u);
    const std::vector<guint8> bytes = bytes_of(rig.frames()[0]);
    EXPECT_EQ(bytes[place.first], 0xff) << place.format;
    EXPECT_EQ(bytes[bytes.size() - place.from_end], 0xff) << place.format;
    EXPECT_TRUE(rig.warnings().empty());
  }
}

TEST(Depth, EightBitsBecomeTheSameColourInSixteen) {
  UpscaleRig rig;
  rig.accept("video/x-raw,format=ARGB64");
  rig.open({.format = "RGB"});
  rig.push(0x9c, 0);
  rig.finish();
  ASSERT_EQ(rig.frames().size(), 1u);
  guint16 pixel[4] = {};
  gst_buffer_extract(rig.frames()[0].buffer, 0, pixel, sizeof pixel);
  for (int c = 1; c < 4; ++c) EXPECT_EQ(pixel[c], 0x9c9c);  // not 0x9c00
}

}  // namespace
}  // namespace videoenhance::testing
