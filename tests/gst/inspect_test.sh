#!/bin/sh
# Compares what gst-inspect-1.0 says about an element with the text beside this script. To renew that text:
#   tests/gst/inspect_test.sh ELEMENT --renew      (inside `meson devenv -C build`)
# The text depends on GStreamer's version: elsewhere the test is skipped.
set -eu
element=$1
snapshot=$(dirname "$0")/$element.inspect
gst-inspect-1.0 --version | grep -q ' 1\.22\.' || exit 77

# Where the file lies is the machine's business.
inspect() { gst-inspect-1.0 --no-colors "$element" | grep -v 'Filename  '; }

if [ "${2:-}" = --renew ]; then
  inspect > "$snapshot"
else
  inspect | diff -u "$snapshot" -
fi
