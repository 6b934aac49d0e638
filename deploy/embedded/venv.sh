#!/bin/sh
# Makes .venv and installs a lock file into it: venv.sh requirements-….txt
# A second run with the same lock is instant: the environment remembers what it has.
set -eu

lock=$1
venv=.venv
python=${PYTHON:-python3}

fail() {
    printf '\n✗ %s\n' "$1" >&2
    exit 1
}

digest() {
    "$python" -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' "$1"
}

command -v "$python" >/dev/null 2>&1 ||
    fail "$python was not found. Install Python 3.11 to 3.13 (Debian: apt-get install python3 python3-venv), or name another one: make PYTHON=/path/to/python3"
"$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' ||
    fail "$("$python" --version) is not supported: Python 3.11 to 3.13 is needed. Name one: make PYTHON=python3.11"

wanted=$(digest "$lock")
# The development lock contains everything that the embedded one has.
for stamp in "$lock" requirements-dev.txt; do
    if [ -e "$stamp" ] && [ -x "$venv/bin/python" ] && [ "$(cat "$venv/.installed-$stamp" 2>/dev/null)" = "$(digest "$stamp")" ] &&
        "$venv/bin/python" -c '' 2>/dev/null; then
        exit 0
    fi
done

"$python" -c 'import ensurepip, venv' 2>/dev/null ||
    fail "This Python cannot make environments. On Debian and Ubuntu: apt-get install python3-venv; then run this again."
if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    echo "Making the environment $venv with $("$python" --version)"
    "$python" -m venv --clear "$venv" ||
        fail "The environment could not be made. Is the disk full, or $(pwd) not yours to write to?"
fi

echo "Installing $(grep -c '==' "$lock") packages of $lock into $venv, with checked hashes (once; 500 MB)"
rm -f "$venv"/.installed-*
# The lock holds everything, so pip must resolve nothing: asked for `coverage[toml]`, it takes the
# newest release before it looks at the pin, and then misses its hash.
"$venv/bin/python" -m pip install --disable-pip-version-check --quiet --no-deps --require-hashes -r "$lock" ||
    fail "The packages could not be installed (see above). Check the network, pip's settings and the free disk space; what is there is kept, so run this again."
printf '%s' "$wanted" >"$venv/.installed-$lock"
