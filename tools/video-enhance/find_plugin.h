// Starts GStreamer and sees to it that our plugin is found.
#pragma once

namespace videoenhance {

// In a build tree, and where the installation's prefix is none that GStreamer searches, the plugin and its
// module lie at a known place from this program.
void find_plugin();

}  // namespace videoenhance
