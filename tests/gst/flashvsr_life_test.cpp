// flashvsr: states, knobs and other properties.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/gst/rig.h"

namespace videoenhance::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

GstStateChangeReturn go(Rig& rig, GstState state) {
  return gst_element_set_state(rig.element(), state);
}

void set(Rig& rig, const char* name, const char* value) {
  gst_util_set_object_arg(G_OBJECT(rig.element()), name, value);
}

std::string text(const Rig& rig, const char* name) {
  GValue value = G_VALUE_INIT;
  g_object_get_property(G_OBJECT(rig.element()), name, &value);
  gchar* words = gst_value_serialize(&value);
  const std::string result = words ? words : "(null)";
  g_free(words);
  g_value_unset(&value);
  return result;
}

void restart_pads(Rig& rig) {
  gst_pad_set_active(rig.source(), FALSE);
  gst_pad_set_active(rig.source(), TRUE);
  rig.clear();
}

// ---- states

TEST(UpscaleStates, AHundredCyclesLeaveNoEngineAndNoModel) {
  {
    UpscaleRig rig;
    for (int cycle = 0; cycle < 100; ++cycle) {
      go(rig, GST_STATE_NULL);
      ASSERT_EQ(go(rig, GST_STATE_PLAYING), GST_STATE_CHANGE_SUCCESS);
      restart_pads(rig);
      rig.open();
      ASSERT_EQ(rig.feed(0, 10), GST_FLOW_OK);  // left with frames held
    }
  }
  EXPECT_EQ(fake_counts().engines_alive, 0u);
  EXPECT_EQ(fake_counts().models_alive, 0u);
}

TEST(UpscaleStates, InReadyNoModelIsLoaded) {
  const std::uint64_t made = fake_counts().engines_made;
  UpscaleRig rig({}, GST_STATE_READY);
  EXPECT_EQ(fake_counts().engines_made, made);
  EXPECT_EQ(text(rig, "model"), "(null)");
}

TEST(UpscaleStates, InReadyThereIsNoEngineAndTheModelIsKept) {
  UpscaleRig rig;
  go(rig, GST_STATE_READY);
  EXPECT_EQ(fake_counts().engines_alive, 0u);
  EXPECT_EQ(fake_counts().models_alive, 1u);
  EXPECT_EQ(text(rig, "model"), "(null)");
  ASSERT_EQ(go(rig, GST_STATE_PAUSED), GST_STATE_CHANGE_SUCCESS);
  EXPECT_EQ(fake_counts().engines_alive, 1u);
  EXPECT_EQ(fake_counts().models_alive, 1u);
}

TEST(UpscaleStates, AModelFileThatIsReplacedInReadyIsLoadedAnew) {
  const std::string path = model_file();
  UpscaleRig rig(Properties{{"model-location", path}});
  go(rig, GST_STATE_READY);
  std::ofstream(path) << "model=other\n";
  EXPECT_EQ(go(rig, GST_STATE_PAUSED), GST_STATE_CHANGE_FAILURE);
  EXPECT_EQ(rig.errors().size(), 1u);
}

class EngineOption : public ::testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(EngineOption, ThatChangesInReadyReachesTheNextEngine) {
  UpscaleRig rig;
  const EngineOptions before = fake_last_options();
  go(rig, GST_STATE_READY);
  set(rig, GetParam().first, GetParam().second);
  EXPECT_EQ(text(rig, GetParam().first), GetParam().second);
  ASSERT_EQ(go(rig, GST_STATE_PAUSED), GST_STATE_CHANGE_SUCCESS);
  EXPECT_FALSE(fake_last_options() == before);
}

INSTANTIATE_TEST_SUITE_P(Table, EngineOption,
                         ::testing::Values(std::pair{"model-version", "v1"},
                                           std::pair{"projector-cache", "own"}, std::pair{"mode", "full"},
                                           std::pair{"start", "reference"}, std::pair{"tile-size", "256"},
                                           std::pair{"tile-overlap", "32"}, std::pair{"seed", "7"},
                                           std::pair{"scene-change", "true"},
                                           std::pair{"clear-cache-after-n-chunks", "3"}),
                         [](const auto& info) {
                           std::string name = info.param.first;
                           std::erase(name, '-');
                           return name;
                         });

