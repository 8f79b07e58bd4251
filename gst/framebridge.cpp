#include "gst/framebridge.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "gst/colourmatrix.h"

namespace videoenhance {
namespace {

// A mapped frame that unmaps itself.
class Mapping {
 public:
  Mapping(GstVideoInfo& info, GstBuffer* buffer, GstMapFlags flags)
      : mapped_(holds(info, buffer) && gst_video_frame_map(&frame_, &info, buffer, flags)) {}
  ~Mapping() {
    if (mapped_) gst_video_frame_unmap(&frame_);
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  explicit operator bool() const { return mapped_; }
  GstVideoFrame& frame() { return frame_; }

 private:
  // GStreamer takes a GstVideoMeta that contradicts the caps for a programming error; here it is bad input.
  static bool holds(const GstVideoInfo& info, GstBuffer* buffer) {
    const GstVideoMeta* meta = gst_buffer_get_video_meta(buffer);
    return !meta || (meta->format == GST_VIDEO_INFO_FORMAT(&info) &&
                     meta->width >= static_cast<guint>(GST_VIDEO_INFO_WIDTH(&info)) &&
                     meta->height >= static_cast<guint>(GST_VIDEO_INFO_HEIGHT(&info)) &&
                     meta->n_planes == GST_VIDEO_INFO_N_PLANES(&info));
  }

  GstVideoFrame frame_;
  bool mapped_;
};

tl::unexpected<Error> unmappable() {
  return fail(ErrorKind::kFailed,
              "A video frame does not fit its caps: the element before this one sends wrong frames.",
              "gst_video_frame_map");
}

bool is_engine_format(const GstVideoInfo& info) {
  const GstVideoFormatInfo* format = info.finfo;
  if (!GST_VIDEO_FORMAT_INFO_IS_RGB(format) || info.colorimetry.range != GST_VIDEO_COLOR_RANGE_0_255)
    return false;
  if (GST_VIDEO_FORMAT_INFO_FORMAT(format) == GST_VIDEO_FORMAT_ARGB64) return true;
  for (guint i = 0; i < GST_VIDEO_FORMAT_INFO_N_COMPONENTS(format); ++i) {
    if (GST_VIDEO_FORMAT_INFO_DEPTH(format, i) != 8) return false;
  }
  return true;
}

// The same colours in words of 16 bits, four to a pixel. Of size 0 where such a frame cannot be described.
GstVideoInfo words_info_for(const GstVideoInfo& info) {
  const GstVideoFormat format =
      GST_VIDEO_INFO_IS_RGB(&info) ? GST_VIDEO_FORMAT_ARGB64 : GST_VIDEO_FORMAT_AYUV64;
  GstVideoInfo words;
  gst_video_info_set_format(&words, format, GST_VIDEO_INFO_WIDTH(&info), GST_VIDEO_INFO_HEIGHT(&info));
  words.fps_n = info.fps_n;  // the converter insists on equal rates
  words.fps_d = info.fps_d;
  words.colorimetry = info.colorimetry;
  return words;
}

// The engine waits for a frame's pixels, and downstream for those it made: meanwhile the other cores have
// nothing to do.
constexpr guint kThreads = 2;

GstVideoConverter* make_converter(GstVideoInfo& from, GstVideoInfo& to) {
  GstStructure* options =
      gst_structure_new("options", GST_VIDEO_CONVERTER_OPT_THREADS, G_TYPE_UINT, kThreads,  //
                        GST_VIDEO_CONVERTER_OPT_DITHER_METHOD, GST_TYPE_VIDEO_DITHER_METHOD,
                        GST_VIDEO_DITHER_NONE, GST_VIDEO_CONVERTER_OPT_CHROMA_RESAMPLER_METHOD,
                        GST_TYPE_VIDEO_RESAMPLER_METHOD, GST_VIDEO_RESAMPLER_METHOD_LINEAR, nullptr);
  return gst_video_converter_new(&from, &to, options);
}

template <typename Byte>
BasicFrame<Byte> picture_of(GstVideoFrame& frame, const GstVideoInfo& info, bool alpha) {
  BasicFrame<Byte> picture;
  picture.width = GST_VIDEO_INFO_WIDTH(&info);  // the frame may be larger
  picture.height = GST_VIDEO_INFO_HEIGHT(&info);
  picture.type = GST_VIDEO_FRAME_COMP_DEPTH(&frame, 0) == 8 ? SampleType::kUint8 : SampleType::kUint16;
  for (guint i = 0; i < (alpha ? 4u : 3u); ++i) {
    picture.components[i] = {reinterpret_cast<Byte*>(GST_VIDEO_FRAME_COMP_DATA(&frame, i)),
                             GST_VIDEO_FRAME_COMP_STRIDE(&frame, i), GST_VIDEO_FRAME_COMP_PSTRIDE(&frame, i)};
  }
  return picture;
}

// R'G'B' where they lie, else the luma plane or the grey picture as all three.
LumaView luma_of(GstVideoFrame& frame, const GstVideoInfo& info) {
  const GstVideoFormatInfo* format = info.finfo;
  auto picture = picture_of<const std::byte>(frame, info, false);
  if (!GST_VIDEO_FORMAT_INFO_IS_RGB(format))
    std::fill_n(picture.components.begin(), 3, picture.components[0]);
  gint offset[GST_VIDEO_MAX_COMPONENTS], scale[GST_VIDEO_MAX_COMPONENTS];
  gst_video_color_range_offsets(info.colorimetry.range, format, offset, scale);
  const auto whole = static_cast<float>((1 << 8 * bytes_of(picture.type)) - 1);
  const guint shift = GST_VIDEO_FORMAT_INFO_SHIFT(format, 0);
  const auto value = [&](gint code) { return static_cast<float>(code << shift) / whole; };
  return {picture, value(offset[0]), value(offset[0] + scale[0])};
}

template <typename Sample>
void blend_row(const void* left, const void* right, float share, std::size_t bytes, unsigned shift,
               void* to) {
  const auto* a = static_cast<const Sample*>(left);
  const auto* b = static_cast<const Sample*>(right);
  auto* out = static_cast<Sample*>(to);
  for (std::size_t i = 0; i < bytes / sizeof(Sample); ++i) {
    const auto one = static_cast<float>(a[i] >> shift), other = static_cast<float>(b[i] >> shift);
    out[i] = static_cast<Sample>(static_cast<unsigned>(one + (other - one) * share + 0.5f) << shift);
  }
}

// The samples of one plane. Components that lie side by side in it come as one, as wide as all of them.
struct PlaneRows {
  PlaneRows(const GstVideoFormatInfo* format, guint component)
      : component(component),
        plane(GST_VIDEO_FORMAT_INFO_PLANE(format, component)),
        shift(GST_VIDEO_FORMAT_INFO_SHIFT(format, component)),
        is_bytes(GST_VIDEO_FORMAT_INFO_DEPTH(format, component) == 8) {}

