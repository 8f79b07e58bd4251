#include "tools/video-enhance/reference.h"

namespace videoenhance {
namespace {

std::string size_text(const GstVideoInfo& info) {
  return std::to_string(info.width) + "x" + std::to_string(info.height);
}

tl::unexpected<Failure> another_length(const std::string& name, const std::string& has,
                                       const std::string& result_has) {
  return failed(ExitCode::kUsage, "The reference " + name + " has " + has + " frames and the result " +
                                      result_has + "; give one of the same length.");
}

void add(Quality& sum, const Luma& frame, const Luma& reference) {
  sum.psnr += psnr(frame, reference);
  sum.ssim += ssim(frame, reference);
}

}  // namespace

Outcome<Reference> Reference::open(const std::filesystem::path& file, std::uint64_t frames) {
  auto scanned = scan(file);
  if (!scanned) return tl::unexpected(scanned.error());
  const std::string name = "'" + file.string() + "'";
  const std::uint64_t has = scanned->picture().times.size();
  if (frames && has != frames) return another_length(name, std::to_string(has), std::to_string(frames));
  Options options;
  options.input = file;
  Plan plan;
  plan.rate_in = scanned->rate;
  auto source = FrameSource::open(options, plan);
  if (!source) return tl::unexpected(source.error());
  return Reference(std::move(*source), name);
}

Outcome<void> Reference::begin(GstCaps* caps) {
  const GstVideoInfo of_reference = info_of(source_.caps()), of_result = info_of(caps);
  if (of_reference.width != of_result.width || of_reference.height != of_result.height)
    return failed(ExitCode::kUsage, "The reference " + name_ + " has " + size_text(of_reference) +
                                        " pixels and the result " + size_text(of_result) +
                                        "; give one of the same size, or another --scale.");
  constexpr int kLeast = kSsimWindow;
  if (of_result.width < kLeast || of_result.height < kLeast)
    return failed(ExitCode::kUsage, "Frames of " + size_text(of_result) +
                                        " pixels are too small to measure; SSIM needs 11x11. Leave "
                                        "--reference out.");
  auto converter = FrameConverter::make(source_.caps(), caps);
  if (!converter) return tl::unexpected(converter.error());
  converter_ = std::move(*converter);
  return {};
}

Outcome<void> Reference::measure(GstBuffer* before, GstBuffer* after, GstCaps* caps) {
  source_.forget_before(frames_);
  auto frame = source_.frame(frames_);
  if (!frame) return tl::unexpected(frame.error());
  if (!*frame) return another_length(name_, std::to_string(frames_), "more");
  if (!converter_)
    if (auto begun = begin(caps); !begun) return begun;
  const Luma reference = luma_of(converter_->convert(*frame).get(), caps);
  add(before_, luma_of(before, caps), reference);
  add(after_, luma_of(after, caps), reference);
  ++frames_;
  return {};
}

Outcome<void> Reference::end() {
  auto frame = source_.frame(frames_);
  if (!frame) return tl::unexpected(frame.error());
  if (!*frame) return {};
  return another_length(name_, "more than " + std::to_string(frames_), std::to_string(frames_));
}

Quality Reference::mean(const Quality& sum) const {
  const auto count = static_cast<double>(frames_);
  return {sum.psnr / count, sum.ssim / count};
}

}  // namespace videoenhance