TEST(UpscaleStates, AStreamAfterReadyHasNoHistory) {
  UpscaleRig rig;
  rig.open();
  rig.feed(0, 8);
  go(rig, GST_STATE_READY);
  go(rig, GST_STATE_PLAYING);
  restart_pads(rig);
  rig.open();
  rig.feed(5, 6);
  EXPECT_TRUE(rig.frames().empty());  // it would be the ninth
  rig.finish();
  EXPECT_THAT(values(rig.frames()), ElementsAre(50));
  EXPECT_TRUE(rig.frames()[0].discont);
}

TEST(UpscaleSharing, TwoElementsFedInTurnsDoNotMixTheirFrames) {
  UpscaleRig first, second;
  first.open();
  second.open({.format = "I420", .width = 32});
  for (int k = 0; k < 9; ++k) {
    first.push(10 * k, k * 40 * GST_MSECOND);
    second.push(100, k * 40 * GST_MSECOND);
  }
  EXPECT_THAT(values(first.frames()), ElementsAre(0, 10, 20, 30, 40));
  EXPECT_THAT(values(second.frames()), ElementsAre(100, 100, 100, 100, 100));
}

TEST(UpscaleEngine, IsGivenEachFrameOnceAndConfiguredOncePerSize) {
  UpscaleRig rig;
  const FakeEngineCounts before = fake_counts();
  rig.open();
  rig.feed(0, 10);
  rig.set_caps({.rate = "50/1"});
  rig.feed(10, 20);
  rig.finish();
  EXPECT_EQ(fake_counts().pushes - before.pushes, 20u);
  EXPECT_EQ(fake_counts().pops - before.pops, 20u);
  EXPECT_EQ(fake_counts().configures - before.configures, 1u);
}

// ---- threads

TEST(UpscaleThreads, MayDisturbFramesThatFlow) {
  UpscaleRig rig;
  disturb(rig, {{"kv-ratio", "2"}, {"color-fix", "none"}, {"scale", "2"}, {"sparse-ratio", "1.5"}});
  EXPECT_TRUE(rig.errors().empty());
  rig.open();
  rig.feed(0, 10);
  rig.finish();
  EXPECT_EQ(rig.order(), "stream-start caps segment 10 eos");
  EXPECT_THAT(values(rig.frames()), ElementsAre(0, 10, 20, 30, 40, 50, 60, 70, 80, 90));
}

// ---- knobs

TEST(Knobs, ReachTheEngineBeforeTheFirstFrame) {
  UpscaleRig rig(
      Properties{{"sparse-ratio", "1.5"}, {"kv-ratio", "2"}, {"local-range", "9"}, {"color-fix", "wavelet"}});
  rig.open();
  rig.feed(0, 1);
  EXPECT_EQ(fake_counts().last_knobs, (FlashVsrKnobs{1.5, 2.0, 9, ColourFix::kWavelet}));
}

TEST(Knobs, ThatDoNotChangeAreToldOnce) {
  UpscaleRig rig;
  const std::uint64_t before = fake_counts().adjusts;
  rig.open();
  rig.feed(0, 20);
  set(rig, "kv-ratio", "3");  // as it was
  rig.feed(20, 22);
  EXPECT_EQ(fake_counts().adjusts, before + 1);
}

GstEvent* second_late() {
  return gst_event_new_qos(GST_QOS_TYPE_UNDERFLOW, 2.0, GST_SECOND, 0);
}

TEST(Knobs, AreLoweredWhileFramesAreLateIfQualityMayBeGivenUp) {
  UpscaleRig rig(Properties{{"late-policy", "degrade"}});
  rig.open();
  rig.feed(0, 4);
  rig.upstream(second_late());
  rig.feed(4, 5);
  EXPECT_EQ(fake_counts().last_knobs, (FlashVsrKnobs{1.0, 3.0, 11, ColourFix::kAdain}));
  rig.feed(5, 60);  // what goes out is more than one and a half seconds later
  EXPECT_EQ(fake_counts().last_knobs, FlashVsrKnobs());
  rig.finish();
  EXPECT_EQ(rig.frames().size(), 60u);
}

