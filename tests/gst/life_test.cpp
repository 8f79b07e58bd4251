// States, loading of models, and properties.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/gst/rig.h"

namespace videoenhance::testing {
namespace {

using ::testing::HasSubstr;

GstStateChangeReturn go(Rig& rig, GstState state) {
  return gst_element_set_state(rig.element(), state);
}

void set(Rig& rig, const char* name, const char* value) {
  gst_util_set_object_arg(G_OBJECT(rig.element()), name, value);
}

template <typename T>
T get(const Rig& rig, const char* name) {
  T value{};
  g_object_get(rig.element(), name, &value, nullptr);
  return value;
}

std::string text(const Rig& rig, const char* name) {
  gchar* value = get<gchar*>(rig, name);
  const std::string result = value ? value : "(null)";
  g_free(value);
  return result;
}

// ---- states

TEST(States, AHundredCyclesLeaveNoEngineAndNoModel) {
  {
    Rig rig;
    for (int cycle = 0; cycle < 100; ++cycle) {
      go(rig, GST_STATE_NULL);
      ASSERT_EQ(go(rig, GST_STATE_PLAYING), GST_STATE_CHANGE_SUCCESS);
      gst_pad_set_active(rig.source(), FALSE);
      gst_pad_set_active(rig.source(), TRUE);
      rig.open();
      ASSERT_EQ(rig.feed(0, 2), GST_FLOW_OK);  // left with a frame held
      rig.clear();
    }
  }
  EXPECT_EQ(fake_counts().engines_alive, 0u);
  EXPECT_EQ(fake_counts().models_alive, 0u);
}

TEST(States, InReadyThereIsNoEngineAndTheModelIsKept) {
  Rig rig;
  go(rig, GST_STATE_READY);
  EXPECT_EQ(fake_counts().engines_alive, 0u);
  EXPECT_EQ(fake_counts().models_alive, 1u);
  EXPECT_EQ(text(rig, "model"), "(null)");
  ASSERT_EQ(go(rig, GST_STATE_PAUSED), GST_STATE_CHANGE_SUCCESS);
  EXPECT_EQ(fake_counts().engines_alive, 1u);
  EXPECT_EQ(fake_counts().models_alive, 1u);
}

TEST(States, AModelFileThatIsReplacedInReadyIsLoadedAnew) {
  const std::string path = model_file();
  Rig rig(Properties{{"model-location", path}});
  go(rig, GST_STATE_READY);
  std::ofstream(path) << "model=other\n";
  EXPECT_EQ(go(rig, GST_STATE_PAUSED), GST_STATE_CHANGE_FAILURE);
  EXPECT_EQ(rig.errors().size(), 1u);
}

TEST(States, AnOptionThatChangesInReadyReachesTheNextEngine) {
  Rig rig;
  go(rig, GST_STATE_READY);
  set(rig, "flow-scale", "0.5");
  ASSERT_EQ(go(rig, GST_STATE_PAUSED), GST_STATE_CHANGE_SUCCESS);
  EXPECT_EQ(std::get<InterpolationOptions>(fake_last_options().model).flow_scale, 0.5);
}

TEST(States, InReadyNoModelIsLoaded) {
  const std::uint64_t made = fake_counts().engines_made;
  Rig rig({}, GST_STATE_READY);
  EXPECT_EQ(fake_counts().engines_made, made);
  EXPECT_EQ(text(rig, "model"), "(null)");
}

TEST(States, AStreamAfterReadyHasNoHistory) {
  Rig rig;
  rig.open();
  rig.feed(0, 2);
  go(rig, GST_STATE_READY);
  go(rig, GST_STATE_PLAYING);
  gst_pad_set_active(rig.source(), FALSE);
  gst_pad_set_active(rig.source(), TRUE);
  rig.clear();
  rig.open();
  rig.feed(5, 7);
  rig.finish();
  EXPECT_THAT(values(rig.frames()), ::testing::ElementsAre(50, 55, 60, 60));
  EXPECT_TRUE(rig.frames()[0].discont);
}

TEST(Threads, MayChangeWhatDecidesAboutPairs) {
  Rig rig(Properties{{"duplicates", "retime"}});
  disturb(rig, {{"skip-pairs", "1,2,3"},
                {"scene-change", "both"},
                {"skip-mode", "keep"},
                {"late-policy", "skip-generated"},
                {"scene-action", "blend"},
                {"max-gap", "1"},
                {"skip-pairs", ""},
                {"late-policy", "degrade"},
                {"skip-mode", "skip"},
                {"max-gap", "0"},
                {"duplicate-threshold", "1"}});
  EXPECT_TRUE(rig.errors().empty());
}

TEST(Sharing, TwoElementsFedInTurnsDoNotMixTheirFrames) {
  Rig first, second;
  first.open();
  second.open({.format = "I420", .width = 32});
  for (int k = 0; k < 3; ++k) {
    first.push(10 * k, k * 40 * GST_MSECOND);
    second.push(100, k * 40 * GST_MSECOND);
  }
  EXPECT_THAT(values(first.frames()), ::testing::ElementsAre(0, 5, 10, 15));
  EXPECT_THAT(values(second.frames()), ::testing::Each(100));
}

// ---- threads

TEST(Threads, MayDisturbFramesThatFlow) {
  Rig rig;
  disturb(rig, {{"multiplier", "3/1"}, {"snap", "0.2"}, {"memory-limit", "5"}, {"multiplier", "2/1"}});
  EXPECT_TRUE(rig.errors().empty());
  set(rig, "multiplier", "2/1");
  rig.open();
  rig.feed(0, 2);
  rig.finish();
  EXPECT_EQ(rig.order(), "stream-start caps segment 4 eos");
  EXPECT_THAT(values(rig.frames()), ::testing::ElementsAre(0, 5, 10, 10));
}

// ---- economy

TEST(Engine, IsGivenEachSourceFrameOnce) {
  Rig rig(Properties{{"multiplier", "3/1"}});
  rig.open();
  const FakeEngineCounts before = fake_counts();
  rig.feed(0, 10);
  rig.finish();
  EXPECT_EQ(fake_counts().pushes - before.pushes, 10u);
  EXPECT_EQ(fake_counts().pops - before.pops, 18u);
}

TEST(Engine, IsNotAskedWhereNothingIsDrawn) {
  Rig rig(Properties{{"multiplier", "1/1"}});
  rig.open();
  const FakeEngineCounts before = fake_counts();
  rig.feed(0, 10);
  rig.finish();
  EXPECT_EQ(fake_counts().pushes, before.pushes);
}

TEST(Engine, IsConfiguredOnceForCapsOfOneSize) {
  Rig rig;
  const FakeEngineCounts before = fake_counts();
  rig.open();
  rig.feed(0, 2);
  rig.set_caps({.rate = "50/1"});
  rig.feed(2, 4);
  EXPECT_EQ(fake_counts().configures - before.configures, 1u);
}

// ---- log

TEST(Log, OfTheElementHasWhatItsBaseDoes) {
  const LogOf log("frameinterpolate");
  Rig rig;
  rig.open();
  rig.feed(0, 9);
  for (const char* words : {"loaded", "caps event", "latency", "push"}) {
    EXPECT_THAT(log.text(), HasSubstr(words));
  }
}

TEST(Log, AndTheMessageNameThePlaceOfAnError) {
  const LogOf log("frameinterpolate");
  Rig rig(Properties{{"model-location", model_file("fail=pop")}});
  rig.open();
  EXPECT_EQ(rig.feed(0, 9), GST_FLOW_ERROR);
  EXPECT_THAT(log.text(), ::testing::ContainsRegex("pairinterpolator.cpp: The fake engine fails"));
  EXPECT_THAT(rig.errors().at(0).debug, HasSubstr("pairinterpolator.cpp"));
}

// ---- properties

class ReadyOnly : public ::testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(ReadyOnly, KeepsItsValueInPausedWithAWarningAndChangesInReady) {
  const auto [name, value] = GetParam();
  Rig rig({}, GST_STATE_PAUSED);
  GValue before = G_VALUE_INIT;
  g_object_get_property(G_OBJECT(rig.element()), name, &before);
  set(rig, name, value);
  GValue after = G_VALUE_INIT;
  g_object_get_property(G_OBJECT(rig.element()), name, &after);
  EXPECT_EQ(gst_value_compare(&before, &after), GST_VALUE_EQUAL);
  const std::vector<BusError> warnings = rig.warnings();
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_THAT(warnings[0].message, HasSubstr(name));
  go(rig, GST_STATE_READY);
  set(rig, name, value);
  g_value_unset(&after);
  g_object_get_property(G_OBJECT(rig.element()), name, &after);
  EXPECT_NE(gst_value_compare(&before, &after), GST_VALUE_EQUAL);
  g_value_unset(&before);
  g_value_unset(&after);
}

INSTANTIATE_TEST_SUITE_P(Table, ReadyOnly,
                         ::testing::Values(std::pair{"model-location", "/other"},
                                           std::pair{"device", "cuda:1"}, std::pair{"precision", "float32"},
                                           std::pair{"threads", "3"}, std::pair{"memory-limit", "1000"},
                                           std::pair{"flow-scale", "2"}, std::pair{"ensemble", "true"},
                                           std::pair{"clear-cache-after-n-pairs", "3"}),
                         [](const auto& info) {
                           std::string name = info.param.first;
                           std::erase(name, '-');
                           return name;
                         });

TEST(Properties, AMultiplierSetWhilePlayingIsTakenAtTheNextFrame) {
  Rig rig;
  rig.open();
  rig.feed(0, 2);
  set(rig, "multiplier", "3/1");
  rig.feed(2, 4);
  rig.finish();
  EXPECT_EQ(rig.order(), "stream-start caps segment 4 caps 6 eos");
  EXPECT_EQ(rig.frames().back().pts + rig.frames().back().duration, 160 * GST_MSECOND);
  EXPECT_TRUE(rig.warnings().empty());
}

TEST(Properties, AMultiplierWhileDownstreamFixesTheRateChangesNothing) {
  Rig rig;
  rig.accept("video/x-raw,framerate=50/1");
  rig.open();
  rig.feed(0, 2);
  set(rig, "multiplier", "3/1");
  rig.feed(2, 4);
  rig.finish();
  EXPECT_EQ(rig.order(), "stream-start caps segment 8 eos");
}

TEST(Properties, AMultiplierOfZeroIsNotTaken) {
  Rig rig({}, GST_STATE_NULL);
  set(rig, "multiplier", "0/1");
  EXPECT_NE(text(rig, "name"), "");
  GValue value = G_VALUE_INIT;
  g_object_get_property(G_OBJECT(rig.element()), "multiplier", &value);
  EXPECT_GT(gst_value_get_fraction_numerator(&value), 0);
  g_value_unset(&value);
}

TEST(Properties, SnapSetWhilePlayingActsFromTheNextFrame) {
  Rig rig(Properties{{"multiplier", "4/1"}});
  rig.open();
  rig.feed(0, 2);
  set(rig, "snap", "0.3");
  rig.feed(2, 3);
  EXPECT_THAT(values(rig.frames()), ::testing::ElementsAre(0, 3, 5, 8, 10, 10, 15, 20));
}

TEST(Properties, TheModelIsNamedOnceItIsLoaded) {
  Rig rig;
  EXPECT_EQ(text(rig, "model"), "fake 1.0");
  go(rig, GST_STATE_NULL);
  EXPECT_EQ(text(rig, "model"), "(null)");
}

TEST(Properties, StatsCountFramesAndTellDelayTimeAndBytes) {
  Rig rig;
  rig.open();
  rig.feed(0, 3);
  rig.finish();
  GstStructure* stats = get<GstStructure*>(rig, "stats");
  ASSERT_NE(stats, nullptr);
  EXPECT_EQ(std::string(gst_structure_get_name(stats)), "frameinterpolate-stats");
  const auto number = [&](const char* name) {
    guint64 value = 0;
    EXPECT_TRUE(gst_structure_get_uint64(stats, name, &value)) << name;
    return value;
  };
  EXPECT_EQ(number("frames-in"), 3u);
  EXPECT_EQ(number("frames-out"), 6u);
  EXPECT_EQ(number("frames-generated"), 2u);
  EXPECT_EQ(number("frames-held"), 1u);
  EXPECT_EQ(number("delay"), 40 * GST_MSECOND);
  EXPECT_EQ(number("weight-bytes"), 1000u);
  EXPECT_EQ(number("state-bytes"), 200u);
  EXPECT_EQ(number("work-bytes"), 300u);
  double seconds = 0;
  EXPECT_TRUE(gst_structure_get_double(stats, "seconds-per-frame", &seconds));
  EXPECT_GT(seconds, 0);
  EXPECT_STREQ(gst_structure_get_string(stats, "model"), "fake 1.0");
  EXPECT_STREQ(gst_structure_get_string(stats, "device"), "cpu");
  gst_structure_free(stats);
}

TEST(Properties, ANullDeviceIsAuto) {
  Rig rig({}, GST_STATE_NULL);
  g_object_set(rig.element(), "device", nullptr, nullptr);
  EXPECT_EQ(text(rig, "device"), "auto");
}

}  // namespace
}  // namespace videoenhance::testing
