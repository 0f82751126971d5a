#!/bin/sh
# usage: kernel_objects.sh NM OBJDUMP POINTWISE_LIST {SET_WIDTH OBJECT}...
# Looks into the compiled kernels: no call into libm, and every loss is packed arithmetic over whole
# vectors of its instruction set. A formula that stops being vectorised is 10 to 30 times slower and
# right all the same, so that nothing else would notice.
#
# Packed multiplications, subtractions, divisions, fused operations, minima and maxima count; packed
# additions do not, because the sums of the engine are made of them. A kernel holds its formula for
# value, gradient and curvature over four vectors each: even the smallest loss has 8. Scalar
# operations are for what depends on the parameters alone: no main loop (the one around a prefetch; a
# kernel has one each for value, gradient and curvature) may have more of them than packed ones.
set -eu
nm=$1
objdump=$2
list=$3
shift 3
losses=$(sed -n 's/^[ \t]*[A-Z_]*(\([a-z0-9_]*\), *LK_[A-Z0-9_]*).*/\1/p' "$list")
status=0
objects=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

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

    # Only the lines that matter: names of functions, arithmetic, jumps.
    "$objdump" -d --no-show-raw-insn "$object" |
        grep -E '>:$|[[:space:]](v?(mul|sub|div|sqrt|min|max)[ps][sd]|vfn?m(add|sub)[0-9]+[ps][sd]|f(mul|sub|div|sqrt|min|max|mla|mls|minnm|maxnm|abd)|j[a-z]+|b\.?[a-z]*|cbn?z|tbn?z|prefetch[a-z0-9]*|prfm)[[:space:]]' \
            >"$scratch/code"
    # shellcheck disable=SC2086
    awk -v losses="$(echo $losses)" -v set="$set" -v width="$width" -v register="$register" \
        -v least="$least" '
    function number(hex, i, n) {
        n = 0
        for (i = 1; i <= length(hex); i++) n = n * 16 + index("123456789abcdef", substr(hex, i, 1))
        return n
    }
    # The function ends here. Its main loops are the shortest jumps backwards over a prefetch.
    function end_of_function(i, j, k, p, s, best) {
        for (k = 1; k <= prefetches; k++) {
            best = 0
            for (j = 1; j <= jumps; j++)
                if (target[j] <= prefetch[k] && prefetch[k] < from[j] &&
                    (!best || from[j] - target[j] < from[best] - target[best])) best = j
            if (!best || done[name, target[best], from[best]]++) continue
            p = s = 0
            for (i = count; i >= 1 && address[i] >= target[best]; i--)
                if (address[i] <= from[best]) { p += is_packed[i]; s += !is_packed[i] }
            loops[name]++
            if (s > p && s > worst[name]) { worst[name] = s; against[name] = p }
        }
        count = jumps = prefetches = 0
    }
    function operation(yes) {
        address[++count] = here
        is_packed[count] = yes
        packed[name] += yes
    }
    BEGIN {
        type = width == 32 ? "s" : "d"
        lanes = "^v[0-9]+\\." (width == 32 ? "4s" : "2d")
    }
    /^[0-9a-f]+ <.*>:$/ {
        end_of_function()
        name = $2
        gsub(/[<>:]/, "", name)
        sub(/\..*/, "", name) # parts that the compiler has split off
        seen[name] = 1
        next
    }
    { here = number(substr($1, 1, length($1) - 1)) }
    /<.*\+0x[0-9a-f]+>$/ { # a jump within the function
        there = number($(NF - 1))
        if (there <= here) { from[++jumps] = here; target[jumps] = there }
        next
    }
    $2 ~ /^pr/ { prefetch[++prefetches] = here; next }
    register == "v" && $2 ~ /^f/ {
        if ($3 ~ lanes) operation(1)
        else if ($3 ~ (width == 32 ? "^s" : "^d")) operation(0)
        next
    }
    $2 ~ ("p" type "$") { if (index($0, "%" register)) operation(1); next }
    $2 ~ ("s" type "$") { operation(0) }
    END {
        end_of_function()
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
            } else if (least && !loops[kernel]) {
                printf "%s: no loop with a prefetch for %s f%s\n", all[i], set, width
                bad = 1
            } else if (least && worst[kernel]) {
                printf "%s: a main loop with %d scalar and %d packed operations for %s f%s\n",
                    all[i], worst[kernel], against[kernel], set, width
                bad = 1
            }
        }
        exit bad
    }' "$scratch/code" || status=1
done

echo "$objects objects, $(echo "$losses" | grep -c .) losses"
[ $objects -gt 0 ] || status=1
exit $status
