#include "core/torch/interpolation/rife_architecture.h"

#include <algorithm>
#include <optional>

namespace videoenhance {
namespace {

using Body = RifeArchitecture::Body;
using Encoder = RifeArchitecture::Encoder;

constexpr int kNarrowLastBlock = 24;  // marks 4.25.lite, which starts at a coarser scale

std::string block_key(int index) {
  return "block" + std::to_string(index);
}

std::optional<Shape> find(const ShapesByKey& shapes, const std::string& key, std::size_t dimensions = 4) {
  const auto entry = shapes.find(key);
  if (entry == shapes.end() || entry->second.size() != dimensions) return std::nullopt;
  for (const auto size : entry->second) {
    if (size < 1 || size > 65536) return std::nullopt;
  }
  return entry->second;
}

int count_blocks(const ShapesByKey& shapes) {
  int count = 0;
  while (shapes.lower_bound(block_key(count) + ".") != shapes.end() &&
         shapes.lower_bound(block_key(count) + ".")->first.starts_with(block_key(count) + "."))
    ++count;
  return count;
}

std::vector<std::string> layers_of(Encoder encoder) {
  switch (encoder) {
    case Encoder::kPair:
      return {"encode.0", "encode.1"};
    case Encoder::kSequence:
      return {"encode.0", "encode.2", "encode.4", "encode.6"};
    case Encoder::kHead:
      return {"encode.cnn0", "encode.cnn1", "encode.cnn2", "encode.cnn3"};
    case Encoder::kNone:
      break;
  }
  return {};
}

// The longer sequence is tried first: "encode.0" alone does not tell them apart.
void read_encoder(const ShapesByKey& shapes, RifeArchitecture& arch) {
  for (const Encoder kind : {Encoder::kHead, Encoder::kSequence, Encoder::kPair}) {
    const auto last = find(shapes, layers_of(kind).back() + ".weight");
    if (!last) continue;
    arch.encoder = kind;
    arch.encoder_width = static_cast<int>((*last)[0]);
    arch.features = static_cast<int>((*last)[1]);
    return;
  }
}

void add_convolution(ShapesByKey& shapes, const std::string& key, int outputs, int inputs, int groups = 1) {
  shapes[key + ".weight"] = {outputs, inputs / groups, 3, 3};
  shapes[key + ".bias"] = {outputs};
}

void add_deconvolution(ShapesByKey& shapes, const std::string& key, int inputs, int outputs) {
  shapes[key + ".weight"] = {inputs, outputs, 4, 4};
  shapes[key + ".bias"] = {outputs};
}

void add_encoder(ShapesByKey& shapes, const RifeArchitecture& arch) {
  const auto layers = arch.encoder_layers();
  if (layers.empty()) return;
  for (std::size_t i = 0; i + 1 < layers.size(); ++i) {
    add_convolution(shapes, layers[i], arch.encoder_width, i == 0 ? 3 : arch.encoder_width);
  }
  add_deconvolution(shapes, layers.back(), arch.encoder_width, arch.features);
}

void add_block(ShapesByKey& shapes, const RifeArchitecture& arch, int index) {
  const std::string name = block_key(index);
  const int width = arch.widths[index];
  const bool prelu = arch.body == Body::kPRelu;
  add_convolution(shapes, name + ".conv0.0.0", width / 2, arch.inputs(index));
  add_convolution(shapes, name + ".conv0.1.0", width, width / 2);
  if (prelu) shapes[name + ".conv0.0.1.weight"] = {width / 2};
  if (prelu) shapes[name + ".conv0.1.1.weight"] = {width};
  for (int layer = 0; layer < RifeArchitecture::kLayers; ++layer) {
    const std::string key = name + ".convblock." + std::to_string(layer);
    add_convolution(shapes, key + (arch.shuffles() ? ".conv" : ".0"), width, width, arch.groups);
    if (prelu) shapes[key + ".1.weight"] = {width};
    if (arch.body == Body::kResidual) shapes[key + ".beta"] = {1, width, 1, 1};
  }
  add_deconvolution(shapes, name + (arch.shuffles() ? ".lastconv.0" : ".lastconv"), width,
                    arch.outputs * (arch.shuffles() ? 4 : 1));
}

tl::unexpected<Error> not_rife(const std::string& file, const std::string& detail) {
  return fail(ErrorKind::kBadModel,
              "The weights " + file +
                  " are neither a FILM nor a RIFE 4.x network (RIFE 2.x and 3.x are not supported).",
              detail);
}

}  // namespace

std::vector<double> RifeArchitecture::scales() const {
  if (blocks() == 4) return {8, 4, 2, 1};
  if (widths.back() == kNarrowLastBlock) return {32, 16, 8, 4, 1};
  return {16, 8, 4, 2, 1};
}

int RifeArchitecture::padding_multiple(double flow_scale) const {
  const int multiple = restarts() ? 64 : static_cast<int>(4 * scales().front());
  return std::max(multiple, static_cast<int>(multiple / flow_scale));
}

std::vector<std::string> RifeArchitecture::encoder_layers() const {
  return layers_of(encoder);
}

std::string RifeArchitecture::family() const {
  const bool head = encoder == Encoder::kHead;
  if (blocks() == 5) {
    if (widths[4] == kNarrowLastBlock) return "4.25.lite";
    if (widths[4] == 64) return "4.25.heavy";
    return features == 16 ? "4.26.heavy" : "4.25|4.26";
  }
  if (body != Body::kResidual) return restarts() ? "4.0|4.1" : "4.2|4.3|4.4";
  if (outputs == 5) return "4.5";
  if (outputs == 13) return widths[0] == 256 ? "4.21|4.22|4.23" : "4.22.lite";
  if (encoder == Encoder::kNone) return "4.6";
  if (encoder == Encoder::kPair) return "4.7|4.8|4.9";
  if (widths[0] == 384) return "4.20";
  if (groups == 2) return "4.14.lite";
  if (widths[0] == 128) return head ? "4.15.lite|4.16.lite|4.17.lite" : "4.12.lite|4.13.lite";
  return head ? "4.13|4.14|4.15|4.17|4.18|4.19|4.24" : "4.10|4.11|4.12";
}

ShapesByKey RifeArchitecture::expected_shapes() const {
  ShapesByKey shapes;
  add_encoder(shapes, *this);
  for (int index = 0; index < blocks(); ++index) add_block(shapes, *this, index);
  return shapes;
}

Result<RifeArchitecture> RifeArchitecture::read(const ShapesByKey& shapes, const std::string& file) {
  const int blocks = count_blocks(shapes);
  const auto first = find(shapes, "block0.conv0.0.0.weight");
  if (blocks < 4 || blocks > 5 || !first || (*first)[1] == 6) {
    return not_rife(file,
                    std::to_string(blocks) + " blocks among " + std::to_string(shapes.size()) + " tensors");
  }
  RifeArchitecture arch;
  const bool residual = shapes.contains("block0.convblock.0.beta");
  const bool prelu = shapes.contains("block0.conv0.0.1.weight");
  arch.body = residual ? Body::kResidual : prelu ? Body::kPRelu : Body::kLeaky;
  const std::string last_key = arch.shuffles() ? ".lastconv.0.weight" : ".lastconv.weight";
  for (int index = 0; index < blocks; ++index) {
    const auto last = find(shapes, block_key(index) + last_key);
    if (!last) return not_rife(file, block_key(index) + last_key + " is missing");
    arch.widths.push_back(static_cast<int>((*last)[0]));
    if (index == 0) arch.outputs = static_cast<int>((*last)[1]) / (arch.shuffles() ? 4 : 1);
  }
  const auto layer = find(shapes, std::string("block0.convblock.0.") + (residual ? "conv" : "0") + ".weight");
  if (!layer || arch.outputs < 5) return not_rife(file, "the first block is incomplete");
  if (residual) arch.groups = std::max(1, arch.widths[0] / static_cast<int>((*layer)[1]));
  read_encoder(shapes, arch);
  return arch;
}

}  // namespace videoenhance
