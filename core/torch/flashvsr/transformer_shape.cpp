#include <charconv>

#include "core/torch/flashvsr/transformer.h"

namespace videoenhance {
namespace {

constexpr std::int64_t kLargestWidth = 65536;
constexpr int kMostLayers = 1000;

tl::unexpected<Error> refuse(const std::string& file, const std::string& why, const std::string& detail) {
  return fail(ErrorKind::kBadModel, "The weights " + file + " cannot be used: " + why + ".", detail);
}

// 0 if the key is missing or the size makes no sense.
int size_of(const ShapesByKey& shapes, const std::string& key, std::size_t axis) {
  const auto entry = shapes.find(key);
  if (entry == shapes.end() || entry->second.size() <= axis) return 0;
  const std::int64_t size = entry->second[axis];
  return size >= 1 && size <= kLargestWidth ? static_cast<int>(size) : 0;
}

// One more than the highest index of "blocks.INDEX.…", so that a gap shows as a missing key.
int count_layers(const ShapesByKey& shapes) {
  constexpr std::string_view kPrefix = "blocks.";
  int layers = 0;
  for (const auto& [key, shape] : shapes) {
    int index = 0;
    if (!key.starts_with(kPrefix)) continue;
    const auto [end, error] = std::from_chars(key.data() + kPrefix.size(), key.data() + key.size(), index);
    if (error == std::errc() && *end == '.' && index >= 0 && index < kMostLayers)
      layers = std::max(layers, index + 1);
  }
  return layers;
}

void add_linear(ShapesByKey& shapes, const std::string& key, std::int64_t outputs, std::int64_t inputs) {
  shapes[key + ".weight"] = {outputs, inputs};
  shapes[key + ".bias"] = {outputs};
}

void add_block(ShapesByKey& shapes, const std::string& name, std::int64_t dim, std::int64_t ffn) {
  for (const std::string attention : {".self_attn", ".cross_attn"}) {
    for (const std::string layer : {".q", ".k", ".v", ".o"})
      add_linear(shapes, name + attention + layer, dim, dim);
    shapes[name + attention + ".norm_q.weight"] = {dim};
    shapes[name + attention + ".norm_k.weight"] = {dim};
  }
  shapes[name + ".norm3.weight"] = {dim};
  shapes[name + ".norm3.bias"] = {dim};
  add_linear(shapes, name + ".ffn.0", ffn, dim);
  add_linear(shapes, name + ".ffn.2", dim, ffn);
  shapes[name + ".modulation"] = {1, 6, dim};
}

// Of patch_embedding.weight [dim,16,1,2,2].
Status check_patches(const Shape& patches, const std::string& file) {
  const std::string detail = "patch_embedding.weight " + shape_text(patches);
  if (patches[1] != TransformerShape::kLatentChannels) {
    return refuse(file,
                  "patch_embedding.weight wants latents of " + std::to_string(patches[1]) +
                      " channels, and only those of the Wan 2.1 VAE, which have 16, can be decoded",
                  detail);
  }
  if (patches[2] != 1 || patches[3] != 2 || patches[4] != 2)
    return refuse(file, "patch_embedding.weight has patches of another size than 1 x 2 x 2", detail);
  if (patches[0] < 1 || patches[0] > kLargestWidth || patches[0] % TransformerShape::kHeadWidth != 0)
    return refuse(file, "patch_embedding.weight has a width that is no multiple of 128", detail);
  return {};
}

}  // namespace

Result<TransformerShape> TransformerShape::read(const ShapesByKey& shapes, const std::string& file) {
  const auto patches = shapes.find("patch_embedding.weight");
  const int layers = count_layers(shapes);
  if (patches == shapes.end() || patches->second.size() != 5 || layers == 0) {
    return fail(
        ErrorKind::kBadModel, "The weights " + file + " are not a FlashVSR transformer.",
        "patch_embedding.weight or blocks missing among " + std::to_string(shapes.size()) + " tensors");
  }
  if (const auto status = check_patches(patches->second, file); !status)
    return tl::unexpected(status.error());
  TransformerShape shape;
  shape.dim = static_cast<int>(patches->second[0]);
  shape.layers = layers;
  const auto read = [&](int& size, const std::string& key, std::size_t axis) -> Status {
    size = size_of(shapes, key, axis);
    if (size == 0) return refuse(file, key + " is missing or has no sensible shape", key);
    return {};
  };
  if (const auto status = read(shape.ffn, "blocks.0.ffn.0.weight", 0); !status)
    return tl::unexpected(status.error());
  if (const auto status = read(shape.text_dim, "text_embedding.0.weight", 1); !status)
    return tl::unexpected(status.error());
  if (const auto status = read(shape.freq_dim, "time_embedding.0.weight", 1); !status)
    return tl::unexpected(status.error());
  if (shape.freq_dim % 2 != 0) {  // cosines and sines in pairs
    const std::string key = "time_embedding.0.weight";
    return refuse(file, key + " has an odd number of inputs", key);
  }
  return shape;
}

ShapesByKey TransformerShape::expected_shapes() const {
  ShapesByKey shapes;
  shapes["patch_embedding.weight"] = {dim, kLatentChannels, 1, 2, 2};
  shapes["patch_embedding.bias"] = {dim};
  add_linear(shapes, "text_embedding.0", dim, text_dim);
  add_linear(shapes, "text_embedding.2", dim, dim);
  add_linear(shapes, "time_embedding.0", dim, freq_dim);
  add_linear(shapes, "time_embedding.2", dim, dim);
  add_linear(shapes, "time_projection.1", 6 * dim, dim);
  for (int index = 0; index < layers; ++index) add_block(shapes, "blocks." + std::to_string(index), dim, ffn);
  add_linear(shapes, "head.head", 4 * kLatentChannels, dim);
  shapes["head.modulation"] = {1, 2, dim};
  return shapes;
}

}  // namespace videoenhance
