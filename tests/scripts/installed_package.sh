#!/bin/sh
# usage: installed_package.sh SOURCE_DIRECTORY BUILD_DIRECTORY C_COMPILER CMAKE GENERATOR
# Installs into a scratch prefix, moves that elsewhere, and builds tests/consumer there through
# find_package and through pkg-config, shared and static.
set -eu
source=$1
build=$2
cc=$3
cmake=$4
generator=$5
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
log=$scratch/log

# quietly COMMAND...: shows the output only of what fails
quietly()
{
    if ! "$@" >"$log" 2>&1; then
        echo "failed: $*"
        cat "$log"
        exit 1
    fi
}

quietly "$cmake" --install "$build" --prefix "$scratch/first"
mv "$scratch/first" "$scratch/moved"
prefix=$scratch/moved
if grep -rIl "$source\|$scratch" "$prefix" --include=*.cmake --include=*.pc --include=*.h; then
    echo "these installed files name the place where losskit was built"
    exit 1
fi

pc=$(find "$prefix" -name losskit.pc)
libdir=$(dirname "$(dirname "$pc")")
PKG_CONFIG_PATH=$(dirname "$pc")
export PKG_CONFIG_PATH
version=$(pkg-config --modversion losskit)
echo "losskit $version"
for part in MAJOR MINOR PATCH; do
    sed -n "s/^#define LK_VERSION_$part //p" "$prefix/include/losskit.h"
done | paste -sd. - | grep -qx "$version" || {
    echo "losskit.pc and losskit.h disagree about the version"
    exit 1
}

# find_package
quietly "$cmake" -S "$source/tests/consumer" -B "$scratch/cmake" -G "$generator" \
    -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$cc" -DLOSSKIT_WANTED="${version%.*}"
quietly "$cmake" --build "$scratch/cmake"
"$scratch/cmake/consumer"
"$scratch/cmake/consumer_static"

# pkg-config
# shellcheck disable=SC2046
quietly "$cc" "$source/tests/consumer/consumer.c" -o "$scratch/shared" \
    $(pkg-config --cflags --libs losskit)
LD_LIBRARY_PATH=$libdir "$scratch/shared"
# shellcheck disable=SC2046
quietly "$cc" "$source/tests/consumer/consumer.c" -o "$scratch/static" \
    $(pkg-config --cflags --static --libs losskit | sed 's/-llosskit/-l:liblosskit.a/')
"$scratch/static"

# The command, wherever it was moved to.
if [ -e "$prefix/bin/losskit" ]; then
    "$prefix/bin/losskit" --version >"$log" 2>&1 || { cat "$log"; exit 1; }
fi
