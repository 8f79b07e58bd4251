// Where the entries of a zip archive lie: stored entries only, as torch.save writes them, with or without
// ZIP64.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "core/weights/mapped_file.h"
#include "core/weights/refusal.h"

namespace videoenhance {

// Names and contents are views of the archive's bytes, which outlive the index.
class ZipIndex {
 public:
  // Refuses an archive that is cut off or damaged, or that holds a name twice.
  static Read<ZipIndex> open(Bytes archive);

  bool contains(std::string_view name) const { return entries_.contains(name); }
  // Shortest name with this end, the first one in the alphabet if several are; empty if there is none.
  std::string_view shortest_name_ending(std::string_view end) const;
  // Refuses an entry that is missing, compressed, encrypted or outside the archive.
  Read<Bytes> contents(std::string_view name) const;

 private:
  struct Entry {
    std::uint64_t position = 0;  // of its local header
    std::uint64_t size = 0;
    std::uint64_t stored_size = 0;
    std::uint16_t method = 0;
    std::uint16_t flags = 0;
  };

  explicit ZipIndex(Bytes archive) : archive_(archive) {}
  Read<void> read_directory(Bytes directory);

  Bytes archive_;
  std::unordered_map<std::string_view, Entry> entries_;
};

}  // namespace videoenhance
