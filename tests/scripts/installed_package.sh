#!/bin/sh
# usage: installed_package.sh SOURCE_DIRECTORY BUILD_DIRECTORY C_COMPILER CMAKE GENERATOR LEARN
# Installs into a scratch prefix, moves that elsewhere, and builds tests/consumer there through
# find_package and through pkg-config, shared and static. LEARN is 1 when the library that trains
# was built.
set -eu
source=$1
build=$2
cc=$3
cmake=$4
generator=$5
learn=$6
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

programs=consumer
if [ "$learn" = 1 ]; then
    programs="consumer learner"
elif find "$prefix" -name '*learn*' | grep .; then
    echo "these were installed without having been built"
    exit 1
fi

# find_package
quietly "$cmake" -S "$source/tests/consumer" -B "$scratch/cmake" -G "$generator" \
    -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$cc" -DLOSSKIT_WANTED="${version%.*}" \
    -DLOSSKIT_LEARN="$learn"
quietly "$cmake" --build "$scratch/cmake"

# pkg-config
for program in $programs; do
    package=losskit
    [ "$program" = consumer ] || package=losskit_learn
    # shellcheck disable=SC2046
    quietly "$cc" "$source/tests/consumer/$program.c" -o "$scratch/shared" \
        $(pkg-config --cflags --libs $package)
    # shellcheck disable=SC2046
    quietly "$cc" "$source/tests/consumer/$program.c" -o "$scratch/static" \
        $(pkg-config --cflags --static --libs $package |
            sed 's/-l\(losskit[a-z_]*\)/-l:lib\1.a/g')
    "$scratch/cmake/$program"
    "$scratch/cmake/${program}_static"
    LD_LIBRARY_PATH=$libdir "$scratch/shared"
    "$scratch/static"
done

# The command, wherever it was moved to.
if [ -e "$prefix/bin/losskit" ]; then
    "$prefix/bin/losskit" --version >"$log" 2>&1 || { cat "$log"; exit 1; }
fi
