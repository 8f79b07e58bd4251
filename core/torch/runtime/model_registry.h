// Models that are loaded, shared by all engines of the process.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/engine/result.h"
#include "core/torch/pch/aten.h"

namespace videoenhance {

// Weights of one network. Immutable once loaded: every temporal cache belongs to a stream.
class Model {
 public:
  virtual ~Model() = default;
  virtual std::uint64_t bytes() const = 0;
};

struct FileIdentity {
  std::filesystem::path path;
  std::uintmax_t size = 0;
  std::filesystem::file_time_type modified{};

  bool operator==(const FileIdentity&) const = default;

  // Reads size and time of the file now. Errors: kNotFound, kUnreadable.
  static Result<FileIdentity> of(const std::filesystem::path& path);
};

// What makes two models the same: the files they come from, which parts of them, and where and how they
// compute.
struct ModelKey {
  std::vector<FileIdentity> files;
  c10::Device device = c10::kCPU;
  c10::ScalarType precision = c10::kFloat;
  std::string parts = {};

  bool operator==(const ModelKey&) const = default;
  std::uintmax_t bytes() const;
};

class ModelRegistry {
 public:
  using Loader = std::function<Result<std::shared_ptr<const Model>>()>;

  static ModelRegistry& instance();

  // The model of a key, loaded if it is not there. Two callers never load the same model twice. Idle models
  // are dropped first where `needed` bytes are not free on the device.
  Result<std::shared_ptr<const Model>> acquire(const ModelKey& key, std::uint64_t needed, const Loader& load);

  // Drops the models that no engine holds.
  void release_idle() noexcept;

  std::size_t size() const;

 private:
  struct Entry {
    ModelKey key;
    std::shared_ptr<const Model> model;
  };

  void drop_idle_entries();

  mutable std::mutex mutex_;
  std::vector<Entry> entries_;
};

}  // namespace videoenhance
