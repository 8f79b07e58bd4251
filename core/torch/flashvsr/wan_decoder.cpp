#include "core/torch/flashvsr/wan_decoder.h"

#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/tensor.h>

#include <cmath>

#include "core/torch/flashvsr/upsampling.h"
#include "core/torch/runtime/stage.h"

namespace videoenhance {
namespace {

constexpr auto kChannelsLast = at::MemoryFormat::ChannelsLast;
constexpr std::size_t kPast = 2;  // frames that a temporal layer looks back
constexpr double kSmallestNorm = 1e-12;

// Of the latents, as the VAE was trained.
constexpr std::array<double, 16> kMean = {-0.7571, -0.7089, -0.9113, 0.1075,  -0.1745, 0.9653,
                                          -0.1517, 1.5508,  0.4134,  -0.0715, 0.5517,  -0.3632,
                                          -0.1922, -0.9497, 0.2503,  -0.2921};
constexpr std::array<double, 16> kDeviation = {2.8184, 1.4541, 2.3275, 2.6558, 1.2196, 1.7708,
                                               2.6052, 2.0743, 3.2687, 2.1526, 2.8652, 1.5579,
                                               1.6382, 1.1253, 2.8251, 1.9160};

at::Tensor per_channel(const std::array<double, 16>& values, const at::Tensor& like) {
  return at::tensor(at::ArrayRef<double>(values), at::kFloat).view({1, 16, 1, 1}).to(like.device());
}

// Each pixel's channels brought to a root mean square of one, times gamma [1,C,1,1]; the length is float32.
at::Tensor normalise(const at::Tensor& x, const at::Tensor& gamma) {
  const at::Tensor length = at::linalg_vector_norm(x, 2, {1}, /*keepdim=*/true, c10::kFloat);
  const at::Tensor scale = std::sqrt(static_cast<double>(x.size(1))) / length.clamp_min(kSmallestNorm);
  return (x * scale.to(x.scalar_type())).mul_(gamma);
}

// The frames that a temporal layer sees: x and up to two before it, newest first. Remembers x.
std::vector<at::Tensor> look_back(DecoderState& state, int key, const at::Tensor& x) {
  auto& past = state.memory[key];
  std::vector<at::Tensor> frames = {x};
  frames.insert(frames.end(), past.begin(), past.end());
  past.assign(frames.begin(), frames.begin() + static_cast<std::ptrdiff_t>(std::min(frames.size(), kPast)));
  return frames;
}

}  // namespace

// ----------------------------------------------------------------------------------------------------
// loading

// Takes weights in the type and layout that they are used in, and numbers the layers with a memory.
class WanDecoder::Reader {
 public:
  Reader(const WanShape& shape, const TensorsByKey& tensors, c10::ScalarType type)
      : shape_(shape), tensors_(tensors), type_(type) {}

  std::uint64_t bytes() const { return bytes_; }

  at::Tensor gamma(const std::string& name) { return stored(tensor(name + ".gamma").view({1, -1, 1, 1})); }

  // A 1x1 layer, of pictures or of one frame at a time.
  Layer layer(const std::string& name) {
    return {stored(tensor(name + ".weight").flatten(1).unsqueeze(2).unsqueeze(3)),
            stored(tensor(name + ".bias"))};
  }

  TemporalLayer temporal(const std::string& name) {
    return temporal(tensor(name + ".weight"), tensor(name + ".bias"), next_key_++);
  }

  Residual residual(const std::string& name) {
    Residual block{{gamma(name + ".residual.0"), gamma(name + ".residual.3")},
                   {temporal(name + ".residual.2"), temporal(name + ".residual.6")},
                   {}};
    if (tensors_.contains(shape_.prefix + name + ".shortcut.weight"))
      block.shortcut = layer(name + ".shortcut");
    return block;
  }

  Attention attention(const std::string& name) {
    return {gamma(name + ".norm"), layer(name + ".to_qkv"), layer(name + ".proj")};
  }

