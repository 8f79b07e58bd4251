// What a TorchScript module cannot say of itself: the declaration that lies beside it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/engine/result.h"

namespace videoenhance {

// Of "model.pt" it is the JSON object in "model.pt.json", with these four entries and no others:
//   "name"      text                  what the element shows as its model
//   "range"     [0, 1], [-1, 1] or [0, 255]   values of black and white, in and out
//   "multiple"  1 to 1024             sides of the pictures that the module is given are multiples of it
//   "time"      how the module is told the time, from 0 to 1, after both pictures:
//                 "none"              not at all: it draws the middle
//                 "number"            a float
//                 "map"               a tensor [1,1,H,W] as large as the pictures, filled with it
//                 [1] to [1,1,1,1]    a tensor of this shape
// Nobody should run a module's program unasked: the declaration is also the permission.
struct ScriptDeclaration {
  enum class Time { kNone, kNumber, kMap, kTensor };

  std::string name;
  double black = 0;
  double white = 1;
  std::int64_t multiple = 1;
  Time time = Time::kNone;
  std::vector<std::int64_t> time_shape = {};  // of Time::kTensor

  static std::filesystem::path path_of(const std::filesystem::path& module);

  // Errors: kBadModel, naming file and key: no such file, no JSON, an entry that is missing, unknown or
  // wrong. kUnreadable.
  static Result<ScriptDeclaration> of(const std::filesystem::path& module);
};

}  // namespace videoenhance
