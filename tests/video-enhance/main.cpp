// gst_deinit() at the end lets the leaks tracer report.
#include <gst/gst.h>
#include <gtest/gtest.h>

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  gst_init(nullptr, nullptr);
  const int result = RUN_ALL_TESTS();
  gst_deinit();
  return result;
}
