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
wheels=$build/wheels
log=$build/python_tests.log
unset LOSSKIT_LIBRARY PYTHONPATH PYTHONHOME

skip() {
    echo "skipped: $1" >&2
    exit 77
}

# An environment whose requirements are those of the stamp inside is left as it is.
environment() { # environment DIRECTORY REQUIREMENTS
    directory=$1
    requirements=$2
    if cmp -s "$requirements" "$directory/installed.txt"; then return; fi
    "$python" -m venv --clear "$directory" >"$log" 2>&1 ||
        skip "$python cannot make a virtual environment (on Debian and Ubuntu: python3-venv)"
    echo "installing into $directory: $(grep -v '^#' "$requirements" | tr '\n' ' ')"
    if ! "$directory/bin/python" -m pip install -q -r "$requirements" >"$log" 2>&1; then
        tail -n 5 "$log" >&2
        skip "the packages of $requirements could not be had from the package index"
    fi
    cp "$requirements" "$directory/installed.txt"
}

install_wheel() { # install_wheel DIRECTORY
    if cmp -s "$wheel" "$1/losskit.whl"; then return; fi
    "$1/bin/python" -m pip install -q --no-deps --force-reinstall "$wheel" >"$log" 2>&1 || {
        cat "$log" >&2
        exit 1
    }
    cp "$wheel" "$1/losskit.whl"
}

python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null ||
    skip "losskit needs Python 3.10 or newer, and $python is none"
environment "$venv" "$root/python/requirements-test.txt"
grep '^numpy' "$root/python/requirements-test.txt" >"$build/requirements-clean.txt"
environment "$clean" "$build/requirements-clean.txt"

# The wheel has a build directory of its own, which keeps the objects.
rm -rf "$wheels"
if command -v ccache >/dev/null; then export CMAKE_C_COMPILER_LAUNCHER=ccache; fi
start=$(date +%s)
"$venv/bin/python" -m pip wheel -q --no-deps --no-build-isolation -w "$wheels" \
    -Cbuild-dir="$build/wheel" -Ccmake.define.LOSSKIT_WERROR="${LOSSKIT_WERROR:-OFF}" \
    "$root" >"$log" 2>&1 || {
    tail -n 40 "$log" >&2
    exit 1
}
wheel=$(echo "$wheels"/losskit-*.whl)
case $wheel in
*/losskit-*-py3-none-*.whl) ;;
*)
    echo "$wheel: expected one wheel for every Python, py3-none-<platform>" >&2
    exit 1
    ;;
esac
echo "built ${wheel##*/} in $(($(date +%s) - start)) s"
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
