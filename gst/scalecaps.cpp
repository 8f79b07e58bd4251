#include "gst/scalecaps.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "gst/colourcaps.h"

namespace videoenhance {
namespace {

// ---- sizes

// side * factor in whole blocks.
std::optional<gint> scaled_side(gint side, double factor, gint block) {
  const double blocks = std::max(1.0, std::round(side * factor / block));
  if (blocks * block > G_MAXINT) return std::nullopt;
  return static_cast<gint>(blocks) * block;
}

struct Blocks {
  gint width = 2;  // of an unknown format
  gint height = 2;
};

Blocks blocks_of(GstVideoFormat format) {
  Blocks blocks;
  if (format == GST_VIDEO_FORMAT_UNKNOWN) return blocks;
  const GstVideoFormatInfo* info = gst_video_format_get_info(format);
  blocks = {1, 1};
  for (guint i = 0; i < GST_VIDEO_FORMAT_INFO_N_COMPONENTS(info); ++i) {
    blocks.width = std::max(blocks.width, 1 << GST_VIDEO_FORMAT_INFO_W_SUB(info, i));
    blocks.height = std::max(blocks.height, 1 << GST_VIDEO_FORMAT_INFO_H_SUB(info, i));
  }
  return blocks;
}

// A range's limit is clipped where a single size would be refused.
gint scaled_limit(gint side, double factor) {
  return scaled_side(side, factor, 1).value_or(G_MAXINT);
}

// Writes sides * factor into the empty `product`; false where nothing is left.
bool multiply_sides(const GValue* sides, double factor, gint block, GValue* product) {
  if (G_VALUE_HOLDS_INT(sides)) {
    const std::optional<gint> side = scaled_side(g_value_get_int(sides), factor, block);
    if (!side) return false;
    g_value_init(product, G_TYPE_INT);
    g_value_set_int(product, *side);
    return true;
  }
  if (GST_VALUE_HOLDS_INT_RANGE(sides)) {
    const gint low = scaled_limit(gst_value_get_int_range_min(sides), factor);
    const gint high = scaled_limit(gst_value_get_int_range_max(sides), factor);
    if (low == high) return false;
    g_value_init(product, GST_TYPE_INT_RANGE);
    gst_value_set_int_range(product, low, high);
    return true;
  }
  if (!GST_VALUE_HOLDS_LIST(sides)) return false;
  g_value_init(product, GST_TYPE_LIST);
  for (guint i = 0; i < gst_value_list_get_size(sides); ++i) {
    Value member;
    if (multiply_sides(gst_value_list_get_value(sides, i), factor, block, member.get())) {
      gst_value_list_append_value(product, member.get());
    }
  }
  return gst_value_list_get_size(product) > 0;
}

GstVideoFormat single_format_of(const GstStructure* structure) {
  const gchar* name = gst_structure_get_string(structure, "format");
  return name ? gst_video_format_from_string(name) : GST_VIDEO_FORMAT_UNKNOWN;
}

bool multiply_size(const GstStructure* from, double factor, GstStructure* to) {
  const Blocks blocks = blocks_of(single_format_of(from));
  for (const auto& [name, block] : {std::pair{"width", blocks.width}, {"height", blocks.height}}) {
    const GValue* sides = gst_structure_get_value(from, name);
    Value product;
    if (!sides || !multiply_sides(sides, factor, block, product.get())) return false;
    gst_structure_set_value(to, name, product.get());
  }
  return true;
}

void open_size(GstStructure* structure) {
  gst_structure_set(structure, "width", GST_TYPE_INT_RANGE, 1, G_MAXINT, "height", GST_TYPE_INT_RANGE, 1,
                    G_MAXINT, nullptr);
}

// ---- choosing

// The allowed side that is nearest to `wanted`.
gint take_nearest(GstStructure* structure, const char* name, gint wanted) {
  if (!gst_structure_has_field(structure, name)) {
    gst_structure_set(structure, name, G_TYPE_INT, wanted, nullptr);
  }
  gst_structure_fixate_field_nearest_int(structure, name, wanted);
  gint taken = 0;
  gst_structure_get_int(structure, name, &taken);
  return taken;
}

gint nearest(const GstStructure* structure, const char* name, gint wanted) {
  GstStructure* copy = gst_structure_copy(structure);
  const gint taken = take_nearest(copy, name, wanted);
  gst_structure_free(copy);
  return taken;
}

// scale * input where that is allowed; else one factor for both sides as far as that is allowed.
std::optional<Size> choose_size(const GstStructure* allowed, Size in, double scale, GstVideoFormat format) {
  std::optional<Size> wanted = scaled_size(in, scale, format);
  if (!wanted) return std::nullopt;
  Size taken;
  taken.width = nearest(allowed, "width", wanted->width);
  if (taken.width != wanted->width) {
    wanted = scaled_size(in, static_cast<double>(taken.width) / in.width, format);
    if (!wanted) return std::nullopt;
  }
  taken.height = nearest(allowed, "height", wanted->height);
  if (taken.height != wanted->height) {
    wanted = scaled_size(in, static_cast<double>(taken.height) / in.height, format);
    if (!wanted) return std::nullopt;
    taken.width = nearest(allowed, "width", wanted->width);
  }
  return taken;
}

// What is lost or changed between two formats: the graver, the higher.
int format_cost(const GstVideoFormatInfo* from, const GstVideoFormatInfo* to) {
  if (from == to) return 0;
  const auto coarser = [&](guint i) {
    return GST_VIDEO_FORMAT_INFO_W_SUB(to, i) > GST_VIDEO_FORMAT_INFO_W_SUB(from, i) ||
           GST_VIDEO_FORMAT_INFO_H_SUB(to, i) > GST_VIDEO_FORMAT_INFO_H_SUB(from, i);
  };
  const bool becomes_gray = GST_VIDEO_FORMAT_INFO_IS_GRAY(to) && !GST_VIDEO_FORMAT_INFO_IS_GRAY(from);
  const bool coarser_chroma =
      GST_VIDEO_FORMAT_INFO_IS_YUV(to) && !GST_VIDEO_FORMAT_INFO_IS_GRAY(from) && coarser(1);
  const bool fewer_bits = GST_VIDEO_FORMAT_INFO_DEPTH(to, 0) < GST_VIDEO_FORMAT_INFO_DEPTH(from, 0);
  const bool other_family = GST_VIDEO_FORMAT_INFO_IS_RGB(to) != GST_VIDEO_FORMAT_INFO_IS_RGB(from);
  const bool more_bits = GST_VIDEO_FORMAT_INFO_DEPTH(to, 0) > GST_VIDEO_FORMAT_INFO_DEPTH(from, 0);
  return becomes_gray * 32 + coarser_chroma * 16 + fewer_bits * 8 + other_family * 4 + more_bits * 2 + 1;
}

bool can_be_described(Size size, GstVideoFormat format) {
  GstVideoInfo info;
  return gst_video_info_set_format(&info, format, size.width, size.height);
}

struct Candidate {
  CapsPtr caps;
  std::tuple<bool, bool, int> cost;  // alpha is lost, another size, the format's
};

class Choice {
 public:
  Choice(GstCaps* incaps, const GstVideoInfo& in, double scale) : incaps_(incaps), in_(in), scale_(scale) {}

