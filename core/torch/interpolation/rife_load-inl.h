// Numbers of any type as float32; included once for each instruction set.
#if defined(VIDEOENHANCE_RIFE_LOAD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VIDEOENHANCE_RIFE_LOAD_INL_H_
#undef VIDEOENHANCE_RIFE_LOAD_INL_H_
#else
#define VIDEOENHANCE_RIFE_LOAD_INL_H_
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace videoenhance {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

template <typename D>
HWY_INLINE hn::Vec<D> load(D d, const float* from) {
  return hn::LoadU(d, from);
}

template <typename D>
HWY_INLINE hn::Vec<D> load(D d, const hwy::float16_t* from) {
  const hn::Rebind<hwy::float16_t, D> halves;
  return hn::PromoteTo(d, hn::LoadU(halves, from));
}

// bfloat16
template <typename D>
HWY_INLINE hn::Vec<D> load(D d, const std::uint16_t* from) {
  const hn::Rebind<std::uint16_t, D> halves;
  const hn::Rebind<std::uint32_t, D> bits;
  return hn::BitCast(d, hn::ShiftLeft<16>(hn::PromoteTo(bits, hn::LoadU(halves, from))));
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace videoenhance
HWY_AFTER_NAMESPACE();

#endif
