#include "core/torch/interpolation/script_network.h"

#include <ATen/ops/isfinite.h>

#include <array>

#include "core/torch/binding/tensor_shapes.h"
#include "core/torch/interpolation/script_declaration.h"
#include "core/torch/interpolation/script_module.h"
#include "core/torch/runtime/describe_error.h"
#include "core/torch/runtime/peak_memory.h"
#include "core/weights/refusal.h"

namespace videoenhance {
namespace {

constexpr std::int64_t kTrialSide = 64;  // pixels at least
constexpr double kSame = 1e-3;           // of the range: what rounding may change

// Where TorchScript says what went wrong, after telling where.
std::string last_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

class ScriptNetwork final : public PairNetwork {
 public:
  ScriptNetwork(const std::filesystem::path& path, ScriptDeclaration declaration, ScriptModule module,
                c10::Device device)
      : path_(path),
        declaration_(std::move(declaration)),
        module_(std::move(module)),
        device_(device),
        bytes_(std::filesystem::file_size(path)) {}

  // Whether the module keeps the declaration's promises, and how much memory it takes. Errors: kBadModel.
  Status try_out();

  std::uint64_t bytes() const override { return bytes_; }
  std::string name() const override { return declaration_.name; }
  c10::ScalarType precision(c10::ScalarType) const override { return c10::kFloat; }
  std::string notice() const override;
  Status check(const InterpolationOptions& options) const override;
  DrawingPlan plan(std::span<const double> phases) const override;
  std::uint64_t work_bytes(int width, int height, const InterpolationOptions&) const override;
  PreparedFrame prepare(const at::Tensor& frame, const InterpolationOptions&) const override;
  Result<at::Tensor> between(const PreparedFrame& left, const PreparedFrame& right, double time,
                             const InterpolationOptions&) const override;

 private:
  bool draws_middle_only() const { return declaration_.time == ScriptDeclaration::Time::kNone; }
  std::int64_t round_up(std::int64_t size) const {
    return (size + declaration_.multiple - 1) / declaration_.multiple * declaration_.multiple;
  }
  double range() const { return declaration_.white - declaration_.black; }

  // What the module draws, [1,3,Hp,Wp] float32 in its own range.
  Result<at::Tensor> draw(const PreparedFrame& left, const PreparedFrame& right, double time) const;
  // Height and width of two pictures to try the module out with, the second wider.
  std::array<std::array<std::int64_t, 2>, 2> trial_sizes() const;
  Status try_out(std::array<std::int64_t, 2> size);
  Status compare_drawings(const PreparedFrame& left, const PreparedFrame& right);
  tl::unexpected<Error> broken(const std::string& trouble, const std::string& detail = {}) const;
  std::string file_name() const { return in_quotes(path_.filename().native()); }

