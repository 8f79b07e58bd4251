// Reader of what torch.save wrote before PyTorch 1.6: five pickles, then the storages.
#pragma once

#include "core/weights/weight_contents.h"

namespace videoenhance {

// Whether the bytes begin as a pickle of any kind does.
bool is_torch_legacy(Bytes file);

Read<WeightContents> read_torch_legacy(Bytes file);

}  // namespace videoenhance
