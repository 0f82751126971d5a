#!/bin/sh
# usage: scripts/python_tests.sh [BUILD_DIRECTORY] [PYTEST_ARGUMENT...]
# Builds the wheel, installs it into a virtual environment with what the tests need and into a clean
# one with NumPy alone, imports it there, and runs python/tests on the installed package. Everything
# is kept under BUILD_DIRECTORY (build), so that a second run installs only what changed. Exits with
# 77, which CTest counts as skipped, where Python or the package index cannot be reached.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=${1:-$root/build}
[ $# -eq 0 ] || shift
mkdir -p "$build"
build=$(cd "$build" && pwd)
venv=$build/venv
clean=$build/venv-clean
. "$root/scripts/python_environment.sh"

install_wheel() { # install_wheel DIRECTORY
    if cmp -s "$wheel" "$1/losskit.whl"; then return; fi
    quietly "$1/bin/python" -m pip install -q --no-deps --force-reinstall "$wheel"
    cp "$wheel" "$1/losskit.whl"
}

environment "$venv" "$root/python/requirements-test.txt"
grep '^numpy' "$root/python/requirements-test.txt" >"$build/requirements-clean.txt"
environment "$clean" "$build/requirements-clean.txt"

"$root/scripts/wheel.sh" "$build"
wheel=$(echo "$build"/dist/losskit-*.whl)
install_wheel "$venv"
install_wheel "$clean"

# From a directory that has no losskit in it: what is imported is what was installed.
cd "$build"
"$clean/bin/python" - <<'EOF'
import doctest
import sys
from pathlib import Path

import losskit

installed = Path(losskit.__file__).resolve()
if Path(sys.prefix).resolve() not in installed.parents:
    sys.exit(f"imported {installed}, which is not what was installed")
if list(installed.parent.glob("*.so")) != [installed.parent / "liblosskit_python.so"]:
    sys.exit("the package has another number of libraries than one")
failed, tried = doctest.testmod(losskit)
if failed or not tried:
    sys.exit(f"{failed} of {tried} examples failed")
print(f"losskit {losskit.__version__} in a clean environment: {len(losskit.losses)} losses, "
      f"{losskit.isa_name()}, {tried} examples")
EOF
LOSSKIT_SOURCE=$root MPLBACKEND=Agg exec "$venv/bin/python" -m pytest -q -p no:cacheprovider \
    "$root/python/tests" "$@"
