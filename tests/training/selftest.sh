#!/bin/sh
# The training programs' own test, by the Python whose LibTorch scripts/test builds with; skipped where LibTorch came
# from elsewhere.
root=$(cd "$(dirname "$0")/../.." && pwd)
python=$root/.deps/python/bin/python3
"$python" -c 'import numpy, torch' 2>/dev/null || exit 77
exec "$python" "$root/training/selftest.py"
