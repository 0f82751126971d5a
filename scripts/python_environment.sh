# python_environment.sh: what wheel.sh and python_tests.sh share. Wants $build, a directory; sets
# $python and $log.
python=${PYTHON:-python3}
log=$build/python.log
unset LOSSKIT_LIBRARY PYTHONPATH PYTHONHOME

skip() {
    echo "skipped: $1" >&2
    exit 77
}

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null ||
    skip "losskit needs Python 3.10 or newer, and $python is none"

# Runs a command; what it says is seen only when it fails.
quietly() {
    "$@" >"$log" 2>&1 || {
        tail -n 40 "$log" >&2
        exit 1
    }
}

# An environment whose requirements are those of the stamp inside is left as it is.
environment() { # environment DIRECTORY REQUIREMENTS
    directory=$1
    requirements=$2
    if cmp -s "$requirements" "$directory/installed.txt"; then return; fi
    "$python" -m venv --clear "$directory" >"$log" 2>&1 ||
        skip "$python cannot make a virtual environment (on Debian and Ubuntu: python3-venv)"
    echo "installing into $directory: $(grep -v '^#' "$requirements" | tr '\n' ' ')"
    if ! "$directory/bin/python" -m pip install -q -r "$requirements" >"$log" 2>&1; then
        tail -n 5 "$log" >&2
        skip "the packages of $requirements could not be had from the package index"
    fi
    cp "$requirements" "$directory/installed.txt"
}
