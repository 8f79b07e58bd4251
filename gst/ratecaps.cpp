#include "gst/ratecaps.h"

#include <initializer_list>

namespace videoenhance {
namespace {

constexpr char kRate[] = "framerate";

Fraction fraction_of(const GValue* value) {
  return {static_cast<std::uint32_t>(gst_value_get_fraction_numerator(value)),
          static_cast<std::uint32_t>(gst_value_get_fraction_denominator(value))};
}

void set_fraction(GValue* value, Fraction fraction) {
  g_value_init(value, GST_TYPE_FRACTION);
  gst_value_set_fraction(value, static_cast<gint>(fraction.numerator),
                         static_cast<gint>(fraction.denominator));
}

// A range's limit is clipped where a single rate would be refused.
Fraction multiply_limit(Fraction rate, Fraction factor) {
  return multiply_rate(rate, factor).value_or(Fraction{G_MAXINT, 1});
}

// Writes rates * factor into the empty `product`; false where nothing is left.
bool multiply_rates(const GValue* rates, Fraction factor, GValue* product) {
  if (GST_VALUE_HOLDS_FRACTION(rates)) {
    const std::optional<Fraction> rate = multiply_rate(fraction_of(rates), factor);
    if (rate) set_fraction(product, *rate);
    return rate.has_value();
  }
  if (GST_VALUE_HOLDS_FRACTION_RANGE(rates)) {
    const Fraction low = multiply_limit(fraction_of(gst_value_get_fraction_range_min(rates)), factor);
    const Fraction high = multiply_limit(fraction_of(gst_value_get_fraction_range_max(rates)), factor);
    if (low == high) return false;
    g_value_init(product, GST_TYPE_FRACTION_RANGE);
    gst_value_set_fraction_range_full(product, static_cast<gint>(low.numerator),
                                      static_cast<gint>(low.denominator), static_cast<gint>(high.numerator),
                                      static_cast<gint>(high.denominator));
    return true;
  }
  if (!GST_VALUE_HOLDS_LIST(rates)) return false;
  g_value_init(product, GST_TYPE_LIST);
  for (guint i = 0; i < gst_value_list_get_size(rates); ++i) {
    Value member;
    if (multiply_rates(gst_value_list_get_value(rates, i), factor, member.get())) {
      gst_value_list_append_value(product, member.get());
    }
  }
  return gst_value_list_get_size(product) > 0;
}

GstStructure* without_rate(const GstStructure* structure) {
  GstStructure* copy = gst_structure_copy(structure);
  gst_structure_remove_fields(copy, kRate, "max-framerate", nullptr);
  return copy;
}

// Index of the first structure that allows `rate`.
std::optional<guint> find_rate(const GstCaps* caps, Fraction rate) {
  Value wanted;
  set_fraction(wanted.get(), rate);
  for (guint i = 0; i < gst_caps_get_size(caps); ++i) {
    const GValue* rates = gst_structure_get_value(gst_caps_get_structure(caps, i), kRate);
    if (!rates || gst_value_intersect(nullptr, rates, wanted.get())) return i;
  }
  return std::nullopt;
}

CapsPtr fixate_with_rate(const GstCaps* caps, guint index, Fraction rate) {
  GstCaps* chosen = gst_caps_new_empty();
  gst_caps_append_structure_full(chosen, gst_structure_copy(gst_caps_get_structure(caps, index)),
                                 gst_caps_features_copy(gst_caps_get_features(caps, index)));
  GstStructure* structure = gst_caps_get_structure(chosen, 0);
  const auto numerator = static_cast<gint>(rate.numerator);
  const auto denominator = static_cast<gint>(rate.denominator);
  if (!gst_structure_has_field(structure, kRate)) {
    gst_structure_set(structure, kRate, GST_TYPE_FRACTION, numerator, denominator, nullptr);
  }
  gst_structure_fixate_field_nearest_fraction(structure, kRate, numerator, denominator);
  return CapsPtr(gst_caps_fixate(chosen));
}

}  // namespace

std::optional<Fraction> multiply_rate(Fraction rate, Fraction factor) {
  gint numerator = 0;
  gint denominator = 1;
  if (!gst_util_fraction_multiply(static_cast<gint>(rate.numerator), static_cast<gint>(rate.denominator),
                                  static_cast<gint>(factor.numerator), static_cast<gint>(factor.denominator),
                                  &numerator, &denominator)) {
    return std::nullopt;
  }
  return Fraction{static_cast<std::uint32_t>(numerator), static_cast<std::uint32_t>(denominator)};
}

GstCaps* with_other_rates(GstCaps* caps, Fraction factor) {
  GstCaps* result = gst_caps_new_empty();
  for (bool preferred : {true, false}) {
    for (guint i = 0; i < gst_caps_get_size(caps); ++i) {
      const GstStructure* structure = gst_caps_get_structure(caps, i);
      GstStructure* other = without_rate(structure);
      const GValue* rates = gst_structure_get_value(structure, kRate);
      Value product;
      if (!preferred) {
        gst_structure_set(other, kRate, GST_TYPE_FRACTION_RANGE, 0, 1, G_MAXINT, 1, nullptr);
      } else if (rates && multiply_rates(rates, factor, product.get())) {
        gst_structure_set_value(other, kRate, product.get());
      } else {
        gst_structure_free(other);
        continue;
      }
      result = gst_caps_merge_structure_full(result, other,
                                             gst_caps_features_copy(gst_caps_get_features(caps, i)));
    }
  }
  return result;
}

tl::expected<CapsPtr, const char*> fixate_output_rate(GstCaps* incaps, GstCaps* outcaps,
                                                      Fraction multiplier) {
  constexpr auto kNone =
      "The output rate would be too high: set a smaller multiplier or a rate behind this element.";
  CapsPtr allowed(outcaps);
  if (gst_caps_is_empty(outcaps)) return tl::unexpected(kNone);
  const GValue* rate = gst_structure_get_value(gst_caps_get_structure(incaps, 0), kRate);
  const Fraction input = rate && GST_VALUE_HOLDS_FRACTION(rate) ? fraction_of(rate) : Fraction{0, 1};
  const std::optional<Fraction> ideal = multiply_rate(input, multiplier);
  if (ideal) {
    if (const std::optional<guint> index = find_rate(outcaps, *ideal)) {
      return fixate_with_rate(outcaps, *index, *ideal);
    }
  }
  const GValue* rates = gst_structure_get_value(gst_caps_get_structure(outcaps, 0), kRate);
  if (!ideal && !(rates && gst_value_is_fixed(rates))) return tl::unexpected(kNone);
  // Downstream refuses a variable rate: 25 frames per second stand in for the unknown one.
  const Fraction target = input.numerator ? ideal.value_or(input) : multiply_limit({25, 1}, multiplier);
  return fixate_with_rate(outcaps, 0, target);
}

}  // namespace videoenhance
