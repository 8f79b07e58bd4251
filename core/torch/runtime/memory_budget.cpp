#include "core/torch/runtime/memory_budget.h"

namespace videoenhance {
namespace {

std::string mebibytes(std::uint64_t bytes) {
  return std::to_string((bytes + (1 << 20) - 1) >> 20) + " MiB";
}

}  // namespace

Status check_memory(const MemoryBudget& budget, const std::string& remedy) {
  const std::uint64_t total = budget.weights + budget.work;
  const std::string numbers = "weights " + std::to_string(budget.weights) + ", work " +
                              std::to_string(budget.work) + ", memory-limit " + std::to_string(budget.limit) +
                              ", free " + std::to_string(budget.free) + " bytes";
  if (budget.limit != 0 && total > budget.limit) {
    return fail(ErrorKind::kNoMemory,
                "This picture size needs about " + mebibytes(total) + " and memory-limit allows " +
                    mebibytes(budget.limit) + ": raise it, or " + remedy + ".",
                numbers);
  }
  if (budget.work > budget.free) {
    return fail(ErrorKind::kNoMemory,
                "This picture size needs about " + mebibytes(budget.work) + " and the device has " +
                    mebibytes(budget.free) + " free: " + remedy + ".",
                numbers);
  }
  return {};
}

}  // namespace videoenhance