  std::byte* row(GstVideoFrame& frame, gint y) const {
    return static_cast<std::byte*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, plane)) +
           static_cast<std::ptrdiff_t>(y) * GST_VIDEO_FRAME_PLANE_STRIDE(&frame, plane);
  }
  // Of frames of these caps, which may lie in larger ones.
  std::size_t row_bytes(const GstVideoInfo& info) const {
    return static_cast<std::size_t>(GST_VIDEO_INFO_COMP_WIDTH(&info, component)) *
           GST_VIDEO_INFO_COMP_PSTRIDE(&info, component);
  }
  gint rows(const GstVideoInfo& info) const { return GST_VIDEO_INFO_COMP_HEIGHT(&info, component); }

  guint component, plane, shift;
  bool is_bytes;
};

std::vector<PlaneRows> planes_of(const GstVideoInfo& info) {
  std::vector<PlaneRows> planes;
  for (guint i = 0; i < GST_VIDEO_INFO_N_COMPONENTS(&info); ++i) {
    const PlaneRows rows(info.finfo, i);
    if (std::ranges::none_of(planes, [&](const PlaneRows& known) { return known.plane == rows.plane; }))
      planes.push_back(rows);
  }
  return planes;
}

// RGBx, and alpha that is not the engine's: nobody else writes the fourth component, and a pool's memory
// holds anything. It becomes opaque.
void fill_fourth(GstVideoFrame& frame, bool alpha) {
  const gint pixel = GST_VIDEO_FRAME_COMP_PSTRIDE(&frame, 0);
  const bool has_fourth = pixel == static_cast<gint>(GST_VIDEO_FRAME_COMP_DEPTH(&frame, 0)) / 8 * 4;
  if (alpha || !has_fourth) return;
  const auto row_bytes = static_cast<std::size_t>(GST_VIDEO_FRAME_WIDTH(&frame)) * pixel;
  auto* row = static_cast<std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, 0));
  for (gint y = 0; y < GST_VIDEO_FRAME_HEIGHT(&frame); ++y, row += GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0)) {
    std::memset(row, 0xff, row_bytes);
  }
}

}  // namespace

FrameBridge::FrameBridge(const GstVideoInfo& info, bool alpha)
    : info_(info), alpha_(alpha && GST_VIDEO_INFO_HAS_ALPHA(&info)) {
  if (is_engine_format(info_)) return;
  words_info_ = words_info_for(info_);
  to_rgb_ = rgb_of_words(info_);
  from_rgb_ = words_of_rgb(info_);
  if (GST_VIDEO_INFO_SIZE(&words_info_) == 0) return;
  words_.reset(gst_buffer_new_allocate(nullptr, GST_VIDEO_INFO_SIZE(&words_info_), nullptr));
  unpack_.reset(make_converter(info_, words_info_));
  pack_.reset(make_converter(words_info_, info_));
}

