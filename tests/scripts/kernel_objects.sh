#!/bin/sh
# usage: kernel_objects.sh NM OBJDUMP POINTWISE_LIST {SET_WIDTH OBJECT}...
# Looks into the compiled kernels: no call into libm, and every loss is packed arithmetic over whole
# vectors of its instruction set. A formula that stops being vectorised is 10 to 30 times slower and
# right all the same, so that nothing else would notice.
#
# Packed multiplications, subtractions, divisions, fused operations, minima and maxima count; packed
# additions do not, because the sums of the engine are made of them. A kernel holds its formula for
# value, gradient and curvature over four vectors each: even the smallest loss has 8. The scalar
# operations (parameters, sums) stay fewer than the packed ones.
set -eu
nm=$1
objdump=$2
list=$3
shift 3
losses=$(sed -n 's/^[ \t]*[A-Z_]*(\([a-z0-9_]*\), *LK_[A-Z0-9_]*).*/\1/p' "$list")
status=0
objects=0

if [ -z "$losses" ]; then
    echo "$list: no losses found"
    exit 1
fi

while [ $# -ge 2 ]; do
    set=${1%_*}
    width=${1##*_}
    object=$2
    shift 2
    objects=$((objects + 1))

    foreign=$("$nm" -u "$object" | awk '{print $NF}' |
        grep -Ev '^(memcpy|memset|memmove|_GLOBAL_OFFSET_TABLE_|__stack_chk_fail)$' || :)
    if [ -n "$foreign" ]; then
        echo "$set f$width: the kernels call $(echo "$foreign" | tr '\n' ' ')"
        status=1
    fi

    least=8
    # SSE2 cannot compare 64-bit integers, so that formulas with selects stay scalar there.
    case $("$objdump" -f "$object" | sed -n 's/^architecture: \([^,]*\).*/\1/p') in
    i386:x86-64)
        case $set in
        v4) register=zmm ;;
        v3) register=ymm ;;
        *) register=xmm ;;
        esac
        if [ "$set" = baseline ] && [ "$width" = 64 ]; then least=0; fi
        ;;
    aarch64) register=v ;;
    *) continue ;;
    esac

    "$objdump" -d --no-show-raw-insn "$object" >"${TMPDIR:-/tmp}/kernels.$$"
    # shellcheck disable=SC2086
    awk -v losses="$(echo $losses)" -v set="$set" -v width="$width" -v register="$register" \
        -v least="$least" '
    BEGIN {
        type = width == 32 ? "s" : "d"
        lanes = width == 32 ? "4s" : "2d"
        packed_x86 = "^(v?(mul|sub|div|sqrt|min|max)p" type "|vfn?m(add|sub)[0-9]+p" type ")$"
        scalar_x86 = "^(v?(mul|sub|div|sqrt|min|max)s" type "|vfn?m(add|sub)[0-9]+s" type ")$"
        arm = "^f(mul|sub|div|sqrt|min|max|mla|mls|minnm|maxnm|abd)$"
    }
    /^[0-9a-f]+ <.*>:$/ {
        name = $2
        gsub(/[<>:]/, "", name)
        sub(/\..*/, "", name) # parts that the compiler has split off
        seen[name] = 1
        next
    }
    register == "v" && $2 ~ arm {
        if ($3 ~ "^v[0-9]+\\." lanes) packed[name]++
        else scalar[name]++
    }
    register != "v" && $2 ~ packed_x86 && $0 ~ "%" register { packed[name]++ }
    register != "v" && $2 ~ scalar_x86 { scalar[name]++ }
    END {
        n = split(losses, all, " ")
        for (i = 1; i <= n; i++) {
            kernel = all[i] "_kernel"
            if (!(kernel in seen)) {
                printf "%s: no kernel for %s f%s\n", all[i], set, width
                bad = 1
            } else if (packed[kernel] + 0 < least) {
                printf "%s: only %d packed operations for %s f%s: it is not vectorised\n",
                    all[i], packed[kernel], set, width
                bad = 1
            } else if (least && scalar[kernel] + 0 > packed[kernel]) {
                printf "%s: %d scalar against %d packed operations for %s f%s\n",
                    all[i], scalar[kernel], packed[kernel], set, width
                bad = 1
            }
        }
        exit bad
    }' "${TMPDIR:-/tmp}/kernels.$$" || status=1
    rm -f "${TMPDIR:-/tmp}/kernels.$$"
done

echo "$objects objects, $(echo "$losses" | grep -c .) losses"
[ $objects -gt 0 ] || status=1
exit $status
