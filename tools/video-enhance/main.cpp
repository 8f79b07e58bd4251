// video-enhance: the elements for those who do not know GStreamer. docs/video-enhance.md.
#include <iostream>

#include "tools/video-enhance/compare.h"
#include "tools/video-enhance/doctor.h"
#include "tools/video-enhance/enhance.h"
#include "tools/video-enhance/find_plugin.h"
#include "tools/video-enhance/interrupt.h"
#include "tools/video-enhance/models.h"
#include "tools/video-enhance/preview.h"

namespace videoenhance {
namespace {

Outcome<void> run(const Options& options, Progress& progress) {
  if (options.command == Command::kModels) return list_models(options.json);
  if (options.command == Command::kDoctor) return examine(options.json);
  if (options.compare) return compare(options, progress);
  return options.preview.empty() ? enhance(options, progress) : preview(options, progress);
}

int end_with(const Failure& failure, bool json) {
  if (failure.code == ExitCode::kDone) {
    std::cout << failure.sentence << '\n';
  } else {
    Progress(json).failure(failure);
  }
  return static_cast<int>(failure.code);
}

int main_without_exceptions(int argc, char** argv) {
  const auto options = parse_options(argc, argv);
  if (!options) return end_with(options.error(), false);
  catch_interrupts();
  find_plugin();
  Progress progress(options->json);
  const auto done = run(*options, progress);
  if (done) return 0;
  progress.failure(done.error());
  return static_cast<int>(done.error().code);
}

}  // namespace
}  // namespace videoenhance

int main(int argc, char** argv) {
  try {
    return videoenhance::main_without_exceptions(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "video-enhance: " << error.what() << '\n';
    return static_cast<int>(videoenhance::ExitCode::kFailed);
  }
}
