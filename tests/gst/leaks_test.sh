#!/bin/sh
# Runs a test program under the leaks tracer: at its end no GStreamer object may be alive.
set -eu
log=$(mktemp)
trap 'rm -f "$log"' EXIT
GST_TRACERS=leaks GST_DEBUG=GST_TRACER:7 GST_DEBUG_NO_COLOR=1 GST_DEBUG_FILE="$log" "$@" > /dev/null
grep -q 'leaks' "$log" || { echo "the leaks tracer did not report"; exit 77; }
if grep -o 'object-alive, type-name=(string)[A-Za-z][A-Za-z0-9]*' "$log" | sort | uniq -c | grep .; then exit 1; fi
