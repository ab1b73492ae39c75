# What the comparisons of bench/ share; sourced by step/compare and gpt/compare, which set `bin`, `python`, `peers`,
# `rounds` and `seconds`.

# Sets variables named like options, "--rounds 3" sets rounds; the first argument lists the options there are.
read_options() {
  local known=$1
  shift
  while [ $# -gt 0 ]; do
    case $1 in
      -h | --help) usage; exit ;;
    esac
    case " $known " in
      *" ${1#--} "*) ;;
      *) echo "bench: unknown option $1" >&2; usage >&2; exit 2 ;;
    esac
    if [ $# -lt 2 ]; then echo "bench: $1 needs a value" >&2; exit 2; fi
    declare -g "${1#--}=$2"
    shift 2
  done
}

# Sets `present` to those of the peers that Python has.
find_peers() {
  present=()
  local peer
  for peer in $peers; do
    if "$python" -c "import $peer" 2>/dev/null; then present+=("$peer")
    else echo "bench: $python has no $peer: left out" >&2; fi
  done
}

# Gives the floor the kernels that glance chose, unless someone chose others, and notes how busy the machine is.
begin_turns() {
  kernels=$("$bin/step" --version | sed -n 's/.*, kernels //p')
  if [ -n "$kernels" ]; then export OPENBLAS_CORETYPE="${OPENBLAS_CORETYPE:-$kernels}"; fi
  load_before=$(cut -d' ' -f1 /proc/loadavg 2>/dev/null || echo unknown)
  lines=$(mktemp)
  trap 'rm -f "$lines"' EXIT
}

# Shows the lines as they come, and keeps them.
keep_lines() { tee "$lines" | sed -u "s/^/  /" >&2; }

# What the table was made on.
machine() {
  local compiler=unknown
  compiler=$(sed -n 's/^CMAKE_CXX_COMPILER:[A-Z]*=//p' build/release/CMakeCache.txt)
  echo "- processor: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -1), $(getconf _NPROCESSORS_ONLN) cores"
  echo "- compiler: $("$compiler" --version | head -1)"
  echo "- OpenBLAS: $("$bin/floor" --version), kernels $kernels"
  echo "- load when it began: $load_before, when it ended: $(cut -d' ' -f1 /proc/loadavg 2>/dev/null || echo unknown)"
  echo "- $(date +%F), $rounds rounds of $seconds s, medians"
}
