// The fake module's model file.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "core/engine/result.h"

namespace videoenhance {

// Loaded once and shared by all engines of one content and device, as weights are.
class FakeModel {
 public:
  static Result<std::shared_ptr<const FakeModel>> load(const std::string& path, const std::string& device);

  // Fails or throws where the file says that this call, the `nth` of its kind, must.
  Status visit(const std::string& call, unsigned nth) const;
  std::string value(const std::string& key, const std::string& otherwise) const;

 private:
  std::map<std::string, std::string> values_;
};

// Models that are held by an engine or by the cache, and emptying that cache.
std::size_t fake_models_alive();
void forget_idle_fake_models();

}  // namespace videoenhance
