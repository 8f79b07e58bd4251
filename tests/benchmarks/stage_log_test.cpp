#include "benchmarks/stage_log.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace videoenhance {
namespace {

Work bytes(double count) {
  return {{}, count};
}

std::vector<std::string> names(const std::vector<StageRow>& rows) {
  std::vector<std::string> names;
  for (const auto& row : rows) names.push_back(row.name);
  return names;
}

std::vector<double> seconds(const std::vector<StageRow>& rows) {
  std::vector<double> seconds;
  for (const auto& row : rows) seconds.push_back(row.seconds);
  return seconds;
}

TEST(StageLog, TakesWhatIsInsideFromWhatIsAround) {
  StageLog log;
  log.enter("outer", 1);
  log.enter("inner", 3);
  log.enter("innermost", 4);
  log.leave(4.5);
  log.leave(6);
  log.leave(7);
  const auto rows = log.take(10);
  EXPECT_EQ(names(rows), (std::vector<std::string>{"outer", "inner", "innermost", "other"}));
  EXPECT_EQ(seconds(rows), (std::vector<double>{3, 2.5, 0.5, 4}));
}

TEST(StageLog, AddsUpWhatComesAgain) {
  StageLog log;
  for (const double start : {0.0, 10.0}) {
    log.enter("first", start);
    log.leave(start + 1);
    log.enter("second", start + 1);
    log.leave(start + 3);
  }
  EXPECT_EQ(seconds(log.take(20)), (std::vector<double>{2, 4, 14}));
}

TEST(StageLog, GivesWorkToTheInnermostStage) {
  StageLog log;
  log.add(bytes(1));
  log.enter("outer", 0);
  log.add(bytes(2));
  log.enter("inner", 1);
  log.add(bytes(4));
  log.add({{{at::kFloat, 8}}, 16});
  log.leave(2);
  log.add(bytes(32));
  log.leave(3);
  const auto rows = log.take(3);
  EXPECT_EQ(rows[0].work.bytes, 34);
  EXPECT_EQ(rows[1].work.bytes, 20);
  EXPECT_EQ(rows[1].work.operations.at(at::kFloat), 8);
  EXPECT_EQ(rows[2].work.bytes, 1);
}

TEST(StageLog, BeginsAnewOnceItsRowsAreTaken) {
  StageLog log;
  log.add(bytes(1));
  log.enter("stage", 0);
  log.leave(1);
  log.take(1);
  const auto rows = log.take(5);
  EXPECT_EQ(names(rows), std::vector<std::string>{"other"});
  EXPECT_EQ(rows[0].seconds, 5);
  EXPECT_EQ(rows[0].work.bytes, 0);
}

TEST(StageLog, RefusesAnEndWithoutABeginningAndRowsInMidStage) {
  StageLog log;
  EXPECT_THROW(log.leave(1), std::logic_error);
  log.enter("stage", 1);
  EXPECT_THROW(log.take(1), std::logic_error);
}

}  // namespace
}  // namespace videoenhance
