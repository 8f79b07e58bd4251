#!/usr/bin/python3
"""Takes interpolated frames into Python one by one: frames.py FILE

Needs PyGObject (Debian: python3-gi gir1.2-gstreamer-1.0 gir1.2-gst-plugins-base-1.0). In a checkout, run it by
meson devenv -C build -w . examples/frames.py .deps/clips/carphone_pristine.mp4
"""
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstApp", "1.0")
from gi.repository import Gst, GstApp  # noqa: E402  pylint: disable=wrong-import-position,unused-import

PIPELINE = ("filesrc name=source ! decodebin ! videoconvert ! frameinterpolate "
            "! videoconvert ! video/x-raw,format=GRAY8 ! appsink name=sink emit-signals=true sync=false")


def brightness(sample):
    """Mean of a grey frame, from 0 to 255."""
    info = sample.get_caps().get_structure(0)
    width, height = info.get_value("width"), info.get_value("height")
    data = sample.get_buffer().extract_dup(0, sample.get_buffer().get_size())
    stride = len(data) // height
    return sum(sum(data[y * stride:y * stride + width]) for y in range(height)) / (width * height)


def show(sink):
    """Prints time and brightness of the next frame."""
    sample = sink.pull_sample()
    print(f"{sample.get_buffer().pts / Gst.SECOND:9.4f} s  brightness {brightness(sample):6.2f}")
    return Gst.FlowReturn.OK


def main(path):
    """Runs until the end or an error; returns the exit status."""
    Gst.init(None)
    pipeline = Gst.parse_launch(PIPELINE)
    pipeline.get_by_name("source").set_property("location", path)
    pipeline.get_by_name("sink").connect("new-sample", show)
    pipeline.set_state(Gst.State.PLAYING)
    message = pipeline.get_bus().timed_pop_filtered(Gst.CLOCK_TIME_NONE, Gst.MessageType.EOS | Gst.MessageType.ERROR)
    pipeline.set_state(Gst.State.NULL)
    if message.type == Gst.MessageType.EOS:
        return 0
    error, detail = message.parse_error()
    print(f"{error.message}\n{detail}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]) if len(sys.argv) == 2 else __doc__)
