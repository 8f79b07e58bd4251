#include "tools/video-enhance/plan.h"

#include <algorithm>
#include <numeric>

namespace videoenhance {
namespace {

// flashvsr remembers three units of eight frames and looks eleven ahead; a segment has room for ten times
// that.
constexpr std::uint64_t kUpscaleLead = 32, kUpscaleTail = 16, kUpscaleSegment = 480;
constexpr std::uint64_t kInterpolateTail = 1, kInterpolateSegment = 128;
constexpr std::uint64_t kWholeStream = UINT64_MAX / 4;

Ratio product(Ratio a, Ratio b) {
  const std::int64_t n = std::int64_t{a.n} * b.n, d = std::int64_t{a.d} * b.d, common = std::gcd(n, d);
  return {static_cast<int>(n / common), static_cast<int>(d / common)};
}

void plan_rate(Plan& plan, const RateWish& wish) {
  plan.interpolates = true;
  if (wish.is_factor) {
    plan.factor = wish.value;
    plan.rate_out = plan.rate_in.n ? product(plan.rate_in, wish.value) : Ratio{0, 1};
  } else {
    plan.rate_out = wish.value;
    plan.factor = plan.rate_in.n ? product(wish.value, {plan.rate_in.d, plan.rate_in.n}) : Ratio{0, 1};
  }
}

void plan_segments(Plan& plan, std::uint64_t wished) {
  plan.lead = plan.upscales ? kUpscaleLead : 0;
  plan.tail = plan.upscales ? kUpscaleTail : kInterpolateTail;
  if (wished == 0) wished = plan.upscales ? kUpscaleSegment : kInterpolateSegment;
  // Where only times tell the number of output frames, they do not say which segment one belongs to.
  if (plan.rate_in.n == 0 && (plan.factor.n == 0 || plan.factor.d != 1)) {
    plan.segment = kWholeStream;
    return;
  }
  const auto whole = static_cast<std::uint64_t>(plan.factor.d);
  plan.segment = (wished + whole - 1) / whole * whole;
}

}  // namespace

std::uint64_t Plan::frames_out(std::uint64_t frames) const {
  if (factor.n == 0) return 0;
  return (2 * frames * static_cast<std::uint64_t>(factor.n) + static_cast<std::uint64_t>(factor.d)) /
         (2 * static_cast<std::uint64_t>(factor.d));
}

GstClockTime Plan::time(std::uint64_t k, Ratio rate) {
  return gst_util_uint64_scale(k, GST_SECOND * static_cast<guint64>(rate.d), static_cast<guint64>(rate.n));
}

Outcome<Plan> make_plan(const Source& source, const Options& options) {
  Plan plan;
  plan.rate_in = plan.rate_out = source.rate;
  plan.upscales = options.scale.has_value();
  if (options.fps) plan_rate(plan, *options.fps);
  plan_segments(plan, options.segment);
  const auto& times = source.picture().times;
  plan.frames_in =
      static_cast<std::uint64_t>(std::count_if(times.begin(), times.end(), [&](GstClockTime time) {
        return time >= options.start.value_or(0) && time < options.end.value_or(GST_CLOCK_TIME_NONE);
      }));
  if (!GST_CLOCK_TIME_IS_VALID(times[0])) plan.frames_in = times.size();
  if (plan.frames_in == 0)
    return failed(ExitCode::kUsage, "No frame lies between --start and --end; the video is shorter.");
  return plan;
}

}  // namespace videoenhance