  Stage stage(int index) {
    const auto name = [&](int layer) { return "decoder.upsamples." + std::to_string(4 * index + layer); };
    Stage stage;
    for (int block = 0; block < 3; ++block) stage.blocks[block] = residual(name(block));
    if (index == WanShape::kStages - 1) return stage;
    if (WanShape::doubles_time(index)) {
      const auto weights = tensor(name(3) + ".time_conv.weight").chunk(2);
      const auto biases = tensor(name(3) + ".time_conv.bias").chunk(2);
      for (int step = 0; step < 2; ++step)
        stage.steps.push_back(temporal(weights[step], biases[step], next_key_));
      ++next_key_;
    }
    const at::Tensor enlarge = tensor(name(3) + ".resample.1.weight").to(c10::kDouble);
    stage.enlarge = {stored(phase_weights(enlarge)), stored(tensor(name(3) + ".resample.1.bias"))};
    return stage;
  }

 private:
  const at::Tensor& tensor(const std::string& name) const { return tensors_.at(shape_.prefix + name); }

  // weight: [O,C,3,k,k], the oldest frame first.
  TemporalLayer temporal(const at::Tensor& weight, const at::Tensor& bias, int key) {
    const auto tap = [&](int age) { return stored(weight.select(2, 2 - age)); };
    return {{tap(0), tap(1), tap(2)}, stored(bias), key};
  }

  at::Tensor stored(const at::Tensor& weight) {
    at::Tensor result = weight.to(type_);
    if (result.dim() == 4) result = result.contiguous(kChannelsLast);
    bytes_ += result.nbytes();
    return result;
  }