  // Considers the structure's formats.
  void offer(const GstStructure* structure, const GstCapsFeatures* features) {
    const GValue* formats = gst_structure_get_value(structure, "format");
    if (!formats) return;
    if (G_VALUE_HOLDS_STRING(formats)) return offer(structure, features, formats);
    for (guint i = 0; GST_VALUE_HOLDS_LIST(formats) && i < gst_value_list_get_size(formats); ++i) {
      offer(structure, features, gst_value_list_get_value(formats, i));
    }
  }

  tl::expected<CapsPtr, const char*> best() {
    if (best_) return std::move(best_->caps);
    if (too_large_) {
      return tl::unexpected<const char*>(
          "The enlarged frames would be too large: set a smaller scale or a size behind this element.");
    }
    return tl::unexpected<const char*>(
        "What follows wants other pixel proportions or colours than the video has: put videoscale or "
        "videoconvert behind this element.");
  }

 private:
  void offer(const GstStructure* structure, const GstCapsFeatures* features, const GValue* name) {
    const GstVideoFormat format = gst_video_format_from_string(g_value_get_string(name));
    if (format == GST_VIDEO_FORMAT_UNKNOWN) return;
    const Size in{in_.width, in_.height};
    const std::optional<Size> size = choose_size(structure, in, scale_, format);
    if (!size || !can_be_described(*size, format)) {
      too_large_ = true;
      return;
    }
    const GstVideoFormatInfo* to = gst_video_format_get_info(format);
    const std::tuple cost(GST_VIDEO_INFO_HAS_ALPHA(&in_) && !GST_VIDEO_FORMAT_INFO_HAS_ALPHA(to),
                          size != scaled_size(in, scale_, format), format_cost(in_.finfo, to));
    if (best_ && best_->cost <= cost) return;
    if (CapsPtr caps = fixed(structure, features, name, *size)) best_ = {std::move(caps), cost};
  }

