#include "core/weights/zip_index.h"

#include <algorithm>
#include <optional>
#include <string>

#include "core/weights/byte_reader.h"

// APPNOTE.TXT of PKWARE, sections 4.3.7 (local header), 4.3.12 (directory), 4.3.14 to 4.3.16 (end records).
namespace videoenhance {
namespace {

constexpr std::uint32_t kLocalHeader = 0x04034B50;
constexpr std::uint32_t kDirectoryEntry = 0x02014B50;
constexpr std::uint32_t kEnd = 0x06054B50;
constexpr std::uint32_t kEnd64 = 0x06064B50;
constexpr std::uint32_t kEnd64Locator = 0x07064B50;
constexpr std::size_t kEndSize = 22;
constexpr std::size_t kEnd64LocatorSize = 20;
constexpr std::size_t kLongestComment = 0xFFFF;
constexpr std::uint32_t kIn64 = 0xFFFFFFFF;  // the value stands in the ZIP64 field
constexpr std::uint16_t kField64 = 1;
constexpr std::uint16_t kEncrypted = 1;

std::uint32_t number_at(Bytes bytes, std::size_t position) {
  return ByteReader(bytes.subspan(position)).number<std::uint32_t>();
}

// The end record is the last one whose comment reaches exactly to the end of the file.
std::optional<std::size_t> find_end(Bytes archive) {
  if (archive.size() < kEndSize) return std::nullopt;
  const std::size_t last = archive.size() - kEndSize;
  for (std::size_t comment = 0; comment <= std::min(last, kLongestComment); ++comment) {
    const std::size_t position = last - comment;
    if (number_at(archive, position) != kEnd) continue;
    ByteReader length(archive.subspan(position + kEndSize - sizeof(std::uint16_t)));
    if (length.number<std::uint16_t>() == comment) return position;
  }
  return std::nullopt;
}

struct Place {
  std::uint64_t position = 0;
  std::uint64_t size = 0;
};

Place place_in_end(ByteReader record) {
  record.take(12);  // signature, disks, counts: the directory is read to its end whatever they say
  const auto size = record.number<std::uint32_t>();
  return {record.number<std::uint32_t>(), size};
}

std::optional<Place> place_in_end64(Bytes archive, std::size_t end) {
  if (end < kEnd64LocatorSize || number_at(archive, end - kEnd64LocatorSize) != kEnd64Locator)
    return std::nullopt;
  ByteReader locator(archive.subspan(end - kEnd64LocatorSize));
  locator.take(8);
  ByteReader record(archive);
  record.take(locator.number<std::uint64_t>());
  if (record.number<std::uint32_t>() != kEnd64) return Place{archive.size(), archive.size()};
  record.take(36);
  const auto size = record.number<std::uint64_t>();
  return Place{record.number<std::uint64_t>(), size};
}

tl::unexpected<Refusal> damaged(std::string detail) {
  return refuse("is a damaged zip archive; fetch it again", std::move(detail));
}

// Replaces each value that does not fit 32 bits, in this order.
void read_field64(ByteReader extra, std::uint64_t& size, std::uint64_t& stored_size,
                  std::uint64_t& position) {
  while (extra.rest().size() >= 4) {
    const auto id = extra.number<std::uint16_t>();
    ByteReader field(extra.take(extra.number<std::uint16_t>()));
    if (id != kField64) continue;
    for (std::uint64_t* value : {&size, &stored_size, &position}) {
      if (*value == kIn64) *value = field.number<std::uint64_t>();
    }
  }
}

}  // namespace

Read<ZipIndex> ZipIndex::open(Bytes archive) {
  const auto end = find_end(archive);
  if (!end) return refuse("is cut off: the end of its zip archive is missing; fetch it again");
  const Place place = place_in_end64(archive, *end).value_or(place_in_end(ByteReader(archive.subspan(*end))));
  if (place.position > *end || place.size > *end - place.position)
    return damaged("directory outside the archive");
  ZipIndex index(archive);
  const auto read = index.read_directory(archive.subspan(place.position, place.size));
  if (!read) return tl::unexpected(read.error());
  return index;
}

Read<void> ZipIndex::read_directory(Bytes directory) {
  ByteReader reader(directory);
  while (!reader.rest().empty()) {
    if (reader.number<std::uint32_t>() != kDirectoryEntry) return damaged("directory entry without its mark");
    Entry entry;
    reader.take(4);  // versions
    entry.flags = reader.number<std::uint16_t>();
    entry.method = reader.number<std::uint16_t>();
    reader.take(8);  // time, checksum
    entry.stored_size = reader.number<std::uint32_t>();
    entry.size = reader.number<std::uint32_t>();
    const auto name_length = reader.number<std::uint16_t>();
    const auto extra_length = reader.number<std::uint16_t>();
    const auto comment_length = reader.number<std::uint16_t>();
    reader.take(8);  // disk, attributes
    entry.position = reader.number<std::uint32_t>();
    const std::string_view name = reader.text(name_length);
    read_field64(ByteReader(reader.take(extra_length)), entry.size, entry.stored_size, entry.position);
    reader.take(comment_length);
    if (reader.failed()) return damaged("directory entry that does not end");
    if (!entries_.emplace(name, entry).second) return damaged("entry twice: " + in_quotes(name));
  }
  return {};
}

std::string_view ZipIndex::shortest_name_ending(std::string_view end) const {
  std::string_view best;
  for (const auto& [name, entry] : entries_) {
    if (!name.ends_with(end)) continue;
    if (best.empty() || name.size() < best.size() || (name.size() == best.size() && name < best)) best = name;
  }
  return best;
}

Read<Bytes> ZipIndex::contents(std::string_view name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) return refuse("lacks the archive entry " + in_quotes(name));
  const Entry& entry = found->second;
  if ((entry.flags & kEncrypted) != 0) return refuse("holds the encrypted archive entry " + in_quotes(name));
  if (entry.method != 0) return refuse("holds the compressed archive entry " + in_quotes(name));
  ByteReader reader(archive_);
  reader.take(entry.position);
  const bool has_header = reader.number<std::uint32_t>() == kLocalHeader;
  reader.take(22);  // as in the directory, sizes of streamed entries missing
  const auto name_length = reader.number<std::uint16_t>();
  const auto extra_length = reader.number<std::uint16_t>();
  reader.take(std::uint64_t{name_length} + extra_length);
  const Bytes contents = reader.take(entry.size);
  if (!has_header || reader.failed() || entry.size != entry.stored_size) {
    return refuse("holds the damaged archive entry " + in_quotes(name));
  }
  return contents;
}

}  // namespace videoenhance
