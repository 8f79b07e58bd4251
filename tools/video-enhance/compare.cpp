#include "tools/video-enhance/compare.h"

#include <cstdio>

#include "tools/video-enhance/clip_writer.h"
#include "tools/video-enhance/output.h"
#include "tools/video-enhance/pairs.h"
#include "tools/video-enhance/picture.h"
#include "tools/video-enhance/reference.h"

namespace videoenhance {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct Names {
  fs::path clip, before, after;
};

Names names_of(const fs::path& output) {
  const auto beside = [&](const char* ending) {
    return output.parent_path() / (output.stem().string() + ending);
  };
  return {output, beside("-before.png"), beside("-after.png")};
}

Outcome<void> need_names(const Names& names, const Options& options) {
  if (auto folder = need_folder_of(names.clip); !folder) return folder;
  for (const fs::path& path : {names.clip, names.before, names.after}) {
    if (auto other = need_other_file(path, options); !other) return other;
    if (auto free = need_free_name(path, options.force); !free) return free;
  }
  return {};
}

// The first pair in the second half that shows what was asked for, else the last one.
class Specimen {
 public:
  explicit Specimen(const Plan& plan) : plan_(plan) {}

  void consider(const Pair& pair) {
    if (is_good_) return;
    before_.reset(gst_buffer_ref(pair.before.get()));
    after_.reset(gst_buffer_ref(pair.after.get()));
    is_good_ = pair.source_frame >= plan_.frames_in / 2 && (pair.is_drawn || !plan_.interpolates);
  }

  Outcome<void> write(const fs::path& before, const fs::path& after, GstCaps* caps) const {
    if (auto written = write(before_.get(), caps, before); !written) return written;
    return write(after_.get(), caps, after);
  }

 private:
  static Outcome<void> write(GstBuffer* frame, GstCaps* caps, const fs::path& file) {
    const Owned<GstSample> sample(gst_sample_new(frame, caps, nullptr, nullptr));
    return write_png(sample.get(), file);
  }

  const Plan& plan_;
  Owned<GstBuffer> before_, after_;
  bool is_good_ = false;
};

json as_json(const Quality& quality) {
  return {{"psnr_y", quality.psnr}, {"ssim_y", quality.ssim}};
}

std::string as_text(const Quality& quality) {
  char text[64];
  std::snprintf(text, sizeof text, "PSNR-Y %.2f dB, SSIM-Y %.4f", quality.psnr, quality.ssim);
  return text;
}

Outcome<std::optional<Reference>> open_reference(const Options& options, const Plan& plan) {
  if (options.reference.empty()) return std::nullopt;
  auto reference = Reference::open(options.reference, plan.frames_out(plan.frames_in));
  if (!reference) return tl::unexpected(reference.error());
  return std::move(*reference);
}

struct Comparison {
  const Options& options;
  const Plan& plan;
  const Names& names;
  Progress& progress;
  Pairs& pairs;
  std::optional<Reference> reference;
  Specimen specimen{plan};
  std::uint64_t frames_in = 0, frames = 0;

  Outcome<void> make() {
    const Unfinished clip(names.clip), before(names.before), after(names.after);
    if (auto written = write_clip(clip.file()); !written) return written;
    if (reference)
      if (auto ended = reference->end(); !ended) return ended;
    if (auto written = specimen.write(before.file(), after.file(), pairs.caps()); !written) return written;
    for (const Unfinished* file : {&before, &after, &clip})
      if (auto published = file->publish(); !published) return published;
    tell();
    return {};
  }

  Outcome<void> write_clip(const fs::path& file) {
    std::optional<ClipWriter> clip;
    for (;; ++frames) {
      auto pair = pairs.next();
      if (!pair) return tl::unexpected(pair.error());
      if (!*pair) break;
      const auto& [before, after, source_frame, is_drawn] = **pair;
      if (!clip) {
        auto opened = ClipWriter::open(file, options, side_by_side(pairs.caps()).get());
        if (!opened) return tl::unexpected(opened.error());
        clip.emplace(std::move(*opened));
      }
      if (reference)
        if (auto measured = reference->measure(before.get(), after.get(), pairs.caps()); !measured)
          return measured;
      specimen.consider(**pair);
      if (auto written = clip->write(side_by_side(before.get(), after.get(), pairs.caps())); !written)
        return written;
      frames_in = source_frame + 1;
      progress.frames(frames_in, frames + 1, plan.frames_in, 0);
    }
    return clip ? clip->finish() : failed(ExitCode::kFailed, "No frame came out.");
  }

  void tell() {
    json summary = {{"output", names.clip.string()},
                    {"frames_in", frames_in},
                    {"frames_out", frames},
                    {"before", {{"picture", names.before.string()}}},
                    {"after", {{"picture", names.after.string()}}}};
    std::string sentence = "'" + names.clip.string() + "' is written: " + std::to_string(frames) +
                           " frames, before on the left and after on the right. A frame of each: '" +
                           names.before.string() + "', '" + names.after.string() + "'.";
    if (reference) {
      summary["before"].update(as_json(reference->before()));
      summary["after"].update(as_json(reference->after()));
      sentence += "\nAgainst '" + options.reference.string() + "', before: " + as_text(reference->before()) +
                  "; after: " + as_text(reference->after()) + ".";
    }
    progress.done(summary, sentence);
  }
};

}  // namespace

Outcome<void> compare(const Options& options, Progress& progress) {
  const Names names = names_of(options.output);
  if (auto free = need_names(names, options); !free) return free;
  progress.stage("reading '" + options.input.string() + "'");
  auto scanned = scan(options.input);
  if (!scanned) return tl::unexpected(scanned.error());
  auto plan = make_plan(*scanned, options);
  if (!plan) return tl::unexpected(plan.error());
  auto reference = open_reference(options, *plan);
  if (!reference) return tl::unexpected(reference.error());
  auto source = FrameSource::open(options, *plan);
  if (!source) return tl::unexpected(source.error());
  auto pairs = Pairs::start(*source, options, *plan);
  if (!pairs) return tl::unexpected(pairs.error());
  pairs->on_warning() = [&](const std::string& text) { progress.warning(text); };
  return Comparison{options, *plan, names, progress, *pairs, std::move(*reference)}.make();
}

}  // namespace videoenhance
