#include "core/torch/interpolation/tlbvfi_architecture.h"

#include <algorithm>

namespace videoenhance {
namespace {

using Size = std::int64_t;

constexpr Size kWindow = 8;

// Collects the shapes of layers under their names.
class Shapes {
 public:
  void weight(const std::string& name, Shape shape) { shapes_[name + ".weight"] = std::move(shape); }
  void layer(const std::string& name, Shape shape) {
    shapes_[name + ".bias"] = {shape[0]};
    weight(name, std::move(shape));
  }
  void norm(const std::string& name, Size width) { layer(name, {width}); }
  void conv2d(const std::string& name, Size out, Size in, Size side = 3) {
    layer(name, {out, in, side, side});
  }
  void conv3d(const std::string& name, Size out, Size in, Size side = 3) {
    layer(name, {out, in, side, side, side});
  }
  void deconvolution(const std::string& name, Size in, Size out) {
    weight(name, {in, out, 4, 4});
    shapes_[name + ".bias"] = {out};
  }
  void conv_prelu(const std::string& name, int index, Size out, Size in, Size side) {
    conv2d(name + "." + std::to_string(index), out, in, side);
    weight(name + "." + std::to_string(index + 1), {out});
  }

  void residual2d(const std::string& name, Size in, Size out) {
    norm(name + ".norm1", in);
    conv2d(name + ".conv1", out, in);
    norm(name + ".norm2", out);
    conv2d(name + ".conv2", out, out);
    if (in != out) conv2d(name + ".nin_shortcut", out, in, 1);
  }
  // frames: what the shortcut sees at once.
  void residual3d(const std::string& name, Size width, Size frames) {
    norm(name + ".norm1", width);
    conv3d(name + ".conv1", width, width);
    norm(name + ".norm2", width);
    conv3d(name + ".conv2", width, width);
    layer(name + ".nin_shortcut", {width, width, frames, 1, 1});
  }
  // Two residual blocks and attention between them. frames: of the second block's shortcut.
  void middle(const std::string& name, Size width, Size frames) {
    residual3d(name + ".block_1", width, 1);
    norm(name + ".attn_1.norm", width);
    for (const char* part : {".q", ".k", ".v", ".proj_out"}) conv3d(name + ".attn_1" + part, width, width, 1);
    residual3d(name + ".block_2", width, frames);
  }
  void window_attention(const std::string& name, Size width) {
    for (const std::string kind : {"block", "grid"}) {
      const std::string attention = name + ".attn_" + kind, mlp = name + ".ff_" + kind;
      norm(attention + ".norm", width);
      for (const char* part : {"to_q", "to_k", "to_v", "to_out.0"})
        weight(attention + ".fn." + part, {width, width});
      weight(attention + ".fn.rel_pos_bias", {(2 * kWindow - 1) * (2 * kWindow - 1), 1});
      norm(mlp + ".norm", width);
      layer(mlp + ".fn.net.0", {4 * width, width});
      layer(mlp + ".fn.net.3", {width, 4 * width});
    }
  }
  void batch_norm(const std::string& name, Size width) {
    norm(name, width);
    shapes_[name + ".running_mean"] = shapes_[name + ".running_var"] = {width};
  }
  void mbconv(const std::string& name, Size in, Size out) {
    const Size hidden = 4 * out;
    conv2d(name + ".0", hidden, in, 1);
    batch_norm(name + ".1", hidden);
    conv2d(name + ".3", hidden, 1);
    batch_norm(name + ".4", hidden);
    weight(name + ".6.gate.1", {out, hidden});
    weight(name + ".6.gate.3", {hidden, out});
    conv2d(name + ".7", out, hidden, 1);
    batch_norm(name + ".8", out);
  }
  void denoiser_block(const std::string& name, Size in, Size out, Size time) {
    norm(name + ".in_layers.0", in);
    conv3d(name + ".in_layers.2", out, in);
    layer(name + ".emb_layers.1", {2 * out, time});
    norm(name + ".out_layers.0", out);
    conv3d(name + ".out_layers.3", out, out);
    if (in != out) conv3d(name + ".skip_connection", out, in, 1);
  }
  void denoiser_attention(const std::string& name, Size width) {
    norm(name + ".norm", width);
    layer(name + ".qkv", {3 * width, width, 1});
    layer(name + ".proj_out", {width, width, 1});
  }

  ShapesByKey take() { return std::move(shapes_); }

