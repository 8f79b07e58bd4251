// Reader of what torch.save writes since PyTorch 1.6, and of TorchScript: zip archives of a pickle and
// storages.
#pragma once

#include "core/weights/weight_contents.h"

namespace videoenhance {

// Whether the bytes begin as a zip archive does.
bool is_torch_archive(Bytes file);

Read<WeightContents> read_torch_archive(Bytes file);

}  // namespace videoenhance
