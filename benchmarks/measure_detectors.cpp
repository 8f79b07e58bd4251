// measure-detectors: how well scene cuts and repeated frames are found, in clips as they are and in sets made
// of them.
#include <CLI/CLI.hpp>
#include <chrono>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

#include "benchmarks/made_cuts.h"
#include "benchmarks/made_repeats.h"
#include "core/video/repeat.h"
#include "core/video/scene_change.h"

namespace videoenhance {
namespace {

using Json = nlohmann::json;
using Numbers = std::vector<std::size_t>;

const std::vector<double> kCutThresholds = {0.06, 0.1, 0.14, SceneChange::kThreshold, 0.22, 0.26, 0.3, 0.4};
const std::vector<double> kRepeatThresholds = {0.005, 0.01, 0.015, RepeatDetector::kThreshold,
                                               0.025, 0.03, 0.04};

struct Counts {
  std::size_t frames = 0, there = 0, found = 0, wrong = 0;

  void count(bool is, bool said) {
    ++frames;
    there += is;
    found += is && said;
    wrong += said && !is;
  }
  Counts& operator+=(const Counts& other) {
    frames += other.frames;
    there += other.there;
    found += other.found;
    wrong += other.wrong;
    return *this;
  }
};

Json to_json(const Counts& counts) {
  return {
      {"frames", counts.frames}, {"there", counts.there}, {"found", counts.found}, {"false", counts.wrong}};
}

// Counts of each kind of stream, for each of a detector's thresholds.
class Tally {
 public:
  explicit Tally(const std::vector<double>& thresholds) : thresholds_(thresholds) {}

  Counts& at(const std::string& kind, std::size_t threshold) {
    auto& counts = kinds_[kind];
    counts.resize(thresholds_.size());
    return counts[threshold];
  }

  // All kinds together at each threshold, and the kinds apart at the default one.
  Json json(double standard) const {
    Json out = {{"threshold", standard}, {"thresholds", Json::array()}, {"kinds", Json::object()}};
    for (std::size_t i = 0; i < thresholds_.size(); ++i) {
      Counts all;
      for (const auto& [kind, counts] : kinds_) {
        all += counts[i];
        if (thresholds_[i] == standard) out["kinds"][kind] = to_json(counts[i]);
      }
      Json line = to_json(all);
      line["threshold"] = thresholds_[i];
      line["precision"] = ratio(all.found, all.found + all.wrong);
      line["recall"] = ratio(all.found, all.there);
      out["thresholds"].push_back(line);
    }
    return out;
  }

 private:
  static double ratio(std::size_t part, std::size_t whole) {
    return whole ? std::round(1e4 * static_cast<double>(part) / static_cast<double>(whole)) / 1e4 : 1;
  }

