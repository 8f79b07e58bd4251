// What happened to the frames of a stream: counted for `stats`, and told on the bus, once a second at most
// for each kind.
#pragma once

#include <array>

#include "core/video/once_a_second.h"
#include "gst/gstvideoenhancebase.h"

namespace videoenhance {

enum class Occurrence { kSceneChange, kRepeat, kGap, kSkippedPair };

class Occurrences {
 public:
  // `base` outlives this.
  explicit Occurrences(GstVideoEnhanceBase* base) : base_(base) {}

  // Something happened at `pts`. Called in the streaming thread, with no lock held.
  void note(Occurrence kind, GstClockTime pts);

  // Adds the counts to `stats`. Called with the object locked.
  void add_to(GstStructure* stats) const;

  // A new run of the element. Called before frames flow, with no lock held.
  void reset();

 private:
  static constexpr std::size_t kKinds = 4;

  GstVideoEnhanceBase* base_;
  std::array<guint64, kKinds> counts_{};  // under the object's lock
  std::array<OnceASecond, kKinds> messages_;
};

}  // namespace videoenhance
