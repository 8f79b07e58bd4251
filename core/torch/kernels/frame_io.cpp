#include "core/torch/kernels/frame_io.h"

#include "core/torch/kernels/frame_rows.h"
#include "core/torch/runtime/stage.h"

namespace videoenhance {
namespace {

constexpr std::int64_t kGrain = 16;  // rows that are worth a thread

// Of all samples that the frame has. A gray picture that is read as three components is counted once.
template <typename Byte>
std::int64_t bytes_in(const BasicFrame<Byte>& frame) {
  const auto pixels = static_cast<std::int64_t>(frame.width) * frame.height;
  const auto chroma = static_cast<std::int64_t>(samples_of(frame.width, frame.chroma_columns)) *
                      samples_of(frame.height, frame.chroma_rows);
  std::int64_t samples = pixels;
  for (const std::size_t c : {1, 2})
    samples += frame.components[c].data && frame.components[c].data != frame.components[0].data ? chroma : 0;
  if (frame.has_alpha()) samples += pixels;
  return samples * static_cast<std::int64_t>(bytes_of(frame.type));
}

template <typename Value>
PlaneRows<Value> rows_at(Value* values, const at::Tensor& picture, std::int64_t y) {
  PlaneRows<Value> rows = {};
  for (std::int64_t c = 0; c < picture.size(1); ++c)
    rows[static_cast<std::size_t>(c)] = values + c * picture.stride(1) + y * picture.stride(2);
  return rows;
}

template <typename Sample>
void load_values(const FrameView& frame, at::Tensor& picture) {
  auto* values = picture.mutable_data_ptr<float>();
  at::parallel_for(0, frame.height, kGrain, [&](std::int64_t begin, std::int64_t end) {
    RowReader<Sample> reader(frame);
    for (std::int64_t y = begin; y < end; ++y) reader.read(y, rows_at(values, picture, y));
  });
}

template <typename Sample>
void store_values(const at::Tensor& picture, const FrameSpan& out) {
  const auto* values = picture.const_data_ptr<float>();
  const auto rows = [&](std::int64_t y) { return rows_at(values, picture, y); };
  at::parallel_for(0, samples_of(out.height, out.chroma_rows), kGrain,
                   [&](std::int64_t begin, std::int64_t end) {
                     RowWriter<Sample> writer(out);
                     for (std::int64_t y = begin; y < end; ++y) writer.write(y, rows);
                   });
}

// Samples as they are.
void load_bytes(const FrameView& frame, at::Tensor& picture) {
  auto* bytes = picture.mutable_data_ptr<std::uint8_t>();
  at::parallel_for(0, frame.height, kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t y = begin; y < end; ++y) {
      const auto rows = rows_at(bytes, picture, y);
      for (std::size_t c = 0; c < rows.size() && rows[c]; ++c) {
        const auto& [data, row_stride, pixel_stride] = frame.components[c];
        gather(data + y * row_stride, pixel_stride, rows[c], frame.width);
      }
    }
  });
}

void store_bytes(const at::Tensor& picture, const FrameSpan& out) {
  const std::vector<std::uint8_t> opaque(static_cast<std::size_t>(out.width), 255);
  const auto* bytes = picture.const_data_ptr<std::uint8_t>();
  at::parallel_for(0, out.height, kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t y = begin; y < end; ++y) {
      const auto rows = rows_at(bytes, picture, y);
      for (std::size_t c = 0; c < out.components.size(); ++c) {
        const auto& [data, row_stride, pixel_stride] = out.components[c];
        if (!data) continue;
        scatter(rows[c] ? rows[c] : opaque.data(), data + y * row_stride, pixel_stride, out.width);
      }
    }
  });
}

}  // namespace

std::array<std::int64_t, 4> picture_sizes(const FrameView& frame) {
  return {1, frame.has_alpha() ? 4 : 3, frame.height, frame.width};
}

at::Tensor load_frame(const FrameView& frame) {
  at::Tensor picture = at::empty(picture_sizes(frame), at::kFloat);
  load_frame(frame, picture);
  return picture;
}

void load_frame(const FrameView& frame, at::Tensor& picture) {
  const KernelScope kernel("load_frame", {picture, bytes_in(frame)});
  switch (frame.type) {
    case SampleType::kUint8:
      return picture.scalar_type() == at::kByte ? load_bytes(frame, picture)
                                                : load_values<std::uint8_t>(frame, picture);
    case SampleType::kUint16:
      return load_values<std::uint16_t>(frame, picture);
    case SampleType::kFloat32:
      return load_values<float>(frame, picture);
  }
}

void store_frame(const at::Tensor& picture, const FrameSpan& out) {
  const at::Tensor rows = picture.stride(3) == 1 ? picture : picture.contiguous();
  const KernelScope kernel("store_frame", {rows, bytes_in(out)});
  switch (out.type) {
    case SampleType::kUint8:
      return rows.scalar_type() == at::kByte ? store_bytes(rows, out) : store_values<std::uint8_t>(rows, out);
    case SampleType::kUint16:
      return store_values<std::uint16_t>(rows, out);
    case SampleType::kFloat32:
      return store_values<float>(rows, out);
  }
}

at::Tensor bytes_to_picture(const at::Tensor& bytes) {
  return bytes.to(at::kFloat).mul_(1.0f / kLevels);
}

at::Tensor picture_to_bytes(const at::Tensor& picture) {
  return picture.clamp(0, 1).mul_(kLevels).add_(0.5).to(at::kByte);
}

}  // namespace videoenhance
