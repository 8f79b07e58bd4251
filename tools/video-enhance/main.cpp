// video-enhance: the elements for those who do not know GStreamer. docs/video-enhance.md.
#include <algorithm>
#include <iostream>
#include <string_view>

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

int main_without_exceptions(int argc, char** argv, bool json) {
  const auto options = parse_options(argc, argv);
  if (!options) return end_with(options.error(), json);
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
  // Also what cannot be parsed is answered as it was asked for.
  const bool json =
      std::any_of(argv, argv + argc, [](const char* word) { return std::string_view(word) == "--json"; });
  try {
    return videoenhance::main_without_exceptions(argc, argv, json);
  } catch (const std::exception& error) {
    return videoenhance::end_with({videoenhance::ExitCode::kFailed, error.what()}, json);
  }
}
