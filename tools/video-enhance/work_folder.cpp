#include "tools/video-enhance/work_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include "tools/video-enhance/models.h"
#include "tools/video-enhance/output.h"

namespace videoenhance {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr char kManifest[] = "manifest.json";

std::string fraction_text(Ratio value) {
  return std::to_string(value.n) + "/" + std::to_string(value.d);
}

// JSON is UTF-8, which the name of a file need not be.
std::string as_utf8(const std::string& name) {
  if (g_utf8_validate(name.data(), static_cast<gssize>(name.size()), nullptr)) return name;
  gchar* escaped = g_strescape(name.c_str(), nullptr);
  const std::string result = escaped;
  g_free(escaped);
  return result;
}

// Everything that the frames depend on. Two runs whose manifests are equal make the same segments.
json manifest_of(const Options& options, const Plan& plan) {
  std::error_code ignored;
  return {
      {"program", VIDEOENHANCE_VERSION},
      {"input", as_utf8(fs::absolute(options.input, ignored).string())},
      {"input-bytes", fs::file_size(options.input, ignored)},
      {"input-changed", fs::last_write_time(options.input, ignored).time_since_epoch().count()},
      {"scale", options.scale.value_or(1)},
      {"fps", fraction_text(plan.rate_out)},
      {"upscale-model", as_utf8(options.upscale_model)},
      {"upscale-model-sha256", plan.upscales ? upscaler_sha256(options.upscale_model) : ""},
      {"interpolate-model", as_utf8(options.interpolate_model)},
      {"interpolate-model-sha256", plan.interpolates ? interpolator_sha256(options.interpolate_model) : ""},
      {"device", as_utf8(options.device)},
      {"precision", options.precision},
      {"start", options.start.value_or(0)},
      {"end", options.end.value_or(0)},
      {"codec", options.codec},
      {"crf", options.crf},
      {"factor", fraction_text(plan.factor)},
      {"segment", plan.segment}};
}

json read_manifest(const fs::path& path) {
  std::ifstream file(path);
  return json::parse(file, nullptr, false);
}

}  // namespace

Outcome<WorkFolder> WorkFolder::open(const Options& options, const Plan& plan) {
  WorkFolder work(options.output.string() + ".partial", options.output);
  std::error_code error;
  const bool left = fs::exists(work.folder_, error);
  if (left && !options.resume && !options.force)
    return failed(
        ExitCode::kUsage,
        "'" + work.folder_.string() +
            "' was left by a run that was stopped; go on with --resume, or begin anew with --force.");
  if (auto free = need_free_name(options.output, options.force || (left && options.resume)); !free)
    return tl::unexpected(free.error());
  fs::create_directory(work.folder_, error);
  if (error) return cannot_write(work.folder_, error.message());
  if (auto locked = work.lock(); !locked) return tl::unexpected(locked.error());
  if (auto taken = work.take_or_begin(manifest_of(options, plan), options.resume); !taken)
    return tl::unexpected(taken.error());
  return work;
}

WorkFolder::WorkFolder(WorkFolder&& other) noexcept
    : folder_(std::move(other.folder_)),
      output_(std::move(other.output_)),
      manifest_(std::move(other.manifest_)),
      lock_(std::exchange(other.lock_, -1)) {}

WorkFolder::~WorkFolder() {
  if (lock_ >= 0) ::close(lock_);
}

// The system gives the lock back when the program ends, however it does.
Outcome<void> WorkFolder::lock() {
  const fs::path path = folder_ / "lock";
  lock_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (lock_ < 0) return cannot_write(path, std::strerror(errno));
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0)
    return failed(ExitCode::kOutput,
                  "Another run is writing '" + output_.string() + "'; wait for it or stop it.");
  return {};
}

Outcome<void> WorkFolder::take_or_begin(const json& wanted, bool resume) {
  manifest_ = read_manifest(folder_ / kManifest);
  if (resume && manifest_.is_object()) {
    for (const auto& [name, value] : wanted.items())
      if (manifest_.value(name, json()) != value)
        return failed(ExitCode::kUsage, "The stopped run had another " + name + " (" +
                                            manifest_.value(name, json()).dump() + ", now " + value.dump() +
                                            "); give the same options, or begin anew with --force.");
    return {};
  }
  std::error_code ignored;
  for (std::uint64_t k = 0; fs::remove(segment(k), ignored); ++k) {
  }
  manifest_ = wanted;
  return write_manifest();
}

Outcome<void> WorkFolder::write_manifest() const {
  const fs::path path = folder_ / kManifest, fresh = folder_ / "manifest.new";
  std::ofstream file(fresh);
  file << manifest_.dump(2) << '\n';
  file.close();
  if (!file) return cannot_write(path, "is the disk full?");
  return rename_durably(fresh, path);
}

fs::path WorkFolder::segment(std::uint64_t k) const {
  return folder_ / ("segment-" + std::to_string(k));
}

Outcome<void> WorkFolder::finish_segment(std::uint64_t k) {
  return rename_durably(unfinished(), segment(k));
}

std::uint64_t WorkFolder::first_missing() const {
  std::error_code ignored;
  std::uint64_t k = 0;
  while (fs::exists(segment(k), ignored)) ++k;
  return k;
}

std::optional<std::uint64_t> WorkFolder::frames_in() const {
  const auto found = manifest_.find("frames-in");
  if (found == manifest_.end()) return std::nullopt;
  return found->get<std::uint64_t>();
}

Outcome<void> WorkFolder::set_frames_in(std::uint64_t frames) {
  manifest_["frames-in"] = frames;
  return write_manifest();
}

Outcome<void> WorkFolder::publish(const fs::path& file) const {
  return rename_durably(file, output_);
}

// Only what this program makes: should the user keep something there, it stays.
void WorkFolder::remove() {
  std::error_code ignored;
  for (std::uint64_t k = 0; fs::remove(segment(k), ignored); ++k) {
  }
  for (const char* name : {"unfinished", "aside", "joined", kManifest, "manifest.new", "lock"})
    fs::remove(folder_ / name, ignored);
  fs::remove(folder_, ignored);
}

}  // namespace videoenhance
