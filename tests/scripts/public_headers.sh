#!/bin/sh
# usage: public_headers.sh INCLUDE_DIRECTORY C_COMPILER
# Each public header compiles by itself, without warnings, as C99, C11 and C++17, by every compiler
# that is here.
set -eu
include=$1
given=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
status=0
count=0

# compile COMPILER LANGUAGE STANDARD HEADER
compile()
{
    command -v "$1" >/dev/null || return 0
    count=$((count + 1))
    if ! "$1" -x "$2" -std="$3" -Wall -Wextra -Wpedantic -Werror -I"$include" -c -o /dev/null \
        "$scratch/use" >"$scratch/out" 2>&1; then
        echo "$4 does not compile with $1 -std=$3:"
        cat "$scratch/out"
        status=1
    fi
}

for header in "$include"/*.h; do
    name=${header##*/}
    printf '#include <%s>\n#include <%s>\n' "$name" "$name" >"$scratch/use"
    if [ "$name" = losskit.h ]; then
        cat >>"$scratch/use" <<'END'
lk_call use(lk_tensor *view, const float *data, const int64_t *length);
lk_call use(lk_tensor *view, const float *data, const int64_t *length)
{
    lk_call call = LK_CALL_INIT;
    *view = lk_vector(data, LK_F32, length);
    call.input = view;
    return call;
}
END
    fi
    for compiler in gcc clang "$given"; do
        compile "$compiler" c c99 "$name"
        compile "$compiler" c c11 "$name"
    done
    for compiler in g++ clang++; do compile "$compiler" c++ c++17 "$name"; done
done
echo "$count compilations"
[ "$count" -gt 0 ] || status=1
exit $status
