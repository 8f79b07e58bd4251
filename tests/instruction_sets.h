// Code written with Highway exists once for each instruction set; tests try all that this processor has.
#pragma once

#include <gtest/gtest.h>
#include <hwy/targets.h>

namespace videoenhance {

struct AllInstructionSetsAgain {
  ~AllInstructionSetsAgain() { hwy::SetSupportedTargetsForTest(0); }
};

template <typename Check>
void on_each_instruction_set(const Check& check) {
  const AllInstructionSetsAgain after;
  for (const auto target : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    check();
  }
}

}  // namespace videoenhance
