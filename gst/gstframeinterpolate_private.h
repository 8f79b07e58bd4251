// The element's state, shared by its two halves: work (gstframeinterpolate.cpp) and properties
// (gstframeinterpolate_properties.cpp).
#pragma once

#include <string>

#include "core/engine/engine.h"
#include "gst/gstframeinterpolate.h"
#include "gst/pairinterpolator.h"

namespace videoenhance {

struct InterpolateState {
  // Under the object's lock.
  InterpolationOptions options;
  PairSettings settings;
  std::string listed_pairs;  // as the user wrote it

  PairInterpolator pairs;

  explicit InterpolateState(GstVideoEnhanceBase* base) : pairs(base) {}
};

InterpolateState& interpolate_state(gpointer object);

// Property methods and the properties themselves.
void install_interpolate_properties(GObjectClass* klass);

}  // namespace videoenhance
