#!/bin/sh
# usage: source_rules.sh SOURCE_DIRECTORY
# Who may include whom (docs/architecture.md), and no two files of the same name.
set -eu
cd "$1"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
touch "$scratch/wrong"

# All files of the programs, and "FILE INCLUDED" for every #include in them.
rooms=$(ls -d include src cli tests bench examples python learn experiments 2>/dev/null || :)
# shellcheck disable=SC2086
find $rooms -type f \( -name '*.c' -o -name '*.h' -o -name '*.cc' -o -name '*.cpp' \) |
    grep -v '/node_modules/\|/build' | sort >"$scratch/files"
while read -r file; do
    sed -n 's/^[ \t]*#[ \t]*include[ \t]*\([<"][^>"]*\).*/\1/p' "$file" | sed "s|^|$file |"
done <"$scratch/files" >"$scratch/includes"

awk '
NR == FNR { # a known file: the name, the path below src/losses, and the room
    name = $1; sub(/.*\//, "", name)
    room = $1
    if (room ~ /^src\//) { sub(/^src\//, "", room); sub(/\/.*/, "", room); room = "src/" room }
    else sub(/\/.*/, "", room)
    if (room == "src/losses" && name !~ /_list\.h$/) {
        path = $1; sub(/^src\/losses\//, "", path)
        loss[path] = loss[name] = 1
    }
    known[name] = 1
    in_room[room, name] = 1
    next
}
{
    file = $1
    name = $2; quoted = sub(/^"/, "", name); sub(/^</, "", name)
    room = file
    if (room ~ /^src\//) { sub(/^src\//, "", room); sub(/\/.*/, "", room); room = "src/" room }
    else sub(/\/.*/, "", room)
    base = name; sub(/.*\//, "", base)
    public = name == "losskit.h" || name == "losskit_learn.h"

    if (room == "src/losses")
        fine = name ~ /^(pointwise|rows|region|embedding|sequence)\.h$/ || (name in loss)
    else if (!quoted && !(base in known))
        fine = 1 # a header of the system or of another project
    else if (room == "src/cpu")
        fine = public || in_room["src/cpu", name] || in_room["src/core", name] ||
               name ~ /_list\.h$/
    else if (room == "src/core")
        fine = public || in_room["src/core", name] || name ~ /_list\.h$/ ||
               name ~ /^(isa|[a-z]*_kernels|threads|float_environment)\.h$/
    else if (room ~ /^src\//) # a family with an algorithm of its own
        fine = public || in_room[room, name] || in_room["src/core", name] ||
               in_room["src/cpu", name] || name ~ /_list\.h$/
    else if (room == "include")
        fine = public
    else if (room ~ /^(cli|examples|python|learn|experiments)$/)
        fine = public || in_room[room, name] ||
               (room == "cli" && in_room["experiments", name]) # which it runs
    else
        fine = 1 # tests and benchmarks may see everything
    if (!fine) print file ": may not include \"" name "\""
}' "$scratch/files" "$scratch/includes" >>"$scratch/wrong"

sed 's|.*/||' "$scratch/files" | sort | uniq -d | while read -r name; do
    echo "two files are called $name: $(grep "/$name\$" "$scratch/files" | tr '\n' ' ')"
done >>"$scratch/wrong"

cat "$scratch/wrong"
echo "$(grep -c . "$scratch/files") files, $(grep -c . "$scratch/includes") includes"
[ -s "$scratch/includes" ] && [ ! -s "$scratch/wrong" ]
