#include "core/torch/kernels/word_pixels.h"

// Compiles this file once for each instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/torch/kernels/word_pixels.cpp"
#include <hwy/foreach_target.h>
// The order matters: the one above includes this file again.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace videoenhance {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr float kTop = 65535.0f;

// D: a vector's worth of floats, which is that of pixels.
template <typename D>
struct Pixels {
  using Floats = hn::Vec<D>;
  using WordTag = hn::Rebind<std::uint16_t, D>;
  using IntTag = hn::Rebind<std::int32_t, D>;
  using Words = hn::Vec<WordTag>;

  // The comparison turns NaN into 0.
  static HWY_INLINE Floats clamped(Floats values) {
    const D d;
    return hn::IfThenElseZero(hn::Gt(values, hn::Zero(d)), hn::Min(values, hn::Set(d, 1.0f)));
  }

  static HWY_INLINE Floats value_of(Words words) {
    const D d;
    return hn::Mul(hn::ConvertTo(d, hn::PromoteTo(IntTag(), words)), hn::Set(d, 1 / kTop));
  }

  static HWY_INLINE Words word_of(Floats clamped) {
    const D d;
    const auto rounded = hn::MulAdd(clamped, hn::Set(d, kTop), hn::Set(d, 0.5f));
    return hn::DemoteTo(WordTag(), hn::ConvertTo(IntTag(), rounded));
  }

  static HWY_INLINE Floats mixed(const ColourMatrix& colours, std::size_t row, Floats first, Floats second,
                                 Floats third) {
    const D d;
    const auto& gains = colours.matrix[row];
    auto sum = hn::MulAdd(first, hn::Set(d, gains[0]), hn::Set(d, colours.offset[row]));
    sum = hn::MulAdd(second, hn::Set(d, gains[1]), sum);
    sum = hn::MulAdd(third, hn::Set(d, gains[2]), sum);
    return clamped(sum);
  }

  static HWY_INLINE void load(const std::uint16_t* pixels, const ColourMatrix& colours,
                              const PixelRows<float>& rows, std::int64_t x) {
    Words alpha, one, two, three;
    hn::LoadInterleaved4(WordTag(), pixels + 4 * x, alpha, one, two, three);
    const auto first = value_of(one), second = value_of(two), third = value_of(three);
    for (std::size_t row = 0; row < 3; ++row)
      hn::StoreU(mixed(colours, row, first, second, third), D(), rows[row] + x);
    if (rows[3]) hn::StoreU(value_of(alpha), D(), rows[3] + x);
  }

  static HWY_INLINE void store(const PixelRows<const float>& rows, const ColourMatrix& colours,
                               std::uint16_t* pixels, std::int64_t x) {
    const auto value = [&](std::size_t row) HWY_ATTR { return clamped(hn::LoadU(D(), rows[row] + x)); };
    const auto red = value(0), green = value(1), blue = value(2);
    const auto word = [&](std::size_t row)
                          HWY_ATTR { return word_of(mixed(colours, row, red, green, blue)); };
    Words alpha, one, two, three;
    hn::LoadInterleaved4(WordTag(), pixels + 4 * x, alpha, one, two, three);
    if (rows[3]) alpha = word_of(value(3));
    hn::StoreInterleaved4(alpha, word(0), word(1), word(2), WordTag(), pixels + 4 * x);
  }
};

void load_pixels(const std::uint16_t* pixels, const ColourMatrix& colours, const PixelRows<float>& rows,
                 std::int64_t count) {
  using D = hn::ScalableTag<float>;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(D()));
  std::int64_t x = 0;
  for (; x + lanes <= count; x += lanes) Pixels<D>::load(pixels, colours, rows, x);
  for (; x < count; ++x) Pixels<hn::CappedTag<float, 1>>::load(pixels, colours, rows, x);
}

void store_pixels(const PixelRows<const float>& rows, const ColourMatrix& colours, std::uint16_t* pixels,
                  std::int64_t count) {
  using D = hn::ScalableTag<float>;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(D()));
  std::int64_t x = 0;
  for (; x + lanes <= count; x += lanes) Pixels<D>::store(rows, colours, pixels, x);
  for (; x < count; ++x) Pixels<hn::CappedTag<float, 1>>::store(rows, colours, pixels, x);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace videoenhance
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace videoenhance {

HWY_EXPORT(load_pixels);
HWY_EXPORT(store_pixels);

void load_words(const std::uint16_t* pixels, const ColourMatrix& colours, const PixelRows<float>& rows,
                std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(load_pixels)(pixels, colours, rows, count);
}

void store_words(const PixelRows<const float>& rows, const ColourMatrix& colours, std::uint16_t* pixels,
                 std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(store_pixels)(rows, colours, pixels, count);
}

}  // namespace videoenhance
#endif
