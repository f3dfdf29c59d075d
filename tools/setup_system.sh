#!/bin/sh
# Installs the system packages that are missing, and only those. Arguments: "run" or "test".
# Looks for what a package brings (a header, a library, a program), not for its name, so that anything
# that is there already by another way counts. Without apt it says what to install.
set -eu

missing=""
need() { missing="$missing $1"; }
has_library() { { ldconfig -p 2>/dev/null || /sbin/ldconfig -p; } | grep -q "$1"; }
has_header() { printf '#include <%s>\n' "$1" | gcc $2 -E - >/dev/null 2>&1; }

python=${PYTHON:-python3}
has_library libGL.so.1 || need libgl1
has_library libgthread-2.0.so.0 || need libglib2.0-0
command -v "$python" >/dev/null || need python3
"$python" -c 'import ensurepip, venv' 2>/dev/null || need python3-venv
command -v gcc >/dev/null || need gcc
if ! command -v gcc >/dev/null || ! has_header portaudio.h ""; then need portaudio19-dev; fi
include=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))' 2>/dev/null || true)
if ! command -v gcc >/dev/null || ! has_header Python.h "-I${include:-/nonexistent}"; then need python3-dev; fi
if [ "${1:-run}" = test ]; then
  command -v pulseaudio >/dev/null || need pulseaudio
  command -v pactl >/dev/null || need pulseaudio-utils
  PATH="$PATH:/usr/sbin" command -v mosquitto >/dev/null || need mosquitto
  command -v chromium >/dev/null || command -v google-chrome >/dev/null || need chromium
  command -v espeak-ng >/dev/null || need espeak-ng
fi
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null; then
  echo "setup: these Debian packages, or what your system calls them, are needed:$missing; install them and run make again" >&2
  exit 1
fi
root=""
[ "$(id -u)" = 0 ] || root=sudo
if [ -n "$root" ] && ! command -v sudo >/dev/null; then
  echo "setup: system packages are missing and there is no sudo; as root, run: apt-get install$missing" >&2
  exit 1
fi
echo "setup: installing the system packages$missing"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# The list of packages of a fresh machine is empty or old: get it first.
if ! { $root apt-get update && $root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1; then
  tail -n 20 "$log" >&2
  echo "setup: apt-get could not install$missing (see above)" >&2
  exit 1
fi