TEST(Knobs, StayAsTheyAreOtherwiseAndAFrameThatIsLateComesAllTheSame) {
  for (const char* policy : {"never-drop", "skip-generated"}) {
    UpscaleRig rig(Properties{{"late-policy", policy}});
    rig.open();
    rig.upstream(second_late());
    rig.feed(0, 4);
    rig.finish();
    EXPECT_EQ(fake_counts().last_knobs, FlashVsrKnobs()) << policy;
    EXPECT_EQ(rig.frames().size(), 4u) << policy;
  }
}

TEST(Knobs, ThereBeingNoFrameToSkipIsSaidOnce) {
  UpscaleRig rig;
  set(rig, "late-policy", "skip-generated");
  EXPECT_EQ(rig.warnings().size(), 1u);
  set(rig, "late-policy", "degrade");
  EXPECT_TRUE(rig.warnings().empty());
}

TEST(Knobs, ChangeWhilePlayingWithoutAnewHistory) {
  UpscaleRig rig;
  rig.open();
  rig.feed(0, 4);
  const FakeEngineCounts before = fake_counts();
  set(rig, "sparse-ratio", "1.5");
  set(rig, "color-fix", "none");
  EXPECT_EQ(fake_counts().adjusts, before.adjusts);  // by the streaming thread only
  rig.feed(4, 9);
  EXPECT_EQ(fake_counts().adjusts, before.adjusts + 1);
  EXPECT_EQ(fake_counts().last_knobs, (FlashVsrKnobs{1.5, 3.0, 11, ColourFix::kNone}));
  EXPECT_EQ(fake_counts().drains, before.drains);
  EXPECT_EQ(rig.frames().size(), 5u);
  EXPECT_TRUE(rig.warnings().empty());
}

TEST(Knobs, AreToldToANewEngine) {
  UpscaleRig rig;
  rig.open();
  rig.feed(0, 1);
  go(rig, GST_STATE_NULL);
  go(rig, GST_STATE_PLAYING);
  restart_pads(rig);
  const std::uint64_t before = fake_counts().adjusts;
  rig.open();
  rig.feed(0, 1);
  EXPECT_EQ(fake_counts().adjusts, before + 1);
}

// ---- log

TEST(UpscaleLog, OfTheElementHasWhatItsBaseDoes) {
  const LogOf log("flashvsr");
  UpscaleRig rig;
  rig.open();
  rig.feed(0, 9);
  for (const char* words : {"loaded", "caps event", "latency", "push"}) {
    EXPECT_THAT(log.text(), HasSubstr(words));
  }
}

TEST(UpscaleLog, AndTheMessageNameThePlaceOfAnError) {
  const LogOf log("flashvsr");
  UpscaleRig rig(Properties{{"model-location", model_file("fail=pop")}});
  rig.open();
  EXPECT_EQ(rig.feed(0, 9), GST_FLOW_ERROR);
  EXPECT_THAT(log.text(), ::testing::ContainsRegex("frameupscaler.cpp: The fake engine fails"));
  EXPECT_THAT(rig.errors().at(0).debug, HasSubstr("frameupscaler.cpp"));
}

// ---- properties

class UpscaleReadyOnly : public ::testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(UpscaleReadyOnly, KeepsItsValueInPausedWithAWarningAndChangesInReady) {
  const auto& [name, value] = GetParam();
  UpscaleRig rig({}, GST_STATE_PAUSED);
  const std::string before = text(rig, name);
  set(rig, name, value);
  EXPECT_EQ(text(rig, name), before);
  const std::vector<BusError> warnings = rig.warnings();
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_THAT(warnings[0].message, HasSubstr(name));
  go(rig, GST_STATE_READY);
  set(rig, name, value);
  EXPECT_NE(text(rig, name), before);
}

