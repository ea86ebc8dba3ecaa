#!/bin/sh
# Makes this checkout ready to run: uv, the locked environment in .venv, the Temporal server and UI.
# Everything that is not specific to the checkout goes to a per-user cache directory and is reused.
set -eu

UV_VERSION=0.13.9
cd "$(dirname "$0")"
cache=${BATON_CACHE_DIR:-${XDG_CACHE_HOME:-${HOME:?HOME is not set: set it, or BATON_CACHE_DIR}/.cache}/baton}
stamp=.venv/.baton-setup

say() { printf '%s\n' "$*" >&2; }
now() { date +%s; }

fingerprint() {
    cksum uv.lock pyproject.toml setup.sh workers/stack/cache.py
    printf '%s\n' "$cache"
}

temporal_present() {
    [ -n "${TEMPORAL_ADDRESS:-}" ] && return 0
    for program in "$cache"/bin/temporal*; do
        [ -x "$program" ] && return 0
    done
    command -v temporal >/dev/null 2>&1
}

find_python() {
    for candidate in python3 python3.11 python3.12 python3.13 python3.14 python; do
        if command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return 0
        fi
    done
    say "Baton needs Python 3.11 or newer: install it and have python3 on PATH."
    return 1
}

# Prints the command line of a usable uv; installs the pinned one from the package index when there is none.
find_uv() {
    if command -v uv >/dev/null 2>&1; then
        command -v uv
        return 0
    fi
    home=$cache/uv-$UV_VERSION
    if [ ! -x "$home/bin/uv" ]; then
        started=$(now)
        say "… install uv $UV_VERSION into $home"
        draft=$home.$$
        mkdir -p "$cache"
        rm -rf "$draft"
        if "$python" -c 'import venv, ensurepip' 2>/dev/null; then
            "$python" -m venv "$draft/venv" >&2
            "$draft/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
                --target "$draft" "uv==$UV_VERSION" >&2
            rm -rf "$draft/venv"
        elif "$python" -m pip --version >/dev/null 2>&1; then
            "$python" -m pip install --quiet --disable-pip-version-check --target "$draft" "uv==$UV_VERSION" >&2
        else
            say "$python has neither ensurepip nor pip: install uv (or the packages python3-venv and python3-pip)."
            return 1
        fi
        # Another set-up may have finished first: its result is as good as ours.
        mv "$draft" "$home" 2>/dev/null || rm -rf "$draft"
        rm -rf "$home/${draft##*/}"
        say "✓ installed uv in $(($(now) - started)) s"
    fi
    printf '%s\n' "$home/bin/uv"
}

if [ -x .venv/bin/baton ] && temporal_present && [ "$(fingerprint)" = "$(cat "$stamp" 2>/dev/null)" ]; then
    exit 0
fi

python=$(find_python)
uv=$(find_uv)

started=$(now)
say "… install the locked packages into .venv"
"$uv" sync --locked --quiet --python "$python" >&2
say "✓ installed the locked packages in $(($(now) - started)) s"

.venv/bin/baton setup
fingerprint >"$stamp"
