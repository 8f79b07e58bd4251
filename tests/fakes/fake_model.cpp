#include "tests/fakes/fake_model.h"

#include <fstream>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace videoenhance {
namespace {

std::mutex cache_mutex;

auto& cache() {
  static std::map<std::pair<std::string, std::string>, std::shared_ptr<const FakeModel>> models;
  return models;
}

ErrorKind kind_named(const std::string& name) {
  if (name == "settings") return ErrorKind::kBadSettings;
  if (name == "memory") return ErrorKind::kNoMemory;
  if (name == "model") return ErrorKind::kBadModel;
  return ErrorKind::kFailed;
}

}  // namespace

Result<std::shared_ptr<const FakeModel>> FakeModel::load(const std::string& path, const std::string& device) {
  const std::lock_guard lock(cache_mutex);
  std::ifstream file(path);
  if (!file) return fail(ErrorKind::kUnreadable, "The model file cannot be read.", path);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const std::pair key(text, device);
  if (const auto cached = cache().find(key); cached != cache().end()) return cached->second;
  auto model = std::make_shared<FakeModel>();
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t sign = line.find('=');
    if (sign == std::string::npos)
      return fail(ErrorKind::kBadModel, "The file is no model that is known here.", path);
    model->values_[line.substr(0, sign)] = line.substr(sign + 1);
  }
  if (model->value("model", "") != "fake") {
    return fail(ErrorKind::kBadModel, "The file is no model that is known here.", path);
  }
  cache()[key] = model;
  return model;
}

std::string FakeModel::value(const std::string& key, const std::string& otherwise) const {
  const auto found = values_.find(key);
  return found == values_.end() ? otherwise : found->second;
}

Status FakeModel::visit(const std::string& call, unsigned nth) const {
  if (value("fail", "") != call || std::stoul(value("at", "1")) != nth) return {};
  const std::string thrown = value("throw", "none");
  if (thrown == "int") throw 1;
  if (thrown == "std") throw std::runtime_error("thrown by the fake engine");
  return fail(kind_named(value("kind", "failed")), "The fake engine fails as it was told to.",
              "call " + call);
}

std::size_t fake_models_alive() {
  const std::lock_guard lock(cache_mutex);
  return cache().size();
}

void forget_idle_fake_models() {
  const std::lock_guard lock(cache_mutex);
  std::erase_if(cache(), [](const auto& entry) { return entry.second.use_count() <= 1; });
}

}  // namespace videoenhance