INSTANTIATE_TEST_SUITE_P(
    Table, UpscaleReadyOnly,
    ::testing::Values(std::pair{"model-location", "/other"}, std::pair{"device", "cuda:1"},
                      std::pair{"precision", "float32"}, std::pair{"threads", "3"},
                      std::pair{"memory-limit", "1000"}, std::pair{"model-version", "v1.1"},
                      std::pair{"projector-cache", "previous"}, std::pair{"mode", "full"},
                      std::pair{"scale", "2"}, std::pair{"start", "reference"}, std::pair{"tile-size", "256"},
                      std::pair{"tile-overlap", "32"}, std::pair{"seed", "7"},
                      std::pair{"scene-change", "true"}, std::pair{"clear-cache-after-n-chunks", "3"}),
    [](const auto& info) {
      std::string name = info.param.first;
      std::erase(name, '-');
      return name;
    });

TEST(UpscaleProperties, ValuesOutOfRangeAreNotTaken) {
  UpscaleRig rig({}, GST_STATE_NULL);
  for (const auto& [name, low, high] : {std::tuple{"scale", "0.5", "9"}, std::tuple{"kv-ratio", "0", "1e9"},
                                        std::tuple{"sparse-ratio", "-1", "1e9"}}) {
    GParamSpec* spec = g_object_class_find_property(G_OBJECT_GET_CLASS(rig.element()), name);
    const auto* range = G_PARAM_SPEC_DOUBLE(spec);
    for (const char* value : {low, high}) {
      set(rig, name, value);
      gdouble taken = 0;
      g_object_get(rig.element(), name, &taken, nullptr);
      EXPECT_GE(taken, range->minimum) << name;
      EXPECT_LE(taken, range->maximum) << name;
    }
  }
}

TEST(UpscaleProperties, TheModelIsNamedOnceItIsLoaded) {
  UpscaleRig rig;
  EXPECT_THAT(text(rig, "model"), HasSubstr("fake"));
  go(rig, GST_STATE_NULL);
  EXPECT_EQ(text(rig, "model"), "(null)");
}

TEST(UpscaleProperties, WhatTheEngineHasToSayIsOneWarning) {
  UpscaleRig rig(Properties{{"model-location", model_file("notice=The version is a guess.")}});
  const std::vector<BusError> warnings = rig.warnings();
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings[0].message, "The version is a guess.");
  EXPECT_TRUE(rig.errors().empty());
}

TEST(UpscaleProperties, WhatTheEngineHasToSayInMidStreamIsOneWarningEachTimeItIsNews) {
  UpscaleRig rig(Properties{{"model-location", model_file("refused=The kv-ratio does not fit.")}});
  rig.open();
  rig.feed(0, 3);
  EXPECT_TRUE(rig.warnings().empty());
  for (int round = 0; round < 2; ++round) {
    set(rig, "kv-ratio", "16");
    rig.feed(3 + 6 * round, 6 + 6 * round);
    const std::vector<BusError> warnings = rig.warnings();
    ASSERT_EQ(warnings.size(), 1u);
    EXPECT_EQ(warnings[0].message, "The kv-ratio does not fit.");
    set(rig, "kv-ratio", "3");
    rig.feed(6 + 6 * round, 9 + 6 * round);
    EXPECT_TRUE(rig.warnings().empty());
  }
}

TEST(UpscaleProperties, StatsCountFramesAndTellTheDelay) {
  UpscaleRig rig;
  rig.open();
  rig.feed(0, 10);
  GstStructure* stats = nullptr;
  g_object_get(rig.element(), "stats", &stats, nullptr);
  ASSERT_NE(stats, nullptr);
  EXPECT_STREQ(gst_structure_get_name(stats), "flashvsr-stats");
  const auto number = [&](const char* name) {
    guint64 value = 0;
    EXPECT_TRUE(gst_structure_get_uint64(stats, name, &value)) << name;
    return value;
  };
  EXPECT_EQ(number("frames-in"), 10u);
  EXPECT_EQ(number("frames-out"), 5u);
  EXPECT_EQ(number("frames-generated"), 5u);
  EXPECT_EQ(number("delay"), 440 * GST_MSECOND);
  EXPECT_EQ(number("state-bytes"), 200u);
  EXPECT_EQ(number("trims"), 3u);
  EXPECT_EQ(number("cache-bytes"), 400u);
  guint interval = 0;
  EXPECT_TRUE(gst_structure_get_uint(stats, "trim-interval", &interval));
  EXPECT_EQ(interval, 10u);
  gst_structure_free(stats);
}

}  // namespace
}  // namespace videoenhance::testing
