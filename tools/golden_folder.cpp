#include "tools/golden_folder.h"

#include <cstring>
#include <fstream>
#include <sstream>

#include "core/weights/weight_file.h"

namespace videoenhance {
namespace {

namespace fs = std::filesystem;

template <typename Byte, typename Pictures>
BasicFrame<Byte> frame_of(Pictures& pictures, std::size_t index) {
  BasicFrame<Byte> frame;
  frame.height = static_cast<int>(pictures.shape[2]);
  frame.width = static_cast<int>(pictures.shape[3]);
  frame.type = SampleType::kFloat32;
  for (std::size_t channel = 0; channel < 3; ++channel) {
    auto* plane = pictures.data.data() + (3 * index + channel) * frame.height * frame.width;
    frame.components[channel] = {reinterpret_cast<Byte*>(plane),
                                 static_cast<std::ptrdiff_t>(frame.width * sizeof(float)), sizeof(float)};
  }
  return frame;
}

bool is_row_major(const TensorView& view) {
  std::int64_t step = 1;
  for (std::size_t i = view.shape.size(); i-- > 0;) {
    if (view.shape[i] != 1 && view.strides[i] != step) return false;
    step *= view.shape[i];
  }
  return true;
}

}  // namespace

std::string Manifest::model() const {
  return fields.value("model", "");
}

Result<Manifest> read_manifest(const fs::path& folder) {
  const fs::path path = folder / "manifest.json";
  std::ifstream file(path);
  if (!file) {
    return fail(
        ErrorKind::kNotFound,
        path.string() + " cannot be read: give a folder that an oracle's golden command has written.");
  }
  std::stringstream text;
  text << file.rdbuf();
  auto fields = nlohmann::json::parse(text.str(), nullptr, /*allow_exceptions=*/false);
  if (!fields.is_object() || !fields.contains("model") || !fields["model"].is_string()) {
    return fail(ErrorKind::kBadModel,
                path.string() + " is no manifest: a JSON object with a \"model\" is expected.");
  }
  return Manifest{folder, std::move(fields)};
}

Result<Values> read_values(const fs::path& folder, const std::string& file, const std::string& name) {
  const fs::path path = folder / (file + ".safetensors");
  const auto weights = WeightFile::open(path);
  if (!weights) return tl::unexpected(weights.error());
  const auto entry = weights->tensors().find(name);
  if (entry == weights->tensors().end() || entry->second.type != DataType::kFloat32 ||
      !is_row_major(entry->second)) {
    return fail(ErrorKind::kBadModel, path.string() + " holds no float32 tensor named \"" + name + "\".");
  }
  const TensorView& view = entry->second;
  Values values{view.shape, std::vector<float>(view.extent / sizeof(float))};
  if (view.extent > 0) std::memcpy(values.data.data(), view.data, view.extent);
  return values;
}

Status write_values(const fs::path& path, const std::string& name, const Values& values) {
  const std::uint64_t bytes = values.data.size() * sizeof(float);
  const nlohmann::json header = {
      {name, {{"dtype", "F32"}, {"shape", values.shape}, {"data_offsets", {0, bytes}}}}};
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const std::uint64_t length = text.size();
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(&length), sizeof length);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.write(reinterpret_cast<const char*>(values.data.data()), static_cast<std::streamsize>(bytes));
  file.close();
  if (!file) return fail(ErrorKind::kUnreadable, path.string() + " cannot be written.");
  return {};
}

FrameView view_of(const Values& pictures, std::size_t index) {
  return frame_of<const std::byte>(pictures, index);
}
FrameSpan span_of(Values& pictures, std::size_t index) {
  return frame_of<std::byte>(pictures, index);
}

}  // namespace videoenhance
