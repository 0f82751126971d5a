#!/bin/sh
# usage: scripts/setup.sh [build|test|demo]
# Installs what building (build), testing (test) or the demonstration (demo) of losskit needs and
# this system lacks: with apt on Debian and Ubuntu; elsewhere it prints the list and fails. Says
# nothing when nothing is missing.
set -eu
goal=${1:-build}
case $goal in
build | test | demo) ;;
*)
    echo "usage: $0 [build|test|demo]" >&2
    exit 2
    ;;
esac
root=$(cd "$(dirname "$0")/.." && pwd)
given_up=$root/build/setup-unavailable # optional packages that could not be installed

missing=""
optional=""
command_exists() { command -v "$1" >/dev/null 2>&1; }
need() { missing="$missing $1"; }
want() { optional="$optional $1"; }
need_command() { command_exists "$1" || need "$2"; }
want_command() { command_exists "$1" || want "$2"; }
need_module() { pkg-config --exists "$1" 2>/dev/null || need "$2"; }
header_exists() { echo "#include <$1>" | ${CC:-cc} -E - >/dev/null 2>&1; }

# The first cmake on PATH is the one that will be used.
cmake_is_new()
{
    command_exists cmake || return 1
    version=$(cmake --version 2>/dev/null | sed -n 's/^cmake version \([0-9]*\.[0-9]*\).*/\1/p')
    case $version in
    *.*) [ "${version%%.*}" -gt 3 ] || { [ "${version%%.*}" -eq 3 ] && [ "${version#*.}" -ge 22 ]; } ;;
    *) return 1 ;;
    esac
}

find_missing()
{
    missing=""
    optional=""
    command_exists gcc || command_exists clang || need gcc
    header_exists stdlib.h || need libc6-dev
    need_command make make
    cmake_is_new || need cmake
    need_command pkg-config pkg-config
    header_exists pthreadpool.h || need libpthreadpool-dev
    header_exists cblas.h || need libopenblas-pthread-dev
    need_module popt libpopt-dev
    need_module jansson libjansson-dev
    need_module zlib zlib1g-dev
    need_module libzip libzip-dev
    need_module lapacke liblapacke-dev
    need_module liblbfgs liblbfgs-dev
    if [ "$goal" != build ]; then
        need_command gnuplot gnuplot-nox
        [ -d /usr/share/fonts/truetype/dejavu ] ||
            { command_exists fc-list && fc-list 2>/dev/null | grep -qi dejavu; } ||
            need fonts-dejavu-core
    fi
    [ "$goal" = test ] || return 0
    need_module mpfr libmpfr-dev
    need_module cmocka libcmocka-dev
    header_exists dlpack/dlpack.h || need libdlpack-dev
    want_command g++ g++
    want_command valgrind valgrind
    want_command ccache ccache
    python3 -c 'import ensurepip, venv' 2>/dev/null || want python3-venv
    want_command chromium chromium
    want_command liblinear-train liblinear-tools
    want_command qemu-aarch64 qemu-user
    want_command aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu
    [ -e /usr/aarch64-linux-gnu/include/stdlib.h ] || want libc6-dev-arm64-cross
    if ! command_exists clang; then
        want clang
        want libclang-rt-dev
    elif [ -z "$(find "$(clang -print-resource-dir)/lib" -name 'libclang_rt.fuzzer*' 2>/dev/null)" ]
    then
        want libclang-rt-dev
    fi
    return 0
}

# The sanitizers' and the fuzzer's runtime is a package of clang's version, under one of two names.
clang_runtime()
{
    major=$(clang -dumpversion 2>/dev/null || apt-cache depends clang | sed -n 's/.*: clang-\([0-9]*\)$/\1/p')
    major=$(printf '%s\n' "$major" | sed 's/\..*//; q')
    for name in "libclang-rt-$major-dev" "libclang-common-$major-dev"; do
        if apt-cache show "$name" >/dev/null 2>&1; then
            echo "$name"
            return
        fi
    done
    echo "libclang-rt-$major-dev"
}

find_missing
if [ -e "$given_up" ]; then
    wanted=$optional
    optional=""
    for package in $wanted; do
        grep -qx "$package" "$given_up" || want "$package"
    done
fi
[ "$missing$optional" ] || exit 0

if ! command_exists apt-get; then
    [ "$missing" ] || exit 0
    echo "losskit needs these packages (Debian's names), please install them:$missing" >&2
    exit 1
fi

if [ "$(id -u)" -eq 0 ]; then
    as_root="env"
elif command_exists sudo && sudo -n true 2>/dev/null; then
    as_root="sudo -n env"
elif [ "$missing" ]; then
    echo "losskit needs packages; please run: sudo apt-get install$missing" >&2
    exit 1
else
    echo "note: not installed, some tests will be left out:$optional" >&2
    exit 0
fi

apt() { $as_root DEBIAN_FRONTEND=noninteractive apt-get -y -q "$@" </dev/null; }
install() { apt install --no-install-recommends "$@"; }

echo "installing:$missing$optional"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! apt update >"$log" 2>&1 && [ "$missing" ]; then
    tail -n 5 "$log" >&2
    echo "note: apt-get update failed; trying with the lists that are here" >&2
fi
if [ "$missing" ]; then
    # shellcheck disable=SC2086
    if ! install $missing >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        echo "could not install:$missing" >&2
        exit 1
    fi
fi
for package in $optional; do
    name=$package
    [ "$package" != libclang-rt-dev ] || name=$(clang_runtime)
    if ! install "$name" >"$log" 2>&1; then
        echo "note: $name could not be installed; some tests will be left out" >&2
        mkdir -p "$root/build"
        echo "$package" >>"$given_up"
    fi
done

find_missing
if [ "$missing" ]; then
    echo "installed, but still not found:$missing" >&2
    case $missing in
    *cmake*) echo "losskit needs CMake 3.22; a newer one comes with: pip install cmake" >&2 ;;
    esac
    exit 1
fi
