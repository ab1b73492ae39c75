#!/usr/bin/env bash
# Tests the site in a folder: in headless browsers, and its engine's numbers against a native program's.
# Exits 77 when there is no site, or nothing to look at it with.
set -euo pipefail
here=$(CDPATH= cd -- "$(dirname "$0")" && pwd)
tree=$(CDPATH= cd -- "$here/../.." && pwd)

short=false
if [ "${1:-}" = --short ]; then short=true; shift; fi
if [ $# -ne 1 ]; then
  echo "Usage: tests/site/run.sh [--short] FOLDER    where FOLDER is a site that script/site made" >&2
  exit 2
fi
if [ ! -e "$1/engine.js" ]; then
  echo "site: skipped, there is no site in $1 (script/site makes it)"
  exit 77
fi
for tool in node chromium; do
  if ! command -v "$tool" >/dev/null; then
    echo "site: skipped, there is no $tool (script/bootstrap --site --ci installs it)"
    exit 77
  fi
done

if $short; then exec node "$here/person.mjs" --short "$1"; fi

cd "$tree"
# For any processor of its kind: with instructions that multiply and add in one step the sums would be rounded otherwise.
native=build/portable-any
cmake --preset portable -B $native -DGLANCE_NATIVE=OFF --log-level=WARNING >/dev/null
cmake --build $native --target playground translate
bits=()
if [ "$(uname -m)" = x86_64 ]; then bits=(--same-bits); fi
node "$here/numbers.mjs" "${bits[@]}" build/wasm/bin/engine.js $native/bin/playground
node "$here/person.mjs" --translate $native/bin/translate "$1"
if command -v firefox-esr >/dev/null; then node "$here/person.mjs" --browser firefox "$1"; fi
