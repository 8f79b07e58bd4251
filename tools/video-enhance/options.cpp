#include "tools/video-enhance/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cmath>
#include <numeric>
#include <regex>

namespace videoenhance {
namespace {

constexpr int kLargestPart = 1000000;

Ratio reduced(std::int64_t n, std::int64_t d) {
  const std::int64_t common = std::gcd(n, d);
  return {static_cast<int>(n / common), static_cast<int>(d / common)};
}

// A decimal number: an NTSC rate where it is one to two or three decimals, else thousandths.
Ratio from_decimal(double value) {
  const double ntsc = std::round(value * 1.001);
  if (value != std::round(value) && std::abs(value - ntsc / 1.001) < 0.005)
    return {static_cast<int>(ntsc) * 1000, 1001};
  return reduced(std::llround(value * 1000), 1000);
}

// What the parser takes as text and is checked afterwards.
struct Texts {
  std::string fps, model, start, end;
};

void add_options(CLI::App& app, Options& options, Texts& texts) {
  app.add_option("IN", options.input, "The video to read: any container and codec that GStreamer knows");
  app.add_option("OUT", options.output, "The file to write: .mp4, .m4v, .mov or .mkv");
  app.add_option("--scale", options.scale, "Enlarge by this factor, 1 to 8")->check(CLI::Range(1.0, 8.0));
  app.add_option("--fps", texts.fps, "Frames per second (60, 59.94, 60000/1001) or a factor (x2)");
  app.add_option("--model", texts.model, "The model of the one element that is used: a path or a name");
  app.add_option("--upscale-model", options.upscale_model, "The model for --scale");
  app.add_option("--interpolate-model", options.interpolate_model, "The model for --fps");
  app.add_option("--device", options.device, "auto, cpu, cuda or cuda:N")->capture_default_str();
  app.add_option("--precision", options.precision, "auto, float32, bfloat16 or float16")
      ->check(CLI::IsMember({"auto", "float32", "bfloat16", "float16"}))
      ->capture_default_str();
  app.add_option("--start", texts.start, "Begin here: seconds or [h:]mm:ss");
  app.add_option("--end", texts.end, "End here");
  app.add_option("--codec", options.codec, "h264, h265 or ffv1 (lossless, .mkv only)")
      ->check(CLI::IsMember({"h264", "h265", "ffv1"}))
      ->capture_default_str();
  app.add_option("--crf", options.crf, "Quality of h264 and h265: 0 to 50, less is better and larger")
      ->check(CLI::Range(0, 50))
      ->capture_default_str();
  app.add_option("--segment", options.segment,
                 "Source frames between two places from which --resume can go on")
      ->check(CLI::Range(1, 1000000));
  app.add_option("--preview", options.preview, "Write one enhanced frame to this PNG and stop");
  app.add_flag("--compare", options.compare,
               "Write a clip of before and after, side by side, and a picture of each");
  app.add_option("--reference", options.reference,
                 "What the result should be: --compare measures how near it comes");
  app.add_flag("--resume", options.resume, "Go on with a run that was stopped");
  app.add_flag("-y,--force", options.force, "Replace OUT, and begin anew where a run was stopped");
  app.add_flag("--json", options.json, "One JSON object per line on stdout instead of the progress bar");
}

// "" is a text that was not given.
template <typename T, typename Parse>
Outcome<void> take(const std::string& text, Parse parse, std::optional<T>& into) {
  if (text.empty()) return {};
  auto parsed = parse(text);
  if (!parsed) return tl::unexpected(parsed.error());
  into = *parsed;
  return {};
}

Outcome<void> take_texts(const Texts& texts, Options& options) {
  if (auto taken = take(texts.fps, parse_rate, options.fps); !taken) return taken;
  if (auto taken = take(texts.start, parse_time, options.start); !taken) return taken;
  if (auto taken = take(texts.end, parse_time, options.end); !taken) return taken;
  if (options.end && *options.end <= options.start.value_or(0))
    return failed(ExitCode::kUsage, "--end " + texts.end + " is not after the start.");
  if (texts.model.empty()) return {};
  if (options.scale && options.fps)
    return failed(
        ExitCode::kUsage,
        "--model is ambiguous with --scale and --fps; use --upscale-model and --interpolate-model.");
  (options.scale ? options.upscale_model : options.interpolate_model) = texts.model;
  return {};
}

Outcome<void> check_comparison(const Options& options) {
  if (!options.compare && !options.reference.empty())
    return failed(ExitCode::kUsage, "--reference is what --compare measures by; give both.");
  if (options.compare && !options.preview.empty())
    return failed(ExitCode::kUsage, "--preview makes one picture and --compare a clip; give one of them.");
  if (options.compare && options.resume)
    return failed(ExitCode::kUsage,
                  "--compare works in one go and cannot --resume; a short part (--start, --end) is enough.");
  return {};
}

Outcome<void> check(const Options& options) {
  if (options.input.empty()) return failed(ExitCode::kUsage, "No input is named; see --help.");
  if (options.output.empty() && options.preview.empty())
    return failed(ExitCode::kUsage, "No output is named; see --help.");
  if (!options.scale && !options.fps)
    return failed(ExitCode::kUsage,
                  "Nothing to do: give --scale to enlarge, --fps for more frames, or both.");
  if (options.resume && options.force)
    return failed(ExitCode::kUsage, "--resume goes on and --force begins anew; give one of them.");
  if (auto checked = check_comparison(options); !checked) return checked;
  if (!options.preview.empty()) return {};
  const std::string type = ending_of(options.output);
  if (type != ".mp4" && type != ".m4v" && type != ".mov" && type != ".mkv")
    return failed(ExitCode::kUsage,
                  "'" + options.output.string() + "' must end in .mp4, .m4v, .mov or .mkv.");
  if (options.codec == "ffv1" && type != ".mkv")
    return failed(ExitCode::kUsage, "ffv1 can only be stored in .mkv; name the output so.");
  return {};
}

}  // namespace

Outcome<RateWish> parse_rate(const std::string& text) {
  static const std::regex kForm(R"((x?)(?:(\d{1,7})/(\d{1,7})|(\d{1,4}(?:\.\d{1,6})?)))");
  std::smatch part;
  RateWish wish;
  if (std::regex_match(text, part, kForm)) {
    wish.is_factor = part[1].length() > 0;
    const bool is_fraction = part[2].matched;
    if (is_fraction && std::stoi(part[3]) > 0) wish.value = reduced(std::stoi(part[2]), std::stoi(part[3]));
    if (!is_fraction && wish.is_factor) wish.value = reduced(std::llround(std::stod(part[4]) * 1000), 1000);
    if (!is_fraction && !wish.is_factor) wish.value = from_decimal(std::stod(part[4]));
  }
  if (wish.value.n <= 0 || wish.value.n > kLargestPart)
    return failed(
        ExitCode::kUsage,
        "--fps '" + text + "' is no rate; write frames per second (60, 59.94, 60000/1001) or a factor (x2).");
  return wish;
}

Outcome<std::uint64_t> parse_time(const std::string& text) {
  static const std::regex kForm(R"((?:(?:(\d{1,4}):)?(\d{1,6}):)?(\d{1,8}(?:\.\d{1,9})?))");
  std::smatch part;
  if (!std::regex_match(text, part, kForm))
    return failed(ExitCode::kUsage,
                  "'" + text + "' is no time; write seconds (90.5) or hours:minutes:seconds.");
  const auto whole = [](const auto& digits) { return digits.matched ? std::stoull(digits.str()) : 0; };
  return (whole(part[1]) * 3600 + whole(part[2]) * 60) * 1000000000 +
         static_cast<std::uint64_t>(std::llround(std::stod(part[3].str()) * 1e9));
}

std::string ending_of(const std::filesystem::path& file) {
  std::string ending = file.extension();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return ending;
}

Outcome<Options> parse_options(int argc, char** argv) {
  CLI::App app("Enlarges videos and raises their frame rate with neural networks.", "video-enhance");
  app.footer("docs/video-enhance.md has examples and the exit codes.");
  app.set_version_flag("--version", VIDEOENHANCE_VERSION);
  Options options;
  Texts texts;
  add_options(app, options, texts);
  CLI::App* models = app.add_subcommand("models", "List the models that are found");
  CLI::App* doctor = app.add_subcommand("doctor", "Check plugin, module, devices and models");
  app.require_subcommand(0, 1);
  for (CLI::App* command : {models, doctor}) command->fallthrough();  // --json after it
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForVersion&) {
    return failed(ExitCode::kDone, VIDEOENHANCE_VERSION);
  } catch (const CLI::CallForHelp&) {
    return failed(ExitCode::kDone, app.help());
  } catch (const CLI::Error& error) {
    return failed(ExitCode::kUsage, error.what());
  }
  if (models->parsed()) options.command = Command::kModels;
  if (doctor->parsed()) options.command = Command::kDoctor;
  if (options.command != Command::kEnhance) return options;
  if (auto taken = take_texts(texts, options); !taken) return tl::unexpected(taken.error());
  if (auto checked = check(options); !checked) return tl::unexpected(checked.error());
  return options;
}

}  // namespace videoenhance