  const WanShape& shape_;
  const TensorsByKey& tensors_;
  c10::ScalarType type_;
  std::uint64_t bytes_ = 0;
  int next_key_ = 0;
};

WanDecoder::WanDecoder(const WanShape& shape, const TensorsByKey& tensors, c10::ScalarType type)
    : shape_(shape), type_(type) {
  Reader reader(shape_, tensors, type_);
  unpack_ = reader.layer("conv2");
  first_ = reader.temporal("decoder.conv1");
  middle_ = {reader.residual("decoder.middle.0"), reader.residual("decoder.middle.2")};
  attention_ = reader.attention("decoder.middle.1");
  for (int index = 0; index < WanShape::kStages; ++index) stages_[index] = reader.stage(index);
  last_gamma_ = reader.gamma("decoder.head.0");
  last_ = reader.temporal("decoder.head.2");
  bytes_ = reader.bytes();
}

Result<std::shared_ptr<const LatentDecoder>> load_wan_decoder(const WeightBinder& weights, c10::Device device,
                                                              c10::ScalarType type) {
  const auto shape = WanShape::read(weights.shapes(), weights.file_name());
  if (!shape) return tl::unexpected(shape.error());
  const auto tensors = weights.take(shape->expected_shapes(), device);
  if (!tensors) return tl::unexpected(tensors.error());
  return std::make_shared<const WanDecoder>(*shape, *tensors, type);
}

// ------------------------------------------------------------------------------------------------------
// memory

// Two frames of the input of every temporal layer: 4 in the middle, 6 in each stage (the first of them with
// the stage's input channels), one that doubles the frames in two stages, the first layer and the last.
std::uint64_t WanDecoder::state_bytes(std::int64_t height, std::int64_t width) const {
  std::int64_t elements = 0;
  for (int stage = 0; stage < WanShape::kStages; ++stage) {
    const std::int64_t pixels = height * width / (64 >> (2 * stage)), channels = shape_.channels(stage);
    elements += pixels * (shape_.inputs(stage) + 5 * channels);
    if (WanShape::doubles_time(stage)) elements += pixels * channels;
    if (stage == 0) elements += pixels * (WanShape::kLatents + 4 * channels);
    if (stage == WanShape::kStages - 1) elements += pixels * channels;
  }
  return kPast * static_cast<std::uint64_t>(elements) * c10::elementSize(type_);
}

// What the CPU's allocator was seen to keep for latents: every stage asks for sizes of its own, all together
// as much as sixteen pictures of the last stage's width; besides, lengths of pixels and the frames.
std::uint64_t WanDecoder::work_bytes(std::int64_t height, std::int64_t width) const {
  constexpr std::uint64_t kPictures = 16, kLengths = 4, kFrames = 4 * 3;
  const auto elements = kPictures * static_cast<std::uint64_t>(shape_.width);
  return static_cast<std::uint64_t>(height * width) *
         (elements * c10::elementSize(type_) + (kLengths + kFrames) * sizeof(float));
}

// --------------------------------------------------------------------------------------------------------
// pictures

// A frame and each of its predecessors have a 2-D convolution of their own: no copy of three frames side by
// side, and zeros before the stream cost nothing.
at::Tensor WanDecoder::convolve(const std::vector<at::Tensor>& frames, const TemporalLayer& layer) const {
  const std::int64_t border = layer.taps[0].size(2) / 2;
  at::Tensor y = at::conv2d(frames[0], layer.taps[0], layer.bias, 1, border);
  for (std::size_t age = 1; age < frames.size(); ++age)
    y.add_(at::conv2d(frames[age], layer.taps[age], {}, 1, border));
  return y;
}

at::Tensor WanDecoder::convolve(DecoderState& state, const TemporalLayer& layer, const at::Tensor& x) const {
  return convolve(look_back(state, layer.key, x), layer);
}

at::Tensor WanDecoder::residual(DecoderState& state, const Residual& block, const at::Tensor& x) const {
  at::Tensor y = convolve(state, block.layers[0], at::silu(normalise(x, block.gammas[0])));
  y = convolve(state, block.layers[1], at::silu(normalise(y, block.gammas[1])));
  const Layer& shortcut = block.shortcut;
  return y.add_(shortcut.weight.defined() ? at::conv2d(x, shortcut.weight, shortcut.bias) : x);
}

// A single head over all pixels of the frame, without a matrix of pixels by pixels.
at::Tensor WanDecoder::attend(const Attention& attention, const at::Tensor& x) const {
  const at::Tensor qkv = at::conv2d(normalise(x, attention.gamma), attention.qkv.weight, attention.qkv.bias);
  const auto parts = qkv.flatten(2).transpose(1, 2).unsqueeze(1).chunk(3, 3);  // [1,1,pixels,C]
  const at::Tensor y = at::scaled_dot_product_attention(parts[0], parts[1], parts[2]);
  const at::Tensor picture = y.squeeze(1).transpose(1, 2).reshape(x.sizes());
  return at::conv2d(picture, attention.projection.weight, attention.projection.bias).add_(x);
}

at::Tensor WanDecoder::picture(DecoderState& state, const at::Tensor& x) const {
  const at::Tensor y = convolve(state, last_, at::silu(normalise(x, last_gamma_)));
  return y.clamp(-1, 1);
}

// Depth first: each frame goes through all later stages before the next one, so that little waits. A stream's
// first latent is one frame throughout.
void WanDecoder::run_stage(std::size_t index, DecoderState& state, at::Tensor x,
                           DecodedFrames& frames) const {
  const Stage& stage = stages_[index];
  for (const auto& block : stage.blocks) x = residual(state, block, x);
  if (index + 1 == stages_.size()) return frames.add(picture(state, x));
  const auto go_on = [&](const at::Tensor& frame) {
    run_stage(index + 1, state, upsample_convolve(frame, stage.enlarge.weight, stage.enlarge.bias), frames);
  };
  if (stage.steps.empty() || !state.started) return go_on(x);
  const auto seen = look_back(state, stage.steps[0].key, x);
  for (const auto& step : stage.steps) go_on(convolve(seen, step));
}

at::Tensor WanDecoder::decode(DecoderState& state, const at::Tensor& latent, const at::Tensor&) const {
  const StageScope stage("decoder");
  TORCH_CHECK_VALUE(latent.dim() == 4 && latent.size(0) == WanShape::kLatents && latent.size(1) > 0,
                    "latents [16,f,H/8,W/8] are needed, these are ", latent.sizes());
  const at::Tensor deviation = per_channel(kDeviation, latent), mean = per_channel(kMean, latent);
  DecodedFrames frames(latent, state.started);
  for (std::int64_t i = 0; i < latent.size(1); ++i) {
    const at::Tensor z = latent.select(1, i).unsqueeze(0) * deviation + mean;
    at::Tensor x = at::conv2d(z.to(type_).contiguous(kChannelsLast), unpack_.weight, unpack_.bias);
    x = residual(state, middle_[0], convolve(state, first_, x));
    x = residual(state, middle_[1], attend(attention_, x));
    run_stage(0, state, x, frames);
    state.started = true;
  }
  return frames.tensor();
}

}  // namespace videoenhance
