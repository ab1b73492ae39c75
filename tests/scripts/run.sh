#!/usr/bin/env bash
# Every script works in the project's folder, wherever it is called from and whatever CDPATH says, and what is there
# works with newer tools: tests/scripts/run.sh
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

# A sudo that refuses is not a missing network.
printf '#!/bin/sh\necho 1000\n' >"$decoy/id"
printf '#!/bin/sh\necho "bob is not in the sudoers file."\nexit 1\n' >"$decoy/sudo"
chmod +x "$decoy/id" "$decoy/sudo"
if command -v apt-get >/dev/null; then
  said=$(PATH=$decoy:$PATH CXX=/no/compiler script/bootstrap 2>&1 || true)
  if [[ $said != *"sudo refused"*"apt-get install"* || $said == *network* ]]; then
    echo "script/bootstrap says of an account that may not install: $said" >&2
    failed=1
  fi
fi

# The demo refuses what cannot work before it installs or builds anything.
for option in --epoch=3 --resume --sing; do
  if said=$(script/demo "$option" 2>&1) || [[ $said != "demo: $option: "* ]]; then
    echo "script/demo $option says: $said" >&2
    failed=1
  fi
done
# A test that compiles with Debian 12's Catch2 compiles with the next one's, too: what they call differently is in catch.h.
if named=$(grep -rnE --include='*.cpp' 'Catch::(Contains|Approx)\b' tests); then
  echo "these name what Catch2 3 does not have; tests/catch.h has it: $named" >&2
  failed=1
fi
# What the site compiles does with a library of C++20 that has no algorithms on whole ranges.
if named=$(grep -rnE --include='*.cpp' --include='*.h' 'std::(ranges|views)::[a-z_]+\(' tensor autograd nn examples site); then
  echo "emscripten's library does not have these; take the algorithm with begin and end: $named" >&2
  failed=1
fi
if [ $failed = 0 ]; then echo "all scripts stand in the project's folder"; fi
exit $failed
