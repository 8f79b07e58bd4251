#include "core/torch/interpolation/script_declaration.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/weights/refusal.h"

namespace videoenhance {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using Time = ScriptDeclaration::Time;

constexpr std::uintmax_t kLargestFile = 1 << 16;  // bytes
constexpr std::size_t kLongestName = 64;          // bytes
constexpr std::size_t kMostDimensions = 4;
constexpr std::array kKeys = {"name", "range", "multiple", "time"};

Read<std::string> name_in(const Json& value) {
  constexpr auto is_control = [](char byte) {
    return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F;
  };
  const std::string name = value.is_string() ? value.get<std::string>() : "";
  if (name.empty() || name.size() > kLongestName || std::ranges::any_of(name, is_control))
    return refuse("must be a text of 1 to 64 bytes");
  return name;
}

Read<std::pair<double, double>> range_in(const Json& value) {
  for (const auto& [black, white] : {std::pair{0, 1}, {-1, 1}, {0, 255}}) {
    if (value == Json{black, white}) return std::pair<double, double>{black, white};
  }
  return refuse("must be [0, 1], [-1, 1] or [0, 255]");
}

Read<std::int64_t> multiple_in(const Json& value) {
  const auto multiple = value.is_number_unsigned() ? value.get<std::uint64_t>() : 0;
  if (multiple < 1 || multiple > 1024) return refuse("must be a whole number from 1 to 1024");
  return static_cast<std::int64_t>(multiple);
}

Read<std::pair<Time, std::vector<std::int64_t>>> time_in(const Json& value) {
  if (value == "none") return std::pair{Time::kNone, std::vector<std::int64_t>()};
  if (value == "number") return std::pair{Time::kNumber, std::vector<std::int64_t>()};
  if (value == "map") return std::pair{Time::kMap, std::vector<std::int64_t>()};
  const bool is_shape = value.is_array() && !value.empty() && value.size() <= kMostDimensions &&
                        std::ranges::all_of(value, [](const Json& size) { return size == 1; });
  if (is_shape) return std::pair{Time::kTensor, value.get<std::vector<std::int64_t>>()};
  return refuse("must be \"none\", \"number\", \"map\", or the shape of a tensor from [1] to [1, 1, 1, 1]");
}

// The value of an entry, put where it belongs.
template <typename T, typename Target>
Read<void> take(const Json& entries, const char* key, Read<T> (*value_in)(const Json&), Target&& target) {
  const auto entry = entries.find(key);
  if (entry == entries.end()) return refuse(std::string("lacks \"") + key + "\"");
  auto value = value_in(*entry);
  if (!value)
    return refuse(std::string("is wrong: \"") + key + "\" " + value.error().reason, in_quotes(entry->dump()));
  target = std::move(*value);
  return {};
}

Read<ScriptDeclaration> parse(const std::string& text) {
  const Json entries = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!entries.is_object()) return refuse("is no JSON object");
  for (const auto& [key, value] : entries.items()) {
    if (std::ranges::find(kKeys, key) == kKeys.end())
      return refuse("has an unknown entry " + in_quotes(key) + ": there are name, range, multiple and time");
  }
  ScriptDeclaration result;
  Read<void> taken = take(entries, "name", name_in, result.name);
  if (taken) taken = take(entries, "range", range_in, std::tie(result.black, result.white));
  if (taken) taken = take(entries, "multiple", multiple_in, result.multiple);
  if (taken) taken = take(entries, "time", time_in, std::tie(result.time, result.time_shape));
  if (!taken) return tl::unexpected(taken.error());
  return result;
}

}  // namespace

fs::path ScriptDeclaration::path_of(const fs::path& module) {
  return module.native() + ".json";
}

Result<ScriptDeclaration> ScriptDeclaration::of(const fs::path& module) {
  const fs::path path = path_of(module);
  const std::string file = in_quotes(path.filename().native());
  std::error_code error;
  const auto status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) {
    return fail(
        ErrorKind::kBadModel,
        in_quotes(module.filename().native()) +
            " is a TorchScript module of an unknown network, and using it means running the program in "
            "it: if you trust it, describe it in a file " +
            file + " beside it.",
        path.string());
  }
  const bool readable = fs::is_regular_file(status) && fs::file_size(path, error) <= kLargestFile && !error;
  std::ifstream stream;
  if (readable) stream.open(path, std::ios::binary);
  if (!stream.is_open()) {
    return fail(ErrorKind::kUnreadable,
                "The declaration " + file + " cannot be read: it must be a readable file of at most 64 KiB.",
                path.string());
  }
  auto declaration = parse({std::istreambuf_iterator<char>(stream), {}});
  if (!declaration) {
    const auto& [reason, detail] = declaration.error();
    return fail(ErrorKind::kBadModel, "The declaration " + file + " " + reason + ".",
                path.string() + (detail.empty() ? "" : ": " + detail));
  }
  return *declaration;
}

}  // namespace videoenhance
