// Runs the model of a golden folder on the folder's inputs, through the engine of the elements.
#pragma once

#include "core/engine/engine.h"
#include "tools/golden_folder.h"

namespace videoenhance {

struct RunOptions {
  EngineOptions engine;  // device and precision; the rest comes from the manifest
  unsigned repeat = 1;
};

struct Outcome {
  Values result;
  std::string name;  // of the result's tensor
  std::string detected;
  double seconds = 0;  // median of the runs
};

// Asks the manifest which kind of model it is. Errors: kBadSettings for kinds that this version has no engine
// for, and those of the run.
Result<Outcome> run_golden(const Manifest& manifest, const RunOptions& options);

// A pair of frames and the one between. The manifest says how: "t", "ensemble", "scale" or "flow_scale", "steps".
Result<Outcome> run_pair(const Manifest& manifest, const RunOptions& options);

// A clip, frame by frame, and as many frames out; "oracle" in the manifest has the settings.
Result<Outcome> run_clip(const Manifest& manifest, const RunOptions& options);

// Makes the engine of the module and configures it for frames of this size in and out.
Result<std::unique_ptr<TemporalEngine>> make_engine(const EngineOptions& options, int width, int height);

}  // namespace videoenhance