 private:
  ShapesByKey shapes_;
};

void add_encoder(Shapes& shapes, const TlbvfiArchitecture& arch) {
  const std::string name = "vqgan.encoder";
  const Size width = arch.widths.back(), frequency = arch.frequency_width;
  shapes.conv2d(name + ".conv_in", arch.widths[0], 3);
  for (int level = 0; level < TlbvfiArchitecture::kLevels; ++level) {
    const std::string stage = name + ".down." + std::to_string(level);
    shapes.residual2d(stage + ".block.0", arch.widths[level], arch.widths[level + 1]);
    if (level + 1 == TlbvfiArchitecture::kLevels) shapes.window_attention(stage + ".attn.0", width);
    shapes.conv2d(stage + ".downsample.conv", arch.widths[level + 1], arch.widths[level + 1]);
  }
  shapes.conv2d(name + ".frequency_extractor.conv_in", frequency, 21);
  for (int index = 0; index < 2; ++index) {
    const std::string block = name + ".frequency_extractor.Blocks." + std::to_string(index);
    const Size out = index == 0 ? frequency : width;
    shapes.norm(block + ".norm1", frequency);
    shapes.conv2d(block + ".conv1", out, frequency, 5);
    shapes.norm(block + ".norm2", out);
    shapes.conv2d(block + ".conv2", out, out, 5);
    shapes.conv2d(block + ".shortcut", out, frequency, 5);
  }
  shapes.middle(name + ".mid", width, 1);
  shapes.norm(name + ".norm_out", width);
  shapes.conv3d(name + ".conv_out", TlbvfiArchitecture::kLatents, width);
  shapes.conv2d("vqgan.quant_conv", TlbvfiArchitecture::kLatents, TlbvfiArchitecture::kLatents, 1);
}

void add_flow(Shapes& shapes, const TlbvfiArchitecture& arch) {
  for (int index = 0; index < 3; ++index) {
    const std::string block = "vqgan.decoder.flownet.block" + std::to_string(index);
    const Size width = arch.flow_widths[index];
    shapes.conv_prelu(block + ".conv0.0", 0, width / 2, index == 0 ? 6 : 10, 3);
    shapes.conv_prelu(block + ".conv0.1", 0, width, width / 2, 3);
    for (int layer = 0; layer < 8; ++layer)
      shapes.conv_prelu(block + ".convblock." + std::to_string(layer), 0, width, width, 3);
    shapes.deconvolution(block + ".conv1", width, 4);
  }
}

void add_refinement(Shapes& shapes, const TlbvfiArchitecture& arch) {
  for (int level = 0; level < TlbvfiArchitecture::kFlowLevels; ++level) {
    const std::string block = "vqgan.decoder.refinenet.rf_block" + std::to_string(level + 1);
    const Size width = arch.widths[level];
    shapes.conv_prelu(block + ".occl_convs", 0, width, 2 * width, 1);
    shapes.conv_prelu(block + ".occl_convs", 2, width, width, 1);
    shapes.conv2d(block + ".occl_convs.4", 1, width, 1);
    shapes.conv_prelu(block + ".corr_convs", 0, width, 9, 1);
    shapes.conv_prelu(block + ".corr_convs", 2, width, width, 1);
    shapes.conv_prelu(block + ".flow_convs", 0, width, 2, 3);
    shapes.conv_prelu(block + ".flow_convs", 2, width, width, 3);
    shapes.conv_prelu(block + ".motion_convs", 0, width, 2 * width, 3);
    shapes.conv_prelu(block + ".gru", 0, width, 3 * width + 2, 3);
    shapes.conv_prelu(block + ".gru", 2, width, width, 3);
    shapes.conv_prelu(block + ".flow_head", 0, width, width, 3);
    shapes.conv2d(block + ".flow_head.2", 2, width);
  }
}

void add_decoder(Shapes& shapes, const TlbvfiArchitecture& arch) {
  const std::string name = "vqgan.decoder";
  const Size width = arch.widths.back(), latents = TlbvfiArchitecture::kLatents;
  shapes.weight("vqgan.quantize.embedding", {arch.codes, latents});
  shapes.conv2d("vqgan.post_quant_conv", latents, latents, 1);
  shapes.conv3d(name + ".conv_in", width, latents);
  shapes.middle(name + ".mid", width, 3);
  for (int level = TlbvfiArchitecture::kLevels - 1; level >= 0; --level) {
    const std::string stage = name + ".up." + std::to_string(level);
    const Size in = arch.widths[std::min(level + 2, TlbvfiArchitecture::kLevels)],
               out = arch.widths[level + 1];
    shapes.residual2d(stage + ".block.0", in, out);
    if (level + 1 == TlbvfiArchitecture::kLevels) shapes.window_attention(stage + ".attn.0", out);
    shapes.mbconv(stage + ".cross_attn.proj_in", arch.context(level), out);
    shapes.window_attention(stage + ".cross_attn", out);
    shapes.conv2d(stage + ".upsample.conv", out, out);
  }
  const auto& head = arch.head_widths;
  shapes.norm(name + ".norm_out", arch.widths[1]);
  shapes.conv2d(name + ".conv_out", head[0], arch.widths[1]);
  shapes.conv2d(name + ".moduleout.0", head[1], head[0]);
  shapes.norm(name + ".moduleout.1", head[1]);
  shapes.conv2d(name + ".moduleout.3", head[2], head[1]);
  shapes.norm(name + ".moduleout.4", head[2]);
  shapes.conv2d(name + ".moduleout.6", 4, head[2]);
}

void add_denoiser(Shapes& shapes, const TlbvfiArchitecture& arch) {
  const std::string name = "denoise_fn";
  const Size width = arch.denoiser_width, time = arch.time_width;
  shapes.layer(name + ".time_embed.0", {time, width});
  shapes.layer(name + ".time_embed.2", {time, time});
  shapes.conv3d(name + ".input_blocks.0.0", width, 2 * TlbvfiArchitecture::kLatents);
  for (int index = 1; index < 6; ++index) {
    const std::string block = name + ".input_blocks." + std::to_string(index);
    shapes.denoiser_block(block + ".0", width, width, time);
    if (index == 3 || index == 5) shapes.denoiser_attention(block + ".1", width);
  }
  shapes.denoiser_block(name + ".middle_block.0", width, width, time);
  shapes.denoiser_attention(name + ".middle_block.1", width);
  shapes.denoiser_block(name + ".middle_block.2", width, width, time);
  for (int index = 0; index < 6; ++index) {
    const std::string block = name + ".output_blocks." + std::to_string(index);
    shapes.denoiser_block(block + ".0", 2 * width, width, time);
    if (index < 4) shapes.denoiser_attention(block + ".1", width);
    if (index == 1 || index == 3) shapes.denoiser_block(block + ".2", width, width, time);
  }
  shapes.norm(name + ".out.0", width);
  shapes.conv3d(name + ".out.2", TlbvfiArchitecture::kLatents, width);
}

}  // namespace

ShapesByKey TlbvfiArchitecture::expected_shapes() const {
  Shapes shapes;
  add_encoder(shapes, *this);
  add_flow(shapes, *this);
  add_refinement(shapes, *this);
  add_decoder(shapes, *this);
  add_denoiser(shapes, *this);
  return shapes.take();
}

bool TlbvfiArchitecture::recognises(const ShapesByKey& shapes) {
  return std::any_of(shapes.begin(), shapes.end(), [](const auto& entry) {
    const std::string& key = entry.first;
    return key.starts_with("vqgan.") || key.starts_with("denoise_fn.") ||
           key.find("quantize.embedding.weight") != std::string::npos;
  });
}

Result<TlbvfiArchitecture> TlbvfiArchitecture::read(const ShapesByKey& shapes, const std::string& file) {
  TlbvfiArchitecture arch;
  std::string trouble;
  // The number of outputs of a layer, which a normalisation divides into groups.
  const auto outputs = [&](const std::string& name, Size groups) -> Size {
    const std::string key = name + ".weight";
    const auto entry = shapes.find(key);
    if (!trouble.empty()) return 0;
    if (entry == shapes.end() || entry->second.empty()) {
      trouble = key + " is missing";
    } else if (entry->second[0] < 1 || entry->second[0] > 65536 || entry->second[0] % groups != 0) {
      trouble = key + " has " + std::to_string(entry->second[0]) + " outputs, no multiple of " +
                std::to_string(groups);
    } else {
      return entry->second[0];
    }
    return 0;
  };
  const std::string encoder = "vqgan.encoder.", decoder = "vqgan.decoder.";
  arch.widths[0] = outputs(encoder + "conv_in", 4);
  for (int level = 0; level < kLevels; ++level)
    arch.widths[level + 1] = outputs(encoder + "down." + std::to_string(level) + ".block.0.conv1", 4);
  arch.frequency_width = outputs(encoder + "frequency_extractor.conv_in", 4);
  for (int index = 0; index < 3; ++index)
    arch.flow_widths[index] = outputs(decoder + "flownet.block" + std::to_string(index) + ".conv0.1.0", 2);
  arch.head_widths = {outputs(decoder + "conv_out", 1), outputs(decoder + "moduleout.0", 16),
                      outputs(decoder + "moduleout.3", 8)};
  arch.codes = outputs("vqgan.quantize.embedding", 1);
  arch.denoiser_width = outputs("denoise_fn.input_blocks.0.0", 32);
  arch.time_width = outputs("denoise_fn.time_embed.0", 1);
  if (trouble.empty()) return arch;
  const bool autoencoder_alone = shapes.contains("state_dict.quantize.embedding.weight");
  return fail(
      ErrorKind::kBadModel,
      autoencoder_alone
          ? "The weights " + file + " hold TLBVFI's autoencoder alone: use vimeo_unet.pth, the whole model."
          : "The weights " + file + " are not a complete TLBVFI model: " + trouble + ".");
}

}  // namespace videoenhance
