// Prints what find_model() makes of its argument, so that a test can place this program in any folder.
#include <iostream>

#include "core/engine/model_path.h"

int main(int, char** argv) {
  const auto path = videoenhance::find_model(argv[1]);
  std::cout << (path ? path->string() : path.error().detail) << '\n';
  return path ? 0 : 1;
}