  std::filesystem::path path_;
  ScriptDeclaration declaration_;
  ScriptModule module_;
  c10::Device device_;
  std::uint64_t bytes_;  // of the file, which holds the weights as they are
  // What a picture takes: a part that does not depend on its size, and so much for each pixel.
  double work_bytes_constant_ = 0;
  double work_bytes_per_pixel_ = 0;
};

// --------------------------------------------------------------------------------------------------------
// what it can do

std::string ScriptNetwork::notice() const {
  if (!draws_middle_only()) return {};
  return halving_notice(declaration_.name);
}

DrawingPlan ScriptNetwork::plan(std::span<const double> phases) const {
  return draws_middle_only() ? halving_plan(phases) : direct_plan(phases);
}

Status ScriptNetwork::check(const InterpolationOptions& options) const {
  if (options.flow_scale != 1) {
    return fail(ErrorKind::kBadSettings, "TorchScript modules have no flow-scale: set flow-scale=1.",
                "flow-scale=" + std::to_string(options.flow_scale));
  }
  if (options.ensemble)
    return fail(ErrorKind::kBadSettings, "TorchScript modules have no ensemble mode: set ensemble=false.");
  return {};
}

std::uint64_t ScriptNetwork::work_bytes(int width, int height, const InterpolationOptions&) const {
  const double pixels = static_cast<double>(round_up(width)) * static_cast<double>(round_up(height));
  return static_cast<std::uint64_t>(work_bytes_constant_ + work_bytes_per_pixel_ * pixels);
}

// --------------------------------------------------------------------------------------------------------
// frames

// Black at the right and at the bottom, as RIFE is padded.
PreparedFrame ScriptNetwork::prepare(const at::Tensor& frame, const InterpolationOptions&) const {
  const std::int64_t height = frame.size(2), width = frame.size(3);
  const at::Tensor image =
      at::constant_pad_nd(frame.clamp(0, 1), {0, round_up(width) - width, 0, round_up(height) - height}, 0);
  return {image, {}, height, width};
}

Result<at::Tensor> ScriptNetwork::between(const PreparedFrame& left, const PreparedFrame& right, double time,
                                          const InterpolationOptions&) const {
  const auto drawn = draw(left, right, time);
  if (!drawn) return drawn;
  const at::Tensor picture = left.inside(*drawn).sub(declaration_.black).div_(range()).clamp_(0, 1);
  if (left.image.size(1) == 3) return picture;
  // The module knows no alpha, and nobody knows its motion: alpha fades over.
  const at::Tensor alpha = left.image.narrow(1, 3, 1) * (1 - time) + right.image.narrow(1, 3, 1) * time;
  return at::cat({picture, left.inside(alpha)}, 1);
}

Result<at::Tensor> ScriptNetwork::draw(const PreparedFrame& left, const PreparedFrame& right,
                                       double time) const {
  // Fresh tensors: the module may write into what it is given, and the frames serve other pairs.
  const auto given = [&](const PreparedFrame& frame) {
    return frame.image.narrow(1, 0, 3).mul(range()).add_(declaration_.black);
  };
  const auto drawn = module_.forward(given(left), given(right), time);
  if (!drawn) return drawn;
  const Shape expected = {1, 3, left.image.size(2), left.image.size(3)};
  if (drawn->sizes() != expected) {
    return broken("gives the shape " + shape_text(drawn->sizes().vec()) + " for pictures of the shape " +
                  shape_text(expected));
  }
  if (!drawn->is_floating_point())
    return broken("gives a picture of whole numbers, and needs to give floats");
  return drawn->to(device_, c10::kFloat);
}

// --------------------------------------------------------------------------------------------------------
// trial

// Odd numbers of multiples: a module that needs twice the multiple does not pass.
std::array<std::array<std::int64_t, 2>, 2> ScriptNetwork::trial_sizes() const {
  const std::int64_t multiple = declaration_.multiple;
  const std::int64_t count = (kTrialSide + multiple - 1) / multiple | 1;
  const std::int64_t height = count * multiple, width = (count + 2) * multiple;
  return {{{height, width}, {height, 2 * width + multiple}}};
}

Status ScriptNetwork::try_out() try {
  const auto sizes = trial_sizes();
  // The interpreter optimises a program after its first run: what that takes says nothing.
  if (Status kept = try_out(sizes[0]); !kept) return kept;
  std::array<double, 2> peaks{}, pixels{};
  Status kept;
  for (std::size_t i = 0; i < sizes.size() && kept; ++i) {
    peaks[i] = static_cast<double>(peak_memory(device_, [&] { kept = try_out(sizes[i]); }));
    pixels[i] = static_cast<double>(sizes[i][0] * sizes[i][1]);
  }
  work_bytes_per_pixel_ = std::max(0.0, (peaks[1] - peaks[0]) / (pixels[1] - pixels[0]));
  work_bytes_constant_ = std::max(0.0, peaks[1] - work_bytes_per_pixel_ * pixels[1]);
  return kept;
} catch (...) {
  const Error error = describe_torch_exception(std::current_exception());
  if (error.kind == ErrorKind::kNoMemory) return tl::unexpected(error);
  const auto [height, width] = trial_sizes()[0];
  return broken("fails on two pictures of " + std::to_string(width) + "x" + std::to_string(height) +
                    ", which its declaration says it takes: " + in_quotes(last_line(error.detail)),
                error.detail);
}

Status ScriptNetwork::try_out(std::array<std::int64_t, 2> size) {
  const auto [height, width] = size;
  const at::Tensor ramp =
      at::linspace(0, 1, 3 * height * width, at::device(device_)).view({1, 3, height, width});
  return compare_drawings(prepare(ramp, {}), prepare(1 - ramp, {}));
}

Status ScriptNetwork::compare_drawings(const PreparedFrame& left, const PreparedFrame& right) {
  const bool timed = !draws_middle_only();
  const auto first = draw(left, right, timed ? 0.25 : 0.5);
  if (!first) return tl::unexpected(first.error());
  if (!at::isfinite(*first).all().item<bool>()) return broken("gives values that are not finite");
  if (timed) {
    const auto later = draw(left, right, 0.75);
    if (!later) return tl::unexpected(later.error());
    if (later->equal(*first)) return broken("draws the same at every time: declare \"time\": \"none\"");
  }
  const auto again = draw(left, right, timed ? 0.25 : 0.5);
  if (!again) return tl::unexpected(again.error());
  if ((*again - *first).abs().max().item<double>() > kSame * range())
    return broken("draws something else when it is asked again for the same: it must remember nothing");
  return {};
}

tl::unexpected<Error> ScriptNetwork::broken(const std::string& trouble, const std::string& detail) const {
  return fail(ErrorKind::kBadModel, "The TorchScript module " + file_name() + " " + trouble + ".",
              path_.string() + (detail.empty() ? "" : ": " + detail));
}

}  // namespace

Result<std::shared_ptr<const PairNetwork>> load_script_network(const std::filesystem::path& path,
                                                               c10::Device device) {
  auto declaration = ScriptDeclaration::of(path);
  if (!declaration) return tl::unexpected(declaration.error());
  auto module = ScriptModule::load(path, *declaration, device);
  if (!module) return tl::unexpected(module.error());
  const auto network = std::make_shared<ScriptNetwork>(path, *declaration, *module, device);
  const auto kept = network->try_out();
  if (!kept) return tl::unexpected(kept.error());
  return network;
}

}  // namespace videoenhance
