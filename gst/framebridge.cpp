#include "gst/framebridge.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <type_traits>
#include <vector>

#include "gst/colourmatrix.h"

namespace videoenhance {
namespace {

// The bytes of one plane in frames of these caps, which may lie in larger ones. Components that lie side by
// side in it come as one, as wide as all of them.
struct PlaneBytes {
  PlaneBytes(const GstVideoInfo& info, guint component)
      : plane(GST_VIDEO_INFO_COMP_PLANE(&info, component)),
        shift(GST_VIDEO_FORMAT_INFO_SHIFT(info.finfo, component)),
        is_bytes(GST_VIDEO_INFO_COMP_DEPTH(&info, component) == 8),
        rows(GST_VIDEO_INFO_COMP_HEIGHT(&info, component)),
        row_bytes(static_cast<std::size_t>(GST_VIDEO_INFO_COMP_WIDTH(&info, component)) *
                  GST_VIDEO_INFO_COMP_PSTRIDE(&info, component)) {}

  std::byte* row(const GstVideoFrame& frame, gint y) const {
    return static_cast<std::byte*>(frame.data[plane]) + static_cast<std::ptrdiff_t>(y) * stride(frame);
  }
  gint stride(const GstVideoFrame& frame) const { return GST_VIDEO_FRAME_PLANE_STRIDE(&frame, plane); }

