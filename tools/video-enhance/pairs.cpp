#include "tools/video-enhance/pairs.h"

namespace videoenhance {
namespace {

// By which two times that are meant to be equal may differ.
constexpr GstClockTime kRounding = GST_USECOND;

}  // namespace

Outcome<Pairs> Pairs::start(FrameSource& source, const Options& options, const Plan& plan) {
  auto enhanced = EnhancedFrames::start(source, options, plan, kRawFormats);
  if (!enhanced) return tl::unexpected(enhanced.error());
  return Pairs(source, std::move(*enhanced));
}

// The last source frame that does not begin later.
Outcome<GstBuffer*> Pairs::shown_at(GstClockTime time) {
  for (;; ++shown_) {
    source_->forget_before(shown_);
    auto following = source_->frame(shown_ + 1);
    if (!following) return following;
    if (!*following || GST_BUFFER_PTS(*following) > time + kRounding) return source_->frame(shown_);
  }
}

Outcome<std::optional<Pair>> Pairs::next() {
  auto sample = enhanced_.next();
  if (!sample) return tl::unexpected(sample.error());
  if (!*sample) return std::nullopt;
  if (!caps_) {
    caps_ = share(gst_sample_get_caps(sample->get()));
    auto enlarge = FrameConverter::make(source_->caps(), caps_.get());
    if (!enlarge) return tl::unexpected(enlarge.error());
    enlarge_ = std::move(*enlarge);
  }
  GstBuffer* after = gst_sample_get_buffer(sample->get());
  auto shown = shown_at(GST_BUFFER_PTS(after));
  if (!shown) return tl::unexpected(shown.error());
  const bool is_drawn = GST_BUFFER_PTS(after) > GST_BUFFER_PTS(*shown) + kRounding;
  return Pair{enlarge_->convert(*shown), Owned<GstBuffer>(gst_buffer_ref(after)), shown_, is_drawn};
}

}  // namespace videoenhance
