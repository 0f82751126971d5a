#!/bin/sh
# usage: exported_symbols.sh NM SHARED_LIBRARY STATIC_LIBRARY
# Everything that the libraries offer to a linker begins with lk_.
set -eu
nm=$1
shared=$2
static=$3
status=0

# check LIBRARY [NM OPTION]: hidden symbols of the static library count too, they could collide.
check()
{
    names=$("$nm" ${2:-} -g --defined-only "$1" | awk 'NF >= 3 && $2 != "A" {print $NF}' |
        sed 's/@.*//')
    foreign=$(printf '%s\n' "$names" | grep -Ev '^(lk_|_init$|_fini$|__gcov|__asan|__odr_asan)' || :)
    if [ -z "$names" ]; then
        echo "$1: no symbols at all"
        status=1
    elif [ -n "$foreign" ]; then
        echo "$1 offers symbols that do not begin with lk_:"
        printf '%s\n' "$foreign" | sort -u | sed 's/^/    /'
        status=1
    else
        echo "$1: $(printf '%s\n' "$names" | sort -u | grep -c .) symbols"
    fi
}

check "$shared" -D
check "$static"

# The private part of the library stays private.
if "$nm" -D --defined-only "$shared" | grep -E ' lk_(kernels|pointwise_v|every_v|isa_at|isa_use)'; then
    echo "$shared offers private symbols"
    status=1
fi
exit $status