  guint plane, shift;
  bool is_bytes;
  gint rows;
  std::size_t row_bytes;
};

std::vector<PlaneBytes> planes_of(const GstVideoInfo& info) {
  std::vector<PlaneBytes> planes;
  for (guint i = 0; i < GST_VIDEO_INFO_N_COMPONENTS(&info); ++i) {
    const PlaneBytes plane(info, i);
    if (std::ranges::none_of(planes, [&](const PlaneBytes& known) { return known.plane == plane.plane; }))
      planes.push_back(plane);
  }
  return planes;
}

// A mapped frame that unmaps itself.
class Mapping {
 public:
  Mapping(const GstVideoInfo& info, GstBuffer* buffer, GstMapFlags flags)
      : info_(info), mapped_(agrees(buffer) && gst_video_frame_map(&frame_, &info_, buffer, flags)) {
    if (mapped_ && !holds_all_rows()) {
      gst_video_frame_unmap(&frame_);
      mapped_ = false;
    }
  }
  ~Mapping() {
    if (mapped_) gst_video_frame_unmap(&frame_);
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  explicit operator bool() const { return mapped_; }
  GstVideoFrame& frame() { return frame_; }

 private:
  // GStreamer takes a GstVideoMeta that contradicts the caps for a programming error; here it is bad input.
  bool agrees(GstBuffer* buffer) const {
    const GstVideoMeta* meta = gst_buffer_get_video_meta(buffer);
    return !meta || (meta->format == GST_VIDEO_INFO_FORMAT(&info_) &&
                     meta->width >= static_cast<guint>(GST_VIDEO_INFO_WIDTH(&info_)) &&
                     meta->height >= static_cast<guint>(GST_VIDEO_INFO_HEIGHT(&info_)) &&
                     meta->n_planes == GST_VIDEO_INFO_N_PLANES(&info_));
  }

  // Of a frame with a GstVideoMeta, GStreamer has looked at the first byte of each plane. Where the meta maps
  // in a way of its own, it may not tell of its memory.
  bool holds_all_rows() const {
    for (guint i = 0; i < GST_VIDEO_INFO_N_COMPONENTS(&info_); ++i) {
      const PlaneBytes plane(info_, i);
      const GstMapInfo& memory = frame_.map[frame_.meta ? plane.plane : 0];
      const auto* end = reinterpret_cast<const std::byte*>(memory.data) + memory.size;
      const auto row_bytes = static_cast<std::ptrdiff_t>(plane.row_bytes);
      const std::ptrdiff_t before_last = static_cast<std::ptrdiff_t>(plane.rows - 1) * plane.stride(frame_);
      if (plane.stride(frame_) < row_bytes) return false;
      if (memory.data && end - plane.row(frame_, 0) < before_last + row_bytes) return false;
    }
    return true;
  }

  GstVideoInfo info_;
  GstVideoFrame frame_ = GST_VIDEO_FRAME_INIT;
  bool mapped_;
};

tl::unexpected<Error> unmappable() {
  return fail(ErrorKind::kFailed,
              "A video frame does not fit its caps: the element before this one sends wrong frames.",
              "gst_video_frame_map");
}

bool is_full_range_rgb(const GstVideoInfo& info) {
  return GST_VIDEO_INFO_IS_RGB(&info) && info.colorimetry.range == GST_VIDEO_COLOR_RANGE_0_255;
}

static_assert(std::endian::native == std::endian::little, "Words are read as they are in memory.");

SampleType sample_type_of(const GstVideoInfo& info) {
  return GST_VIDEO_INFO_COMP_DEPTH(&info, 0) == 8 ? SampleType::kUint8 : SampleType::kUint16;
}

// GStreamer's own GST_VIDEO_FRAME_COMP_DATA is a byte off in P010's V, whose offset is told in samples.
std::byte* component_data(GstVideoFrame& frame, guint component, SampleType type) {
  const GstVideoFormatInfo* format = frame.info.finfo;
  const guint offset = GST_VIDEO_FORMAT_INFO_POFFSET(format, component);
  const guint bytes = offset % bytes_of(type) == 0 ? offset : offset * bytes_of(type);
  return static_cast<std::byte*>(
             GST_VIDEO_FRAME_PLANE_DATA(&frame, GST_VIDEO_FORMAT_INFO_PLANE(format, component))) +
         bytes;
}

ChromaSampling sampling_of(bool halved, bool in_first) {
  if (!halved) return ChromaSampling::kEach;
  return in_first ? ChromaSampling::kFirstOfTwo : ChromaSampling::kBetweenTwo;
}

template <typename Sample>
void blend_bytes(const std::byte* left, const std::byte* right, float share, std::size_t bytes,
                 unsigned shift, std::byte* to) {
  for (std::size_t i = 0; i + sizeof(Sample) <= bytes; i += sizeof(Sample)) {
    Sample a, b;
    std::memcpy(&a, left + i, sizeof a);
    std::memcpy(&b, right + i, sizeof b);
    const auto one = static_cast<float>(a >> shift), other = static_cast<float>(b >> shift);
    const auto mean = static_cast<Sample>(static_cast<unsigned>(one + (other - one) * share + 0.5f) << shift);
    std::memcpy(to + i, &mean, sizeof mean);
  }
}

// RGBx, and alpha that is not the engine's: nobody else writes the fourth component, and a pool's memory
// holds anything. It becomes opaque.
void fill_fourth(const GstVideoFrame& frame, const GstVideoInfo& info, bool alpha) {
  const gint pixel = GST_VIDEO_INFO_COMP_PSTRIDE(&info, 0);
  const bool has_fourth = pixel == static_cast<gint>(GST_VIDEO_INFO_COMP_DEPTH(&info, 0)) / 8 * 4;
  if (alpha || !has_fourth) return;
  const PlaneBytes pixels(info, 0);
  for (gint y = 0; y < pixels.rows; ++y) std::memset(pixels.row(frame, y), 0xff, pixels.row_bytes);
}

}  // namespace

FrameBridge::FrameBridge(const GstVideoInfo& info, bool alpha)
    : info_(info), alpha_(alpha && GST_VIDEO_INFO_HAS_ALPHA(&info)) {
  if (is_full_range_rgb(info_)) return;
  to_rgb_ = rgb_of_samples(info_);
  from_rgb_ = samples_of_rgb(info_);
}

// A gray picture is all three components; of one to write, only the first is wanted.
template <typename Byte>
BasicFrame<Byte> FrameBridge::picture_of(GstVideoFrame& frame,
                                         const std::optional<ColourMatrix>& colours) const {
  const GstVideoFormatInfo* format = info_.finfo;
  const bool is_gray = GST_VIDEO_INFO_IS_GRAY(&info_);
  BasicFrame<Byte> picture;
  picture.width = GST_VIDEO_INFO_WIDTH(&info_);  // the frame may be larger
  picture.height = GST_VIDEO_INFO_HEIGHT(&info_);
  picture.type = sample_type_of(info_);
  for (guint i = 0; i < (alpha_ ? 4u : 3u); ++i) {
    const guint component = is_gray ? 0 : i;
    if (is_gray && i > 0 && !std::is_const_v<Byte>) break;
    picture.components[i] = {component_data(frame, component, picture.type),
                             GST_VIDEO_FRAME_COMP_STRIDE(&frame, component),
                             GST_VIDEO_FRAME_COMP_PSTRIDE(&frame, component)};
  }
  picture.colours = colours;
  picture.word = {static_cast<int>(GST_VIDEO_FORMAT_INFO_DEPTH(format, 0)),
                  static_cast<int>(GST_VIDEO_FORMAT_INFO_SHIFT(format, 0))};
  if (GST_VIDEO_INFO_IS_YUV(&info_)) {
    picture.chroma_columns = sampling_of(GST_VIDEO_FORMAT_INFO_W_SUB(format, 1) > 0,
                                         info_.chroma_site & GST_VIDEO_CHROMA_SITE_H_COSITED);
    picture.chroma_rows = sampling_of(GST_VIDEO_FORMAT_INFO_H_SUB(format, 1) > 0,
                                      info_.chroma_site & GST_VIDEO_CHROMA_SITE_V_COSITED);
  }
  return picture;
}

Status FrameBridge::read(GstBuffer* buffer, const std::function<Status(const FrameView&)>& use) const {
  Mapping source(info_, buffer, GST_MAP_READ);
  if (!source) return unmappable();
  return use(picture_of<const std::byte>(source.frame(), to_rgb_));
}

Status FrameBridge::read_luma(GstBuffer* buffer, const std::function<Status(const FrameView&)>& use) const {
  Mapping source(info_, buffer, GST_MAP_READ);
  if (!source) return unmappable();
  auto picture = picture_of<const std::byte>(source.frame(), to_rgb_);
  if (GST_VIDEO_INFO_IS_YUV(&info_)) {
    picture.colours = gray_of_luma(info_);
    picture.chroma_columns = picture.chroma_rows = ChromaSampling::kEach;
    std::fill_n(picture.components.begin() + 1, 2, picture.components[0]);
  }
  return use(picture);
}

Status FrameBridge::write(GstBuffer* buffer, const std::function<Status(const FrameSpan&)>& fill) const {
  Mapping target(info_, buffer, GST_MAP_WRITE);
  if (!target) return unmappable();
  fill_fourth(target.frame(), info_, alpha_);
  return fill(picture_of<std::byte>(target.frame(), from_rgb_));
}

bool FrameBridge::is_plain(GstBuffer* buffer) const {
  const GstVideoMeta* meta = gst_buffer_get_video_meta(buffer);
  if (!meta) return true;
  const guint planes = GST_VIDEO_INFO_N_PLANES(&info_);
  return gst_buffer_get_size(buffer) == GST_VIDEO_INFO_SIZE(&info_) && meta->n_planes == planes &&
         std::equal(meta->offset, meta->offset + planes, info_.offset) &&
         std::equal(meta->stride, meta->stride + planes, info_.stride);
}

Status FrameBridge::copy(GstBuffer* from, GstBuffer* to) const {
  Mapping source(info_, from, GST_MAP_READ), target(info_, to, GST_MAP_WRITE);
  if (!source || !target) return unmappable();
  for (const PlaneBytes& plane : planes_of(info_)) {
    for (gint y = 0; y < plane.rows; ++y)
      std::memcpy(plane.row(target.frame(), y), plane.row(source.frame(), y), plane.row_bytes);
  }
  return {};
}

bool FrameBridge::equal(GstBuffer* one, GstBuffer* other) const {
  Mapping a(info_, one, GST_MAP_READ), b(info_, other, GST_MAP_READ);
  if (!a || !b) return false;
  for (const PlaneBytes& plane : planes_of(info_)) {
    for (gint y = 0; y < plane.rows; ++y) {
      if (std::memcmp(plane.row(a.frame(), y), plane.row(b.frame(), y), plane.row_bytes) != 0) return false;
    }
  }
  return true;
}

Status FrameBridge::blend(GstBuffer* left, GstBuffer* right, double share, GstBuffer* to) const {
  Mapping a(info_, left, GST_MAP_READ), b(info_, right, GST_MAP_READ), out(info_, to, GST_MAP_WRITE);
  if (!a || !b || !out) return unmappable();
  for (const PlaneBytes& plane : planes_of(info_)) {
    const auto blend_row = plane.is_bytes ? blend_bytes<std::uint8_t> : blend_bytes<std::uint16_t>;
    for (gint y = 0; y < plane.rows; ++y) {
      blend_row(plane.row(a.frame(), y), plane.row(b.frame(), y), static_cast<float>(share), plane.row_bytes,
                plane.shift, plane.row(out.frame(), y));
    }
  }
  return {};
}

}  // namespace videoenhance
