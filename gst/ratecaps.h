// Caps arithmetic of a rate changer. Pure functions: no state, no bus, both directions.
#pragma once

#include <gst/gst.h>

#include <optional>

#include <tl/expected.hpp>

#include "core/video/timeline.h"
#include "gst/handles.h"

namespace videoenhance {

// rate * factor in lowest terms; nothing where it does not fit into a GStreamer fraction. 0/1 (variable)
// stays 0/1.
std::optional<Fraction> multiply_rate(Fraction rate, Fraction factor);

// What the other pad can have while this one has `caps`: everything equal but the rate. Rates times `factor`
// come first, for an element that takes the first offer; any other rate follows. Transfer full, not filtered.
GstCaps* with_other_rates(GstCaps* caps, Fraction factor);

// Fixes `outcaps` (taken over) for the fixed `incaps`: multiplier * input rate where that is allowed, else
// the nearest. Where there is no solution, because the product overflows, a sentence for the user.
tl::expected<CapsPtr, const char*> fixate_output_rate(GstCaps* incaps, GstCaps* outcaps, Fraction multiplier);

}  // namespace videoenhance