Status FrameBridge::check() const {
  if (!to_rgb_ || (unpack_ && pack_)) return {};
  if (!words_) {
    return fail(ErrorKind::kNoMemory, "There is not enough memory for frames of this size.",
                std::to_string(GST_VIDEO_INFO_SIZE(&words_info_)) + " bytes");
  }
  return fail(ErrorKind::kBadSettings,
              "This video format cannot be converted: put videoconvert before this element.",
              GST_VIDEO_INFO_NAME(&info_));
}

Status FrameBridge::with_words(const std::function<Status(GstVideoFrame&)>& use) {
  if (Status checked = check(); !checked) return checked;
  Mapping mapping(words_info_, words_.get(), GST_MAP_READWRITE);
  if (!mapping) return unmappable();
  return use(mapping.frame());
}

Status FrameBridge::read(GstBuffer* buffer, const std::function<Status(const FrameView&)>& use) {
  Mapping source(info_, buffer, GST_MAP_READ);
  if (!source) return unmappable();
  if (!to_rgb_) return use(picture_of<const std::byte>(source.frame(), info_, alpha_));
  return with_words([&](GstVideoFrame& words) {
    gst_video_converter_frame(unpack_.get(), &source.frame(), &words);
    auto picture = picture_of<const std::byte>(words, info_, alpha_);
    picture.colours = to_rgb_;
    return use(picture);
  });
}

Status FrameBridge::read_luma(GstBuffer* buffer, const std::function<Status(const LumaView&)>& use) {
  Mapping source(info_, buffer, GST_MAP_READ);
  if (!source) return unmappable();
  return use(luma_of(source.frame(), info_));
}

Status FrameBridge::write(GstBuffer* buffer, const std::function<Status(const FrameSpan&)>& fill) {
  Mapping target(info_, buffer, GST_MAP_WRITE);
  if (!target) return unmappable();
  if (!to_rgb_) {
    fill_fourth(target.frame(), alpha_);
    return fill(picture_of<std::byte>(target.frame(), info_, alpha_));
  }
  return with_words([&](GstVideoFrame& words) -> Status {
    fill_fourth(words, alpha_ || !GST_VIDEO_INFO_HAS_ALPHA(&info_));
    auto picture = picture_of<std::byte>(words, info_, alpha_);
    picture.colours = from_rgb_;
    if (Status filled = fill(picture); !filled) return filled;
    gst_video_converter_frame(pack_.get(), &words, &target.frame());
    return {};
  });
}

bool FrameBridge::is_plain(GstBuffer* buffer) const {
  const GstVideoMeta* meta = gst_buffer_get_video_meta(buffer);
  if (!meta) return true;
  const guint planes = GST_VIDEO_INFO_N_PLANES(&info_);
  return gst_buffer_get_size(buffer) == GST_VIDEO_INFO_SIZE(&info_) && meta->n_planes == planes &&
         std::equal(meta->offset, meta->offset + planes, info_.offset) &&
         std::equal(meta->stride, meta->stride + planes, info_.stride);
}

Status FrameBridge::copy(GstBuffer* from, GstBuffer* to) {
  Mapping source(info_, from, GST_MAP_READ), target(info_, to, GST_MAP_WRITE);
  if (!source || !target || !gst_video_frame_copy(&target.frame(), &source.frame())) return unmappable();
  return {};
}

bool FrameBridge::equal(GstBuffer* one, GstBuffer* other) {
  Mapping a(info_, one, GST_MAP_READ), b(info_, other, GST_MAP_READ);
  if (!a || !b) return false;
  for (const PlaneRows& plane : planes_of(info_)) {
    for (gint y = 0; y < plane.rows(info_); ++y) {
      if (std::memcmp(plane.row(a.frame(), y), plane.row(b.frame(), y), plane.row_bytes(info_)) != 0)
        return false;
    }
  }
  return true;
}

Status FrameBridge::blend(GstBuffer* left, GstBuffer* right, double share, GstBuffer* to) {
  Mapping a(info_, left, GST_MAP_READ), b(info_, right, GST_MAP_READ), out(info_, to, GST_MAP_WRITE);
  if (!a || !b || !out) return unmappable();
  for (const PlaneRows& plane : planes_of(info_)) {
    const auto blend = plane.is_bytes ? blend_row<std::uint8_t> : blend_row<std::uint16_t>;
    for (gint y = 0; y < plane.rows(info_); ++y) {
      blend(plane.row(a.frame(), y), plane.row(b.frame(), y), static_cast<float>(share),
            plane.row_bytes(info_), plane.shift, plane.row(out.frame(), y));
    }
  }
  return {};
}

}  // namespace videoenhance
