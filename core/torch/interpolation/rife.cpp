#include "core/torch/interpolation/rife.h"

#include <c10/core/GradMode.h>

#include <array>
#include <cmath>

#include "core/torch/interpolation/resize.h"
#include "core/torch/interpolation/rife_order.h"
#include "core/torch/kernels/warp.h"
#include "core/torch/runtime/stage.h"

namespace videoenhance {
namespace {

constexpr double kSlope = 0.2;      // of LeakyReLU
constexpr float kLargeMotion = 32;  // pixels; above, 4.0 and 4.1 start again at half resolution
constexpr auto kChannelsLast = at::MemoryFormat::ChannelsLast;

at::Tensor channels(const at::Tensor& x, std::int64_t first, std::int64_t count) {
  return x.narrow(1, first, count);
}

at::Tensor padded(const at::Tensor& frame, std::int64_t multiple) {
  const std::int64_t below = -frame.size(2) % multiple + multiple,
                     right = -frame.size(3) % multiple + multiple;
  return at::constant_pad_nd(frame.clamp(0, 1), {0, right % multiple, 0, below % multiple}, 0);
}

bool moves_far(const at::Tensor& flow) {
  const at::Tensor reach = flow.abs();
  return channels(reach, 0, 2).max().item<float>() > kLargeMotion &&
         channels(reach, 2, 2).max().item<float>() > kLargeMotion;
}

}  // namespace

// ----------------------------------------------------------------------------------------------------
// loading

Result<std::shared_ptr<const PairNetwork>> Rife::load(const WeightBinder& weights, c10::Device device,
                                                      c10::ScalarType type) {
  const auto arch = RifeArchitecture::read(weights.shapes(), weights.file_name());
  if (!arch) return tl::unexpected(arch.error());
  const auto tensors = weights.take(arch->expected_shapes(), device);
  if (!tensors) return tl::unexpected(tensors.error());
  return std::make_shared<const Rife>(*arch, *tensors, type);
}

Rife::Rife(RifeArchitecture arch, const TensorsByKey& as_published, c10::ScalarType type)
    : arch_(std::move(arch)), type_(type) {
  const TensorsByKey tensors = rife_in_order(as_published, arch_);
  for (const auto& key : arch_.encoder_layers()) encoder_.push_back(layer(tensors, key));
  for (int index = 0; index < arch_.blocks(); ++index) blocks_.push_back(block(tensors, index));
}

Rife::Layer Rife::layer(const TensorsByKey& tensors, const std::string& key, const at::Tensor& gain) {
  at::Tensor weight = tensors.at(key + ".weight"), bias = tensors.at(key + ".bias");
  if (gain.defined()) {
    weight = weight * gain.view({-1, 1, 1, 1});
    bias = bias * gain;
  }
  Layer layer{weight.to(type_).contiguous(kChannelsLast), bias.to(type_), {}};
  // "….conv0.0.0" is a convolution and "….conv0.0.1" its activation.
  const auto slopes = tensors.find(key.substr(0, key.rfind('.')) + ".1.weight");
  if (arch_.body == RifeArchitecture::Body::kPRelu && slopes != tensors.end())
    layer.slopes = slopes->second.to(type_);
  // On the CPU the weight lies there a second time, as oneDNN reads it.
  bytes_ += (weight.is_cpu() ? 2 : 1) * layer.weight.plain().nbytes() + layer.bias.nbytes() +
            (layer.slopes.defined() ? layer.slopes.nbytes() : 0);
  return layer;
}

Rife::Block Rife::block(const TensorsByKey& tensors, int index) {
  const std::string name = "block" + std::to_string(index);
  const bool residual = arch_.body == RifeArchitecture::Body::kResidual;
  Block block;
  block.stage = "convolutions of " + name;
  block.down[0] = layer(tensors, name + ".conv0.0.0");
  block.down[1] = layer(tensors, name + ".conv0.1.0");
  for (int i = 0; i < RifeArchitecture::kLayers; ++i) {
    const std::string key = name + ".convblock." + std::to_string(i);
    // conv(x) * beta + x: beta is a factor of the convolution's output channels.
    block.body.push_back(residual ? layer(tensors, key + ".conv", tensors.at(key + ".beta").flatten())
                                  : layer(tensors, key + ".0"));
  }
  block.last = layer(tensors, name + (arch_.shuffles() ? ".lastconv.0" : ".lastconv"));
  return block;
}

// ------------------------------------------------------------------------------------------------------
// frames

Status Rife::check(const InterpolationOptions& options) const {
  constexpr std::array kScales = {0.25, 0.5, 1.0, 2.0, 4.0};
  if (std::find(kScales.begin(), kScales.end(), options.flow_scale) == kScales.end()) {
    return fail(ErrorKind::kBadSettings, "flow-scale must be 0.25, 0.5, 1, 2 or 4.",
                "flow-scale=" + std::to_string(options.flow_scale));
  }
  if (options.ensemble && !arch_.can_ensemble()) {
    return fail(
        ErrorKind::kBadSettings,
        "RIFE " + arch_.family() + " has no ensemble mode: set ensemble=false, or use 4.0 to 4.20 or 4.24.");
  }
  return {};
}

// Counted at the last block, which works at the finest resolution: the frames, what is known of the motion,
// the block's input, its layers and its result, and the convolutions' own buffers. In the plain form the
// motion, the warped frames and the input before its conversion are there at full size as well.
std::uint64_t Rife::work_bytes(int width, int height, const InterpolationOptions& options) const {
  const auto multiple = static_cast<std::uint64_t>(arch_.padding_multiple(options.flow_scale));
  const auto round_up = [&](int size) {
    return (static_cast<std::uint64_t>(size) + multiple - 1) / multiple * multiple;
  };
  const double finer = std::max(1.0, options.flow_scale), width_last = arch_.widths.back();
  const int frames = 2 * (4 + arch_.features), inputs = arch_.inputs(arch_.blocks() - 1);
  const double layers = (type_ == c10::kFloat ? 4 : 2) *
                        (inputs + 2 * width_last / 8 + 4 * width_last / 16 + 2 * arch_.outputs);
  const double plain = 2 * frames + 2 * (5 + arch_.carried()) + 4, plain_block = inputs + 2 * arch_.outputs;
  const double per_pixel = looks_up(blocks_[0].last.weight.plain().device(), options)
                               ? static_cast<double>(lookup_channels().bytes(pixel_type())) + layers
                               : 4 * plain + finer * finer * (4 * plain_block + layers);
  return static_cast<std::uint64_t>(per_pixel * static_cast<double>(round_up(width) * round_up(height)));
}

PreparedFrame Rife::prepare(const at::Tensor& frame, const InterpolationOptions& options) const {
  const at::Tensor image = padded(frame, arch_.padding_multiple(options.flow_scale));
  const at::Tensor features = encoder_.empty() ? at::Tensor() : encode(channels(image, 0, 3));
  if (looks_up(image.device(), options)) {
    const at::Tensor pixels = frame_pixels(image, features, pixel_type());
    const at::Tensor view = pixels.narrow(2, arch_.features, image.size(1)).permute({2, 0, 1}).unsqueeze(0);
    return {view, {pixels}, frame.size(2), frame.size(3)};
  }
  std::vector<at::Tensor> derived;
  if (features.defined()) derived.push_back(features.to(c10::kFloat).contiguous());
  return {image, std::move(derived), frame.size(2), frame.size(3)};
}

Result<at::Tensor> Rife::between(const PreparedFrame& left, const PreparedFrame& right, double time,
                                 const InterpolationOptions& options) const {
  if (looks_up(left.image.device(), options)) return looked_up(left, right, time, options);
  TORCH_CHECK_VALUE(
      left.image.scalar_type() == c10::kFloat && (left.features.empty() || left.features[0].dim() == 4),
      "the frames were prepared with other options");
  const Motion motion = estimate({left, right, time}, options);
  const StageScope stage("last blend");
  const at::Tensor mask = motion.mask.sigmoid();
  const at::Tensor from_left = warp(left.image, channels(motion.flow, 0, 2));
  const at::Tensor from_right = warp(right.image, channels(motion.flow, 2, 2));
  const at::Tensor picture = from_right.add_((from_left - from_right).mul_(mask));
  return left.inside(picture);
}

// --------------------------------------------------------------------------------------------------------
// layers

at::Tensor Rife::activated(const Layer& layer, const at::Tensor& x, int stride) const {
  if (!layer.slopes.defined()) return convolve_relu(x, layer.weight, layer.bias, stride, kSlope);
  return at::prelu(at::conv2d(x, layer.weight.plain(), layer.bias, stride, 1), layer.slopes);
}

at::Tensor Rife::encode(const at::Tensor& image) const {
  const StageScope stage("encoder");
  at::Tensor x = image.to(type_).contiguous(kChannelsLast);  // one after the other is faster
  const bool is_linear = arch_.encoder == RifeArchitecture::Encoder::kPair;
  for (std::size_t i = 0; i + 1 < encoder_.size(); ++i) {
    const auto& layer = encoder_[i];
    const int stride = i == 0 ? 2 : 1;
    x = is_linear ? at::conv2d(x, layer.weight.plain(), layer.bias, stride, 1) : activated(layer, x, stride);
  }
  return deconvolve(x, encoder_.back().weight, encoder_.back().bias);
}

at::Tensor Rife::body(const Block& block, const at::Tensor& input) const {
  at::Tensor x = input;
  for (const auto& layer : block.body) {
    if (arch_.body == RifeArchitecture::Body::kResidual) {
      at::Tensor y = convolve_add(x, layer.weight, layer.bias, x, arch_.groups);
      x = at::leaky_relu_(y, kSlope);
    } else {
      x = activated(layer, x, 1);
    }
  }
  return arch_.restarts() ? x.add_(input) : x;
}

// x is let go as soon as it was read: it is the largest of all.
at::Tensor Rife::run(const Block& block, at::Tensor x) const {
  const StageScope stage(block.stage);
  for (const auto& layer : block.down) x = activated(layer, x, 2);
  return deconvolve(body(block, x), block.last.weight, block.last.bias);
}

// --------------------------------------------------------------------------------------------------------
// motion

Rife::Motion Rife::Motion::mirrored() const {
  return {at::cat({channels(flow, 2, 2), channels(flow, 0, 2)}, 1), -mask, carried};
}

// All that a block looks at, at the block's own resolution; the flow in its pixels.
at::Tensor Rife::block_input(const Pair& pair, const Motion* motion, double scale) const {
  const StageScope stage("block inputs");
  std::vector<at::Tensor> parts;
  const auto add = [&](const at::Tensor& full_size) { parts.push_back(resize(full_size, 1 / scale)); };
  const auto add_frame = [&](const PreparedFrame& frame, int first_of_flow) {
    const at::Tensor flow = motion ? channels(motion->flow, first_of_flow, 2) : at::Tensor();
    const at::Tensor colours = channels(frame.image, 0, 3);
    if (!encoder_.empty()) add(motion ? warp(frame.features[0], flow) : frame.features[0]);
    add(motion ? warp(colours, flow) : colours);
  };
  add_frame(pair.left, 0);
  add_frame(pair.right, 2);
  if (motion) {
    if (motion->carried.defined()) add(motion->carried);
    add(motion->mask);
  }
  const auto& size = parts.front().sizes();
  parts.push_back(at::full({1, 1, size[2], size[3]}, pair.time, pair.left.image.options()));
  if (motion) parts.push_back(resize(motion->flow, 1 / scale).div(scale));
  return at::cat(parts, 1).to(type_).contiguous(kChannelsLast);
}

// The four places of a pixel shuffle: those of each carried channel lie apart (rife_order.h).
at::Tensor Rife::shuffled(const at::Tensor& result) const {
  constexpr std::int64_t kPlaces = 4, kMotion = 5 * kPlaces;
  const at::Tensor motion = at::pixel_shuffle(channels(result, 0, kMotion), 2);
  const std::int64_t carried = result.size(1) - kMotion;
  if (carried == 0) return motion;
  const at::Tensor places = channels(result, kMotion, carried)
                                .unflatten(1, {kPlaces, carried / kPlaces})
                                .transpose(1, 2)
                                .flatten(1, 2);
  return at::cat({motion, at::pixel_shuffle(places, 2)}, 1);
}

Rife::Motion Rife::update(int index, const Pair& pair, const Motion* motion, double scale) const {
  const Block& block = blocks_[index];
  at::Tensor y = run(block, block_input(pair, motion, scale));
  const StageScope stage("block results");
  if (arch_.shuffles()) y = shuffled(y);
  const double factor = arch_.shuffles() ? scale : 2 * scale;
  y = resize(y.to(c10::kFloat).contiguous(), factor);
  Motion change{channels(y, 0, 4) * factor, channels(y, 4, 1), {}};
  if (y.size(1) > 5) change.carried = channels(y, 5, y.size(1) - 5);
  return change;
}

// The mean with what the block says of the time-reversed pair.
Rife::Motion Rife::averaged(int index, const Motion& change, const Pair& pair, const Motion* motion,
                            double scale) const {
  const Motion reversed = motion ? motion->mirrored() : Motion{};
  const Motion other = update(index, pair.mirrored(), motion ? &reversed : nullptr, scale).mirrored();
  return {(change.flow + other.flow).div_(2), (change.mask + other.mask).div_(2), change.carried};
}

Rife::Motion Rife::estimate(const Pair& pair, const InterpolationOptions& options) const {
  std::vector<double> scales = arch_.scales();
  for (auto& scale : scales) scale /= options.flow_scale;
  Motion motion = update(0, pair, nullptr, scales[0]);
  if (options.ensemble) motion = averaged(0, motion, pair, nullptr, scales[0]);
  for (int index = 1; index < arch_.blocks(); ++index) {
    Motion change = update(index, pair, &motion, scales[index]);
    if (index == 1 && arch_.restarts() && moves_far(change.flow)) {
      for (auto& scale : scales) scale *= 2;
      motion = update(0, pair, nullptr, scales[0]);  // as published: not averaged, even with ensemble
      change = update(1, pair, &motion, scales[1]);
    }
    if (options.ensemble) change = averaged(index, change, pair, &motion, scales[index]);
    motion.flow = motion.flow + change.flow;
    motion.mask = arch_.refines_mask() ? motion.mask + change.mask : change.mask;
    motion.carried = change.carried;
  }
  return motion;
}

// --------------------------------------------------------------------------------------------------------
// lookups

// Decides what a frame's first feature is: its pixels, or what the encoder makes. A second start needs the
// motion at full size, an ensemble that of both directions; above a flow scale of 1 blocks work at more than
// full size; and gradients do not pass.
bool Rife::looks_up(const at::Device& device, const InterpolationOptions& options) const {
  return device.is_cpu() && !c10::GradMode::is_enabled() && !arch_.restarts() && !options.ensemble &&
         options.flow_scale <= 1 && lookup_channels().fit();
}

// Colours need more bits than the layers that read them.
c10::ScalarType Rife::pixel_type() const {
  return type_ == c10::kFloat ? c10::kFloat : c10::kHalf;
}

RifeChannels Rife::lookup_channels() const {
  return {arch_.features, arch_.carried(), arch_.refines_mask()};
}

at::Tensor Rife::looked_up(const PreparedFrame& left, const PreparedFrame& right, double time,
                           const InterpolationOptions& options) const {
  TORCH_CHECK_VALUE(!left.features.empty() && !right.features.empty(),
                    "the frames were prepared with other options");
  RifeLookup lookup(left.features[0], right.features[0], time, lookup_channels());
  const std::vector<double> scales = arch_.scales();
  for (int index = 0; index < arch_.blocks(); ++index) {
    const auto scale = static_cast<std::int64_t>(scales[index] / options.flow_scale);
    const at::Tensor result = run(blocks_[index], lookup.input(scale, type_));
    lookup.add(result, arch_.shuffles());
  }
  return lookup.picture(left.image.size(1), left.height, left.width);
}

}  // namespace videoenhance
