#include "tools/video-enhance/picture.h"

#include <gst/video/video.h>

#include <fstream>

namespace videoenhance {

Outcome<void> write_png(GstSample* frame, const std::filesystem::path& path) {
  if (auto found = need_element("pngenc"); !found) return found;
  const Owned<GstCaps> png(gst_caps_new_empty_simple("image/png"));
  GError* error = nullptr;
  const Owned<GstSample> made(gst_video_convert_sample(frame, png.get(), GST_CLOCK_TIME_NONE, &error));
  if (!made) {
    const std::string reason = error->message;
    g_error_free(error);
    return failed(ExitCode::kFailed, "The picture cannot be made into a PNG: " + reason);
  }
  GstMapInfo map;
  if (!gst_buffer_map(gst_sample_get_buffer(made.get()), &map, GST_MAP_READ))
    return failed(ExitCode::kFailed, "The picture's PNG cannot be read back.");
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(map.data), static_cast<std::streamsize>(map.size));
  file.close();
  gst_buffer_unmap(gst_sample_get_buffer(made.get()), &map);
  if (!file)
    return failed(ExitCode::kOutput,
                  "'" + path.string() + "' cannot be written; check its folder and the disk.");
  return {};
}

}  // namespace videoenhance
