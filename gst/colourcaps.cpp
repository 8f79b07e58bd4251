#include "gst/colourcaps.h"

#include <optional>
#include <string>

namespace videoenhance {
namespace {

constexpr char kColorimetry[] = "colorimetry";
constexpr char kChromaSite[] = "chroma-site";

// The two name the same light for the same code value, as far as both say.
bool is_same_light(const GstVideoInfo& in, const GstVideoColorimetry& out, const GstVideoFormatInfo* format) {
  const GstVideoColorimetry& from = in.colorimetry;
  const bool primaries = from.primaries == GST_VIDEO_COLOR_PRIMARIES_UNKNOWN ||
                         out.primaries == GST_VIDEO_COLOR_PRIMARIES_UNKNOWN ||
                         gst_video_color_primaries_is_equivalent(from.primaries, out.primaries);
  const bool transfer =
      from.transfer == GST_VIDEO_TRANSFER_UNKNOWN || out.transfer == GST_VIDEO_TRANSFER_UNKNOWN ||
      gst_video_transfer_function_is_equivalent(from.transfer, GST_VIDEO_FORMAT_INFO_DEPTH(in.finfo, 0),
                                                out.transfer, GST_VIDEO_FORMAT_INFO_DEPTH(format, 0));
  return primaries && transfer;
}

bool is_same_family(const GstVideoFormatInfo* one, const GstVideoFormatInfo* other) {
  constexpr guint kFamilies =
      GST_VIDEO_FORMAT_FLAG_YUV | GST_VIDEO_FORMAT_FLAG_RGB | GST_VIDEO_FORMAT_FLAG_GRAY;
  return (one->flags & kFamilies) == (other->flags & kFamilies);
}

bool is_same_sampling(const GstVideoFormatInfo* one, const GstVideoFormatInfo* other) {
  return one->w_sub[1] == other->w_sub[1] && one->h_sub[1] == other->h_sub[1];
}

// The first that names the input's light; any where the input names none.
std::optional<std::string> first_allowed(const GValue* names, const GstVideoInfo& in, bool stated,
                                         const GstVideoFormatInfo* format) {
  if (GST_VALUE_HOLDS_LIST(names)) {
    for (guint i = 0; i < gst_value_list_get_size(names); ++i) {
      if (auto found = first_allowed(gst_value_list_get_value(names, i), in, stated, format)) return found;
    }
    return std::nullopt;
  }
  GstVideoColorimetry colorimetry;
  if (!G_VALUE_HOLDS_STRING(names) ||
      !gst_video_colorimetry_from_string(&colorimetry, g_value_get_string(names))) {
    return std::nullopt;
  }
  if (stated && !is_same_light(in, colorimetry, format)) return std::nullopt;
  return g_value_get_string(names);
}

void set_colorimetry(GstStructure* out, const GstVideoColorimetry& colorimetry) {
  gchar* name = gst_video_colorimetry_to_string(&colorimetry);
  if (name) gst_structure_set(out, kColorimetry, G_TYPE_STRING, name, nullptr);
  g_free(name);
}

// Caps that say nothing mean the usual colours of their size, which are others for larger frames: there the
// output says what the input meant.
void carry_colorimetry(const GstVideoInfo& in, const GValue* stated, const GstVideoInfo& usual,
                       GstStructure* out) {
  if (is_same_family(in.finfo, usual.finfo)) {
    if (stated) {
      gst_structure_set_value(out, kColorimetry, stated);
    } else if (!gst_video_colorimetry_is_equal(&in.colorimetry, &usual.colorimetry)) {
      set_colorimetry(out, in.colorimetry);
    }
  } else if (stated) {
    GstVideoColorimetry colorimetry = usual.colorimetry;
    colorimetry.primaries = in.colorimetry.primaries;
    colorimetry.transfer = in.colorimetry.transfer;
    set_colorimetry(out, colorimetry);
  }
}

}  // namespace

bool keep_colours(const GstCaps* incaps, const GstVideoInfo& in, GstStructure* out) {
  GstVideoInfo usual;
  gint width = 0, height = 0;
  gst_structure_get(out, "width", G_TYPE_INT, &width, "height", G_TYPE_INT, &height, nullptr);
  const GstVideoFormat format = gst_video_format_from_string(gst_structure_get_string(out, "format"));
  if (!gst_video_info_set_format(&usual, format, width, height)) return false;

  const GstStructure* said = gst_caps_get_structure(incaps, 0);
  const GValue* stated = gst_structure_get_value(said, kColorimetry);
  if (const GValue* allowed = gst_structure_get_value(out, kColorimetry)) {
    const std::optional<std::string> name = first_allowed(allowed, in, stated, usual.finfo);
    if (!name) return false;
    gst_structure_set(out, kColorimetry, G_TYPE_STRING, name->c_str(), nullptr);
  } else {
    carry_colorimetry(in, stated, usual, out);
  }
  const GValue* site = gst_structure_get_value(said, kChromaSite);
  if (site && !gst_structure_has_field(out, kChromaSite) && GST_VIDEO_INFO_IS_YUV(&in) &&
      GST_VIDEO_INFO_IS_YUV(&usual) && is_same_sampling(in.finfo, usual.finfo)) {
    gst_structure_set_value(out, kChromaSite, site);
  }
  return true;
}

}  // namespace videoenhance
