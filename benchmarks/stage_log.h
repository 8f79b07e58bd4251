// Where the time between two moments went, stage by stage: what is inside of another stage is taken from
// that.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/operator_work.h"

namespace videoenhance {

struct StageRow {
  std::string name;
  double seconds = 0;
  Work work;
};

// Times are seconds of any clock that does not go back.
class StageLog {
 public:
  void enter(std::string_view name, double now);
  // std::logic_error if no stage is open.
  void leave(double now);
  // To the innermost stage.
  void add(const Work& work);

  // The rows since the last call, in the order in which they first came, and at last "other": what is left of
  // so many seconds, and the work outside of all stages. std::logic_error if a stage is open.
  std::vector<StageRow> take(double seconds);

 private:
  std::size_t row(std::string_view name);
  void give_time_until(double now);

  std::vector<StageRow> rows_;
  std::vector<std::size_t> open_;  // outermost first
  double since_ = 0;               // of the innermost one: it has no time yet from here on
  Work outside_;
};

}  // namespace videoenhance
