#!/usr/bin/env bash
# Every script works in the project's folder, wherever it is called from and whatever CDPATH says: tests/scripts/run.sh
set -euo pipefail
here=$(CDPATH= cd -- "$(dirname "$0")/../.." && pwd)

decoy=$(mktemp -d)
trap 'rm -rf "$decoy"' EXIT
mkdir -p "$decoy/script" "$decoy/bench/step" "$decoy/.ci"

failed=0
cd "$here"
for script in script/* bench/step/compare; do
  # As the script itself would run, up to its help; then where it stands.
  stood=$(CDPATH=$decoy bash -c 'trap "pwd" EXIT; set -- --help; . "$0" 2>/dev/null' "$script" </dev/null | tail -n 1)
  if [ "$stood" != "$here" ]; then
    echo "$script: with a CDPATH it works in $stood" >&2
    failed=1
  fi
done
if [ $failed = 0 ]; then echo "all scripts stand in the project's folder"; fi
exit $failed
