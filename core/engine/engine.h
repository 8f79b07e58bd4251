// The interface between gst/ and the engines. Knows neither GStreamer nor LibTorch.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>

#include "core/engine/frame.h"
#include "core/engine/result.h"

namespace videoenhance {

enum class Precision { kAuto, kFloat32, kBFloat16, kFloat16 };

struct InterpolationOptions {
  double flow_scale = 1.0;         // 0.25, 0.5, 1, 2 or 4: resolution at which motion is estimated
  bool ensemble = false;           // average with the time-reversed pair
  unsigned trim_after_pairs = 10;  // pairs between trims of the allocator's cache; 0 = adaptive
  unsigned sample_steps = 10;      // of TLBVFI's sampler, 3 to 500; other networks have none
  std::uint64_t seed = 0;          // of its noise
  std::string noise_file = {};     // a safetensors file with "noise.0", "noise.1", … [1,3,3,h,w] instead; empty = by seed

  bool operator==(const InterpolationOptions&) const = default;
};

enum class ColourFix { kNone, kAdain, kWavelet };

// What may change while FlashVSR runs, by adjust(): taken at the next chunk.
struct FlashVsrKnobs {
  double sparse_ratio = 2.0;  // key windows per query window / 60
  double kv_ratio = 3.0;      // cached units of time, truncated; 1 and 2 act alike
  unsigned local_range = 11;  // side, in windows, of the square of keys that a query may see
  ColourFix colour_fix = ColourFix::kAdain;

  bool operator==(const FlashVsrKnobs&) const = default;
};

struct FlashVsrOptions {
  enum class Version { kAuto, kV1, kV11 };
  enum class Cache { kAuto, kPrevious, kOwn };  // of the projector; kAuto = by version
  enum class Decoder { kTiny, kFull };
  enum class Start { kPrimed, kReference };  // delay of 11 frames throughout, or 24 at the start

  Version version = Version::kAuto;
  Cache cache = Cache::kAuto;
  Decoder decoder = Decoder::kTiny;
  Start start = Start::kPrimed;
  unsigned tile_size = 0;           // pixels of the picture that is drawn; 0 = no tiles
  unsigned tile_overlap = 64;       // of the same pixels
  std::uint64_t seed = 0;           // of the noise
  std::string noise_file;           // a safetensors file with "noise" [16,T,H/8,W/8] instead; empty = by seed
  bool reset_at_cuts = false;       // a hard cut in the input ends the history, as drain() does
  unsigned trim_after_chunks = 10;  // chunks between trims; 0 = adaptive
  FlashVsrKnobs knobs;              // to begin with

  bool operator==(const FlashVsrOptions&) const = default;
};

// Everything needed to load a model.
struct EngineOptions {
  std::string model_path;       // an existing file or folder
  std::string device = "auto";  // auto, cpu, cuda, cuda:N
  Precision precision = Precision::kAuto;
  unsigned threads = 0;            // 0 = all cores given to this process
  std::uint64_t memory_limit = 0;  // bytes for weights, state and work together; 0 = what is free
  std::variant<InterpolationOptions, FlashVsrOptions> model = InterpolationOptions{};

  bool operator==(const EngineOptions&) const = default;
};
// Size of the frames of one stream, in pixels. Interpolation needs equal input and output sizes.
struct StreamFormat {
  int width = 0;
  int height = 0;
  int output_width = 0;
  int output_height = 0;
  bool alpha = false;

  bool operator==(const StreamFormat&) const = default;
};

// What pop() wrote: a picture at `phase` in [0,1) of the way from frame `id` to the frame pushed after it.
struct ResultFrame {
  FrameId id = 0;
  double phase = 0.0;
};

struct EngineReport {
  std::string model;               // what was recognised, such as "rife 4.25|4.26"
  std::string device;              // such as "cpu" or "cuda:0"
  std::string precision;           // float32, bfloat16 or float16: what auto chose
  std::uint64_t weight_bytes = 0;  // shared by all engines with the same model
  std::uint64_t state_bytes = 0;   // of this stream alone, between two calls
  std::uint64_t work_bytes = 0;    // estimate of the peak while one result is made
  double seconds_per_result = 0;   // of the last result
  std::string notice = {};         // a sentence that the user should see once the model is loaded, if any
  std::uint64_t trims = 0;         // how often this stream has trimmed the allocator's cache
  unsigned trim_interval = 0;      // pairs or chunks between trims, as it is now
  std::uint64_t cache_bytes = 0;   // what the device's allocator keeps for reuse, for all streams together
};

// One stream's engine: shared weights and the stream's own temporal state. Calls come from one thread at a
// time and block until their work is done. No call throws. After an error the state is as after flush().
class TemporalEngine {
 public:
  virtual ~TemporalEngine() = default;

  // Sizes are known: checks them and the memory they need, and forgets all history. Reads no file.
  virtual Status configure(const StreamFormat& format) = 0;

  // Copies a frame. `phases`, rising and in (0,1), asks for frames between the frame pushed before and this
  // one; engines whose output has the times of their input take none. Call only while ready() is 0.
  virtual Status push(const FrameView& frame, FrameId id, std::span<const double> phases) = 0;

  // Number of results that pop() can give before the next push() or drain().
  virtual std::size_t ready() const noexcept = 0;

  // Computes the next result into `out`, whose size is the output size. Call only while ready() is not 0.
  virtual Result<ResultFrame> pop(const FrameSpan& out) = 0;

  // No more input: what is held becomes ready. The next push() starts a new history.
  virtual Status drain() = 0;

  // Engines without these knobs ignore them.
  virtual void adjust(const FlashVsrKnobs&) noexcept {}

  // Forgets history and results; keeps weights and buffers.
  virtual void flush() noexcept = 0;

  // Input frames that must follow a frame before its results are ready, in steady state.
  virtual unsigned delay() const noexcept = 0;

  virtual EngineReport report() const = 0;
};

}  // namespace videoenhance
