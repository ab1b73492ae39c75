#!/usr/bin/env bash
# Usage: tests/processors/run.sh OPENBLAS_KERNELS [NATIVE_PROGRAM]
#
# Runs a program on processors that this machine has not, emulated by qemu-user, and fails if OpenBLAS has kernels there
# that are older than the processor. NATIVE_PROGRAM is one that was compiled for this machine: on a processor without
# its instructions it must say so. Skipped (77) where there is no qemu-x86_64.
set -uo pipefail

program=$1 native=${2:-}
if ! command -v qemu-x86_64 >/dev/null; then
  echo "processors: there is no qemu-x86_64 (on Debian: apt install qemu-user): skipped"
  exit 77
fi

# What the emulated processor is, what qemu is told, and the kernels it may have.
processors="
Intel 12th generation;max,vendor=GenuineIntel,family=6,model=151;Haswell
Intel 13th generation, desktop;max,vendor=GenuineIntel,family=6,model=183;Haswell
Intel 13th generation, laptop;max,vendor=GenuineIntel,family=6,model=186;Haswell
Intel N100;max,vendor=GenuineIntel,family=6,model=190;Haswell
Intel Lunar Lake;max,vendor=GenuineIntel,family=6,model=189;Haswell
Intel Arrow Lake;max,vendor=GenuineIntel,family=6,model=198;Haswell
Intel Emerald Rapids;max,vendor=GenuineIntel,family=6,model=207;Haswell
Intel of a family to come;max,vendor=GenuineIntel,family=19,model=1;Haswell
AMD Zen 2;max,vendor=AuthenticAMD,family=23,model=49;Zen
AMD Zen 4;max,vendor=AuthenticAMD,family=25,model=97;Zen
AMD Zen 5;max,vendor=AuthenticAMD,family=26,model=68;Zen|Haswell
AMD of a family to come;max,vendor=AuthenticAMD,family=30,model=1;Zen|Haswell
newer, without AVX2;max,vendor=GenuineIntel,family=6,model=183,avx2=off;Sandybridge
newer, without AVX;max,vendor=GenuineIntel,family=6,model=183,avx=off,avx2=off,fma=off;Nehalem
Intel Core 2;Conroe;Core2|Prescott|Penryn
"
failures=0
while IFS=';' read -r name cpu wanted; do
  [ -n "$name" ] || continue
  found=$(qemu-x86_64 -cpu "$cpu" "$program" 2>&1 | grep -v "TCG doesn't support")
  if [[ $found =~ ^($wanted)$ ]]; then echo "$name: $found"
  else echo "$name: $found, but wanted $wanted"; failures=$((failures + 1)); fi
done <<<"$processors"

found=$(OPENBLAS_CORETYPE=NEHALEM qemu-x86_64 -cpu max "$program" 2>&1 | grep -v "TCG doesn't support")
echo "a person's own choice, Nehalem: $found"
[ "$found" = Nehalem ] || failures=$((failures + 1))

if [ -n "$native" ] && grep -q avx512f /proc/cpuinfo; then
  found=$(qemu-x86_64 -cpu max "$native" --help 2>&1 >/dev/null | grep -v "TCG doesn't support")
  echo "compiled for another processor: $found"
  [[ $found == *GLANCE_NATIVE=OFF* && $(wc -l <<<"$found") == 1 ]] || failures=$((failures + 1))
fi
[ "$failures" = 0 ] || { echo "processors: $failures wrong" >&2; exit 1; }
