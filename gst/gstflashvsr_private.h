// The element's state, shared by its two halves: work (gstflashvsr.cpp) and properties
// (gstflashvsr_properties.cpp).
#pragma once

#include "core/engine/engine.h"
#include "gst/frameupscaler.h"
#include "gst/gstflashvsr.h"

namespace videoenhance {

constexpr double kLeastSparseRatio = 0.1;

struct UpscaleState {
  // Under the object's lock.
  FlashVsrOptions options;
  double scale = 4.0;

  FrameUpscaler frames;

  explicit UpscaleState(GstVideoEnhanceBase* base) : frames(base) {}
};

UpscaleState& upscale_state(gpointer object);

// Property methods and the properties themselves.
void install_upscale_properties(GObjectClass* klass);

}  // namespace videoenhance
