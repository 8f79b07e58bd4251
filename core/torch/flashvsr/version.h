// v1 and v1.1 have files of equal names and shapes (section C of the FlashVSR notes).
#pragma once

#include <filesystem>
#include <optional>

#include "core/engine/engine.h"
#include "core/weights/weight_file.h"

namespace videoenhance {

// Asks, in this order: the metadata "version" of the transformer's file, the checksum of the projector's file
// (of files of the published size only), the folder's or file's own name ("…v1.1…", "…v1…"). Nothing where
// none of them tells.
std::optional<FlashVsrOptions::Version> recognise_version(const WeightFile& transformer,
                                                          const std::filesystem::path& projector);

// "v1" or "v1.1".
const char* version_name(FlashVsrOptions::Version version);

}  // namespace videoenhance
