// A module of another version: its first member says so, and nothing else of it may be touched.
#include <cstdint>

extern "C" __attribute__((visibility("default"))) const std::uint32_t* videoenhance_engine_module() {
  static const std::uint32_t version = 999;
  return &version;
}
