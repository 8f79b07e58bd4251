#include "benchmarks/stage_log.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace videoenhance {

std::size_t StageLog::row(std::string_view name) {
  const auto found = std::ranges::find(rows_, name, &StageRow::name);
  if (found != rows_.end()) return static_cast<std::size_t>(found - rows_.begin());
  rows_.push_back({std::string(name), 0, {}});
  return rows_.size() - 1;
}

void StageLog::give_time_until(double now) {
  if (!open_.empty()) rows_[open_.back()].seconds += now - since_;
  since_ = now;
}

void StageLog::enter(std::string_view name, double now) {
  give_time_until(now);
  open_.push_back(row(name));
}

void StageLog::leave(double now) {
  if (open_.empty()) throw std::logic_error("no stage is open that could end");
  give_time_until(now);
  open_.pop_back();
}

void StageLog::add(const Work& work) {
  (open_.empty() ? outside_ : rows_[open_.back()].work) += work;
}

std::vector<StageRow> StageLog::take(double seconds) {
  if (!open_.empty()) throw std::logic_error("the stage " + rows_[open_.back()].name + " has not ended");
  StageRow other{"other", seconds, std::exchange(outside_, {})};
  for (const auto& row : rows_) other.seconds -= row.seconds;
  rows_.push_back(std::move(other));
  return std::exchange(rows_, {});
}

}  // namespace videoenhance
