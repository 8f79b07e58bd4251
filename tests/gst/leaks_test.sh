#!/bin/sh
# Runs a test program under the leaks tracer: at its end no GStreamer object may be alive.
#   leaks_test.sh FOLDER_OF_GSTREAMERS_PLUGINS PROGRAM
set -eu
plugins=$1
shift
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
log=$folder/log

# The tracer's plugin and no other: the program scans what it finds in its own process, and a sanitizer would
# report what foreign plugins and their libraries leave behind.
ln -s "$plugins/libgstcoretracers.so" "$folder"
export GST_PLUGIN_SYSTEM_PATH_1_0="$folder" GST_REGISTRY_1_0="$folder/registry.bin"

GST_TRACERS=leaks GST_DEBUG=GST_TRACER:7 GST_DEBUG_NO_COLOR=1 GST_DEBUG_FILE="$log" "$@" > /dev/null
grep -q 'leaks' "$log" || { echo "the leaks tracer did not report"; exit 77; }
if grep -o 'object-alive, type-name=(string)[A-Za-z][A-Za-z0-9]*' "$log" | sort | uniq -c | grep .; then exit 1; fi
