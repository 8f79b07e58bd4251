// OUT.partial: what a run has done so far, so that --resume can go on from there.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "tools/video-enhance/plan.h"

namespace videoenhance {

class WorkFolder {
 public:
  // Makes the folder, or takes one that was left, as --resume and --force say. One run at a time holds it.
  // Errors: kUsage (there is something that neither option allows, or that was made with other options),
  // kOutput.
  static Outcome<WorkFolder> open(const Options& options, const Plan& plan);

  WorkFolder(WorkFolder&& other) noexcept;
  WorkFolder& operator=(WorkFolder&&) = delete;
  ~WorkFolder();

  std::filesystem::path segment(std::uint64_t k) const;
  // A file that is not whole yet; `finish` gives it its name.
  std::filesystem::path unfinished() const { return folder_ / "unfinished"; }
  // The whole output before it is published.
  std::filesystem::path joined() const { return folder_ / "joined"; }
  // Room for what the muxer puts aside.
  std::filesystem::path aside() const { return folder_ / "aside"; }
  // Makes `unfinished` segment k, for good.
  Outcome<void> finish_segment(std::uint64_t k);
  // The first that is not there.
  std::uint64_t first_missing() const;

  // Source frames in all, once every segment is there.
  std::optional<std::uint64_t> frames_in() const;
  Outcome<void> set_frames_in(std::uint64_t frames);

  // Makes `file` the output, at once.
  Outcome<void> publish(const std::filesystem::path& file) const;
  void remove();

 private:
  WorkFolder(std::filesystem::path folder, std::filesystem::path output)
      : folder_(std::move(folder)), output_(std::move(output)) {}

  Outcome<void> lock();
  Outcome<void> take_or_begin(const nlohmann::json& manifest, bool resume);
  Outcome<void> write_manifest() const;

  std::filesystem::path folder_, output_;
  nlohmann::json manifest_;
  int lock_ = -1;
};

}  // namespace videoenhance
