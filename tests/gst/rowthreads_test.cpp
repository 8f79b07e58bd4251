#include "gst/rowthreads.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace videoenhance {
namespace {

struct Size {
  int rows, width;
};

// How often each row of a picture is worked on.
std::vector<int> visits(const RowThreads& threads, Size size) {
  std::vector<int> rows(static_cast<std::size_t>(size.rows));
  threads.run(size.rows, size.width, [&](int first, int end) {
    for (int y = first; y < end; ++y) ++rows[static_cast<std::size_t>(y)];
  });
  return rows;
}

class Rows : public testing::TestWithParam<Size> {};

TEST_P(Rows, AreEachWorkedOnOnce) {
  const RowThreads threads;
  const std::vector<int> once(static_cast<std::size_t>(GetParam().rows), 1);
  for (int picture = 0; picture < 100; ++picture) ASSERT_EQ(visits(threads, GetParam()), once);
}

INSTANTIATE_TEST_SUITE_P(Sizes, Rows,
                         testing::Values(Size{1, 1}, Size{1, 1 << 20}, Size{2, 1 << 16}, Size{7, 3},
                                         Size{721, 1280}));

TEST(RowThreads, OfALargePictureAreTwo) {
  const RowThreads threads;
  std::vector<std::thread::id> of_row(1000);
  threads.run(1000, 1000, [&](int first, int end) {
    for (int y = first; y < end; ++y) of_row[static_cast<std::size_t>(y)] = std::this_thread::get_id();
  });
  EXPECT_EQ(of_row.front(), std::this_thread::get_id());
  EXPECT_NE(of_row.back(), of_row.front());
}

TEST(RowThreads, NoRowsAreNoWork) {
  const RowThreads threads;
  EXPECT_TRUE(visits(threads, {0, 1000}).empty());
}

// The streaming threads of two elements, and of one in a row.
TEST(RowThreads, ServeThreadsThatComeAndGo) {
  const RowThreads threads;
  const std::vector<int> once(500, 1);
  for (int round = 0; round < 20; ++round) {
    std::vector<int> rows;
    std::thread([&] { rows = visits(threads, {500, 500}); }).join();
    ASSERT_EQ(rows, once);
  }
}

}  // namespace
}  // namespace videoenhance
