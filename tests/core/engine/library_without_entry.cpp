// A library that is no module: it lacks the entry point.
extern "C" __attribute__((visibility("default"))) int videoenhance_something_else() {
  return 0;
}
