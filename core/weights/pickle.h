// Reader of Python pickles, protocols 2 to 5, as far as PyTorch and training programs write them.
#pragma once

#include "core/weights/byte_reader.h"
#include "core/weights/pickle_values.h"
#include "core/weights/refusal.h"

namespace videoenhance {

// Reads one pickle and leaves `bytes` behind it. Runs in time and memory linear in the pickle's length and
// within fixed bounds. Refuses what is cut off, damaged, too large or made of instructions that no such file
// has.
Read<PickleValues> read_pickle(ByteReader& bytes);

}  // namespace videoenhance