  // Nothing where what must be kept cannot be.
  CapsPtr fixed(const GstStructure* structure, const GstCapsFeatures* features, const GValue* format,
                Size size) {
    CapsPtr caps(gst_caps_new_empty());
    gst_caps_append_structure_full(caps.get(), gst_structure_copy(structure),
                                   gst_caps_features_copy(features));
    GstStructure* chosen = gst_caps_get_structure(caps.get(), 0);
    gst_structure_set_value(chosen, "format", format);
    take_nearest(chosen, "width", size.width);
    take_nearest(chosen, "height", size.height);
    if (!keep_aspect(chosen) || !keep_colours(incaps_, in_, chosen)) return nullptr;
    return CapsPtr(gst_caps_fixate(caps.release()));
  }

  // Caps without a pixel aspect ratio have square pixels.
  bool keep_aspect(GstStructure* chosen) const {
    constexpr char kAspect[] = "pixel-aspect-ratio";
    if (!gst_structure_has_field(chosen, kAspect)) return true;
    gst_structure_fixate_field_nearest_fraction(chosen, kAspect, in_.par_n, in_.par_d);
    gint n = 0, d = 0;
    return gst_structure_get_fraction(chosen, kAspect, &n, &d) && n == in_.par_n && d == in_.par_d;
  }

  GstCaps* incaps_;
  const GstVideoInfo& in_;
  double scale_;
  std::optional<Candidate> best_;
  bool too_large_ = false;  // some candidate was
};

}  // namespace

std::optional<Size> scaled_size(Size size, double factor, GstVideoFormat format) {
  const Blocks blocks = blocks_of(format);
  const std::optional<gint> width = scaled_side(size.width, factor, blocks.width);
  const std::optional<gint> height = scaled_side(size.height, factor, blocks.height);
  if (!width || !height) return std::nullopt;
  return Size{*width, *height};
}

GstCaps* with_other_sizes(GstCaps* caps, double factor) {
  enum class Offer { kScaled, kAnySize, kAnyFormat };
  GstCaps* result = gst_caps_new_empty();
  for (const Offer offer : {Offer::kScaled, Offer::kAnySize, Offer::kAnyFormat}) {
    for (guint i = 0; i < gst_caps_get_size(caps); ++i) {
      const GstStructure* structure = gst_caps_get_structure(caps, i);
      GstStructure* other = gst_structure_copy(structure);
      open_size(other);
      if (offer == Offer::kAnyFormat) {
        gst_structure_remove_fields(other, "format", "colorimetry", "chroma-site", nullptr);
      } else if (offer == Offer::kScaled && !multiply_size(structure, factor, other)) {
        gst_structure_free(other);
        continue;
      }
      result = gst_caps_merge_structure_full(result, other,
                                             gst_caps_features_copy(gst_caps_get_features(caps, i)));
    }
  }
  return result;
}

tl::expected<CapsPtr, const char*> fixate_output_size(GstCaps* incaps, GstCaps* outcaps, double scale) {
  const CapsPtr allowed(outcaps);
  GstVideoInfo in;
  if (!gst_video_info_from_caps(&in, incaps)) return tl::unexpected<const char*>("This is no raw video.");
  Choice choice(incaps, in, scale);
  for (guint i = 0; i < gst_caps_get_size(outcaps); ++i) {
    choice.offer(gst_caps_get_structure(outcaps, i), gst_caps_get_features(outcaps, i));
  }
  return choice.best();
}

}  // namespace videoenhance
