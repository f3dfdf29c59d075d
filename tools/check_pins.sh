#!/bin/sh
# Asks the package index whether every pin has a wheel for the Pythons on which the tests do not run here.
# Nothing is installed. It takes minutes, so a release runs it and `make check` does not.
# PyAudio is built from source everywhere.
set -eu

cd "$(dirname "$0")/.."
pins=$(mktemp -d)
trap 'rm -rf "$pins"' EXIT
grep -v '^pyaudio==' constraints.txt >"$pins/pins.txt"
for version in 3.12 3.13 3.14; do
  echo "pins: Python $version"
  "${PYTHON:-.venv/bin/python}" -m pip --disable-pip-version-check install -qq --dry-run --no-deps --ignore-installed \
    --only-binary=:all: --python-version "$version" --target "$pins/nowhere" -r "$pins/pins.txt"
done
