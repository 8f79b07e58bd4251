// Reader of safetensors: header length (64 bits), a JSON object, the tensors' bytes.
#pragma once

#include "core/weights/weight_contents.h"

namespace videoenhance {

// Whether the bytes begin as a safetensors file does. The header's length may still be nonsense.
bool is_safetensors(Bytes file);

Read<WeightContents> read_safetensors(Bytes file);

}  // namespace videoenhance
