#!/bin/sh
# test_mnist.sh BINARY: a network on the 10,000 test images of MNIST, from $LOSSKIT_DATA or
# ../shared/data/mnist beside the source. Left out where they are not.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/command_checks.sh"

folder=${LOSSKIT_DATA:-$here/../../../shared/data}
[ -d "$folder/mnist" ] || [ ! -d "$folder" ] || folder=$(dirname "$folder")
if [ ! -d "$folder/mnist" ]; then
    echo "skipped: no MNIST in \$LOSSKIT_DATA or ../shared/data/mnist"
    exit 0
fi

expect 0 '"event":"result"' train mnist --data "$folder" --model mlp:256,64 --test 0.2 --epochs 12 \
    --dropout 0.2 --augment shift=1 --scale none --quiet --json -o digits.safetensors --report digits.html
accuracy=$(sed -n '$s/.*"test":{"accuracy":\([0-9.]*\).*/\1/p' out)
echo "accuracy on 2,000 images that it has not seen: $accuracy"
awk "BEGIN { exit !(\"$accuracy\" + 0 >= 0.955) }" || fail "accuracy $accuracy; expected 0.955"
grep -q '"rows":{"training":8000,"validation":0,"test":2000}' out || fail "the rows: $(tail -1 out)"
finish
