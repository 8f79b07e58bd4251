#include "benchmarks/bench_options.h"

namespace videoenhance {

Result<BenchResult> bench_pipeline(const BenchOptions&) {
  return fail(ErrorKind::kBadSettings, "This benchmark was built without GStreamer: use --what core.");
}

}  // namespace videoenhance