  const std::vector<double>& thresholds_;
  std::map<std::string, std::vector<Counts>> kinds_;
};

// Plays the frames of a clip in some order; `cuts` are places in that order. Found are those at the default
// threshold.
Numbers tally_cuts(const std::string& kind, const LumaClip& clip, const Numbers& order, const Numbers& cuts,
                   Tally& tally) {
  Numbers found;
  for (std::size_t i = 0; i < kCutThresholds.size(); ++i) {
    SceneChange detector(kCutThresholds[i]);
    for (std::size_t k = 0; k < order.size(); ++k) {
      const bool cut = detector.push(clip.view(clip.frames[order[k]]));
      tally.at(kind, i).count(std::ranges::count(cuts, k) > 0, cut);
      if (cut && kCutThresholds[i] == SceneChange::kThreshold) found.push_back(k);
    }
  }
  return found;
}

void tally_repeats(const std::string& kind, const LumaClip& clip, const std::vector<bool>& repeats,
                   Tally& tally) {
  for (std::size_t i = 0; i < kRepeatThresholds.size(); ++i) {
    RepeatDetector detector;
    for (std::size_t k = 0; k < clip.frames.size(); ++k)
      tally.at(kind, i).count(repeats[k], detector.push(clip.view(clip.frames[k]), kRepeatThresholds[i]));
  }
}

Numbers all_of(const LumaClip& clip) {
  Numbers order(clip.frames.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  return order;
}

// A clip and what is known of it.
struct Sample {
  std::string name;
  LumaClip clip;
  Numbers cuts, repeats;
};

// As it is, backwards, and two and three times as fast, from each frame that this can begin with.
Json play(const Sample& sample, Tally& cuts, Tally& repeats) {
  const auto found = tally_cuts("clips", sample.clip, all_of(sample.clip), sample.cuts, cuts);
  auto backwards = all_of(sample.clip);
  std::ranges::reverse(backwards);
  Numbers cuts_backwards;
  for (const auto cut : sample.cuts) cuts_backwards.push_back(sample.clip.frames.size() - cut);
  tally_cuts("clips backwards", sample.clip, backwards, cuts_backwards, cuts);
  for (std::size_t step : {2, 3}) {
    for (std::size_t first = 0; first < step; ++first) {
      Numbers order, places;
      for (std::size_t k = first; k < sample.clip.frames.size(); k += step) order.push_back(k);
      for (const auto cut : sample.cuts)
        places.push_back(std::ranges::lower_bound(order, cut) - order.begin());
      tally_cuts(step == 2 ? "clips twice as fast" : "clips three times as fast", sample.clip, order, places,
                 cuts);
    }
  }
  std::vector<bool> repeated(sample.clip.frames.size());
  for (const auto repeat : sample.repeats) repeated[repeat] = true;
  tally_repeats("clips", sample.clip, repeated, repeats);
  return {{"name", sample.name}, {"frames", sample.clip.frames.size()}, {"cuts", found}};
}

// Whether these can be numbers of frames with another before them, in order.
bool are_places(const Numbers& numbers, std::size_t frames) {
  const bool rising = std::ranges::adjacent_find(numbers, std::greater_equal()) == numbers.end();
  return rising && (numbers.empty() || (numbers.front() >= 1 && numbers.back() < frames));
}

// What a file of known cuts and repeats says of a clip.
Result<Sample> load(const std::filesystem::path& path, const Json& known) try {
  auto clip = decode_file(path);
  if (!clip) return tl::unexpected(clip.error());
  const auto facts = known.value(path.filename().string(), Json::object());
  Sample sample{path.filename().string(), std::move(*clip), facts.value("cuts", Numbers{}),
                facts.value("repeats", Numbers{})};
  const std::size_t frames = sample.clip.frames.size();
  if (are_places(sample.cuts, frames) && are_places(sample.repeats, frames)) return sample;
  return fail(ErrorKind::kBadSettings, "What is known of " + path.string() +
                                           " must be rising numbers of its " + std::to_string(frames) +
                                           " frames, from 1 on.");
} catch (const Json::exception& error) {
  return fail(ErrorKind::kBadSettings,
              "What is known of " + path.string() + " is not in order: " + error.what());
}

double milliseconds_of(const std::function<void()>& work) {
  constexpr int kTimes = 50;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < kTimes; ++i) work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count() / kTimes;
}

// Of one frame of 1920x1080.
Json speed() {
  LumaClip clip{1920, 1080, {LumaClip::Frame(1920 * 1080, 100)}};
  SceneChange cuts;
  RepeatDetector repeats;
  return {{"cut_ms", milliseconds_of([&] { cuts.push(clip.view(clip.frames[0])); })},
          {"repeat_ms", milliseconds_of([&] { repeats.push(clip.view(clip.frames[0])); })}};
}

Result<Json> measure(const std::vector<std::filesystem::path>& paths, const Json& known) {
  Tally clip_cuts(kCutThresholds), made_set(kCutThresholds), repeats(kRepeatThresholds);
  std::vector<Sample> samples;
  for (const auto& path : paths) {
    auto sample = load(path, known);
    if (!sample) return tl::unexpected(sample.error());
    samples.push_back(std::move(*sample));
  }
  Json out = {{"clips", Json::array()}, {"speed_1080p", speed()}};
  std::vector<Shot> shots;
  for (const auto& sample : samples) {
    out["clips"].push_back(play(sample, clip_cuts, repeats));
    const auto more = shots_of(sample.clip, sample.cuts);
    shots.insert(shots.end(), more.begin(), more.end());
  }
  if (shots.size() < 2) return fail(ErrorKind::kBadSettings, "The clips must hold two shots at least.");
  for (const auto& stream : made_cuts(shots))
    tally_cuts(stream.kind, stream.clip, all_of(stream.clip), stream.cuts, made_set);
  for (const auto& sample : samples) {
    const auto status = made_repeats(sample.clip, sample.repeats, [&](const RepeatStream& stream) {
      tally_repeats(std::to_string(sample.clip.height) + " rows, " + stream.kind, stream.clip, stream.repeats,
                    repeats);
    });
    if (!status) return tl::unexpected(status.error());
  }
  out["cuts_in_clips"] = clip_cuts.json(SceneChange::kThreshold);
  out["cuts_in_made_set"] = made_set.json(SceneChange::kThreshold);
  out["repeats"] = repeats.json(RepeatDetector::kThreshold);
  return out;
}

}  // namespace
}  // namespace videoenhance

int main(int argc, char** argv) {
  using namespace videoenhance;
  std::vector<std::filesystem::path> clips;
  std::filesystem::path known;
  CLI::App app("How well scene cuts and repeated frames are found; prints one line of JSON.");
  app.add_option("clips", clips, "video files")->required()->check(CLI::ExistingFile);
  app.add_option("--known", known, "JSON: for a file's name its \"cuts\" and \"repeats\", as frame numbers")
      ->check(CLI::ExistingFile);
  CLI11_PARSE(app, argc, argv);
  const auto facts = known.empty() ? Json::object() : Json::parse(std::ifstream(known), nullptr, false);
  if (!facts.is_object()) {
    std::cerr << known.string() << " holds no JSON object." << std::endl;
    return 2;
  }
  const auto result = measure(clips, facts);
  if (!result) {
    std::cerr << result.error().message << std::endl;
    return 2;
  }
  std::cout << result->dump() << std::endl;
  return 0;
}
