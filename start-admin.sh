#!/bin/sh
# The admin is part of the stack: start it all unless it runs, and say where the admin is.
cd "$(dirname "$0")" || exit 1
make --no-print-directory up "$@" || exit 1
printf '\nAdmin: %s\n' "$(.venv/bin/python -m deploy.embedded url admin)"
