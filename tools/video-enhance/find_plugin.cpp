#include "tools/video-enhance/find_plugin.h"

#include <gst/gst.h>

#include <cstdlib>
#include <filesystem>

namespace videoenhance {

void find_plugin() {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path build = fs::read_symlink("/proc/self/exe", error).parent_path().parent_path().parent_path();
  const fs::path module = build / "core/torch/libvideoenhance-torch.so";
  if (fs::exists(module, error)) setenv("VIDEOENHANCE_TORCH_MODULE", module.c_str(), 0);
  gst_init(nullptr, nullptr);
  if (GstElementFactory* known = gst_element_factory_find("frameinterpolate")) {
    gst_object_unref(known);
    return;
  }
  for (const fs::path& folder : {build / "gst", fs::path(VIDEOENHANCE_PLUGIN_DIR)})
    if (fs::exists(folder / "libgstvideoenhance.so", error))
      gst_registry_scan_path(gst_registry_get(), folder.c_str());
}

}  // namespace videoenhance
