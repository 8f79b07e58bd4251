#include "tools/video-enhance/matroska_tags.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string>

#include "tools/video-enhance/pipeline.h"

namespace videoenhance {
namespace {

// How the elements Tags and TagString begin.
constexpr std::uint8_t kTags[] = {0x12, 0x54, 0xC3, 0x67}, kText[] = {0x44, 0x87};

template <std::size_t size>
bool begins(GstBuffer* buffer, const std::uint8_t (&with)[size]) {
  return gst_buffer_memcmp(buffer, 0, with, size) == 0;
}

// What was made of `quoted`, by GStreamer's own inverse.
std::string plain(const std::string& quoted) {
  GValue value = G_VALUE_INIT;
  g_value_init(&value, G_TYPE_STRING);
  const std::string result =
      gst_value_deserialize(&value, quoted.c_str()) ? g_value_get_string(&value) : quoted;
  g_value_unset(&value);
  return result;
}

// The text becomes shorter, and the rest zeros, which do not count: so no length in the file changes.
void write_plain(GstBuffer* buffer) {
  GstMapInfo map;
  if (!gst_buffer_map(buffer, &map, GST_MAP_READWRITE)) return;
  // The length's own length is one byte more than the zeros that it begins with.
  const std::size_t start =
      sizeof kText + static_cast<std::size_t>(std::countl_zero(map.data[sizeof kText])) + 1;
  if (start < map.size && map.data[start] == '"') {
    std::uint8_t *const text = map.data + start, *const end = map.data + map.size;
    const std::string shorter = plain(std::string(text, std::find(text, end, '\0')));
    std::fill(std::copy(shorter.begin(), shorter.end(), text), end, 0);
  }
  gst_buffer_unmap(buffer, &map);
}

// The muxer pushes each element of Tags as a buffer of its own, after everything else.
GstPadProbeReturn look(GstPad*, GstPadProbeInfo* info, gpointer data) {
  bool& in_tags = *static_cast<bool*>(data);
  in_tags = in_tags || begins(GST_PAD_PROBE_INFO_BUFFER(info), kTags);
  if (in_tags && begins(GST_PAD_PROBE_INFO_BUFFER(info), kText)) {
    info->data = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info));
    write_plain(GST_PAD_PROBE_INFO_BUFFER(info));
  }
  return GST_PAD_PROBE_OK;
}

}  // namespace

void write_plain_tags(GstElement* matroskamux) {
  const Owned<GstPad> pad(gst_element_get_static_pad(matroskamux, "src"));
  gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_BUFFER, look, new bool(false),
                    [](gpointer data) { delete static_cast<bool*>(data); });
}

}  // namespace videoenhance
