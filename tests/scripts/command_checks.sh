# command_checks.sh: what the scripts that call the command as its users do have in common. Read with
# `.` by a script whose first argument is the binary; the script goes on in a directory of its own.
set -u

losskit=$1
case $losskit in
/*) ;;
*) losskit=$PWD/$losskit ;;
esac
room=$(mktemp -d) || exit 1
trap 'chmod -R u+w "$room"; rm -rf "$room"' EXIT
cd "$room" || exit 1
failures=0
checks=0

fail()
{
    failures=$((failures + 1))
    echo "FAIL: $*"
}

# expect STATUS FRAGMENT ARGUMENT...: the fragment is part of what is printed on either stream.
expect()
{
    status=$1
    fragment=$2
    shift 2
    checks=$((checks + 1))
    "$losskit" "$@" >out 2>err </dev/null
    got=$?
    [ $got -eq "$status" ] || fail "losskit $*: status $got, expected $status: $(cat err)"
    [ -z "$fragment" ] || cat out err | grep -qF -- "$fragment" || fail "losskit $*: no \"$fragment\" in: $(cat out err)"
    [ "$status" -eq 0 ] || grep -q '^losskit: ' err || fail "losskit $*: no sentence on stderr"
}

# A usage error says nothing on standard output.
wrong()
{
    expect 2 "$@"
    [ ! -s out ] || fail "losskit: wrong usage printed data: $(cat out)"
}

# Well-formed words that ask for what does not exist.
refused()
{
    expect 1 "$@"
    [ ! -s out ] || fail "losskit: a refusal printed data: $(cat out)"
}

absent()
{
    for file in "$@"; do
        [ ! -e "$file" ] || fail "$file was left behind"
    done
    left=$(find . -name '*tmp*' -o -name '.*.npy*' | head -1)
    [ -z "$left" ] || fail "a temporary file was left: $left"
}

parses()
{
    command -v python3 >/dev/null 2>&1 || return 0
    checks=$((checks + 1))
    python3 -m json.tool out >/dev/null 2>&1 || fail "no JSON: $*"
}

finish()
{
    echo "$checks checks, $failures failures"
    [ $failures -eq 0 ]
}
