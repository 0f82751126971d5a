#!/bin/sh
# usage: report_in_browser.sh PAGE.html PROBE.js
# A report, opened by chromium on a wide and a narrow screen: no message on the console, nothing
# loaded, every figure with a size, an alternative text, and labels that can be read and lie apart.
set -eu
page=$1
probe=$2
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || :)
if [ -z "$browser" ]; then
    echo "left out: no chromium"
    exit 77
fi
room=$(mktemp -d)
trap 'rm -rf "$room" || :' EXIT
failures=0

browse() # browse WIDTH PAGE OPTION...
{
    window=$1
    file=$2
    shift 2
    HOME=$room timeout 120 "$browser" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage \
        --disable-background-networking --disable-component-update --no-first-run \
        --user-data-dir="$room/profile" --window-size="$window",900 "$@" "file://$file"
}

# As it is: what it says on the console, its own policy against loading anything included.
browse 1200 "$page" --enable-logging=stderr --dump-dom >"$room/dom" 2>"$room/log" || {
    echo "FAIL: chromium did not show the page"
    cat "$room/log"
    exit 1
}
grep -q '</html>' "$room/dom" || { echo "FAIL: the page is empty"; failures=1; }
if grep 'CONSOLE' "$room/log"; then
    echo "FAIL: messages on the console"
    failures=1
fi

# With the probe in it, which the policy would not let run.
grep -v 'Content-Security-Policy' "$page" | sed '/<\/body>/,$d' >"$room/probed.html"
{ echo '<script>'; cat "$probe"; echo '</script></body></html>'; } >>"$room/probed.html"
for width in 1200 390; do
    # Headless chromium has no window narrower than 500: a frame is.
    printf '<body style="margin:0"><iframe id="f" style="border:0;width:%dpx;height:900px" src="probed.html"></iframe><script>onload=function(){document.body.textContent=document.getElementById("f").contentDocument.body.textContent}</script>' \
        "$width" >"$room/frame.html"
    browse 1300 "$room/frame.html" --allow-file-access-from-files --dump-dom >"$room/dom" 2>/dev/null || :
    if ! grep '^LOOKED [1-9][0-9]* figures, [1-9]' "$room/dom"; then
        echo "FAIL: at $width the probe did not run, or saw no figures"
        failures=1
    fi
    if grep '^FAULT' "$room/dom"; then failures=1; fi
done
[ $failures -eq 0 ]
