#!/usr/bin/env bash
# Every exercise: its stub fails its check, its solution passes, and each typical wrong answer is named as its first line
# says; and what script/exercise does with answers that do not compile, do not end, or crash: tests/exercises/run.sh BUILD [NAME…]
# With names, the answers of these exercises alone.
set -euo pipefail
CDPATH= cd -- "$(dirname "$0")/../.."

if [ $# -lt 1 ]; then echo "Usage: tests/exercises/run.sh BUILD [NAME…]" >&2; exit 2; fi
export build=$1 work
only=" ${*:2} "
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

failed=0
fail() { echo "FAILED $*" >&2; failed=1; }

# The check of one file, as people call it; its output ends with the exit status: try NAME FILE OUTPUT
try() {
  local status=0
  script/exercise --build "$build" --folder "$work/my" check "$1" "$2" >"$3" 2>&1 || status=$?
  echo "exit $status" >>"$3"
}
export -f try

# What a person reads first: the first promise that is broken, with its reason.
first_broken() { awk '/^(broken|holds )  / { if (inside) exit; inside = /^broken/ } inside' "$1"; }

# The answers of all exercises, checked two at a time.
answers() {
  local name file
  while read -r name _; do
    if [ "$only" != "  " ] && [[ $only != *" $name "* ]]; then continue; fi
    for file in stub.h solution.h $(cd "examples/exercises/$name" && echo wrong_*.h); do echo "$name $file"; done
  done <examples/exercises/list.txt
}
answers | xargs -P 2 -L 1 bash -c 'try "$0" "examples/exercises/$0/$1" "$work/$0.$1"'

count=0
while read -r name file; do
  output=$work/$name.$file
  status=$(tail -n 1 "$output")
  count=$((count + 1))
  case $file in
    solution.h)
      if [ "$status" != "exit 0" ] || grep -q '^broken' "$output"; then fail "$name: the solution is not accepted"; cat "$output"; fi ;;
    stub.h)
      if [ "$status" != "exit 1" ] || ! grep -q '^broken' "$output"; then fail "$name: the stub is accepted, or does not compile"; cat "$output"; fi ;;
    *)
      said=$(first_broken "$output")
      words=$(sed -n '1s|^// check says: ||p' "examples/exercises/$name/$file")
      if [ -z "$words" ]; then fail "$name/$file: its first line does not say what the check says"; fi
      if [ "$status" != "exit 1" ] || [[ $said != *"$words"* ]]; then
        fail "$name/$file: the check does not say first: $words"
        cat "$output"
      fi
      # Two wrong answers that the check cannot tell apart want a sharper promise.
      for other in examples/exercises/"$name"/wrong_*.h; do
        words=$(sed -n '1s|^// check says: ||p' "$other")
        if [ "$(basename "$other")" != "$file" ] && [[ $said == *"$words"* ]]; then
          fail "$name/$file: the check says of it what it is to say of $(basename "$other"): $words"
        fi
      done ;;
  esac
done < <(answers)

# The list has every folder, and every folder what an exercise needs.
for folder in examples/exercises/*/; do
  name=$(basename "$folder")
  if ! grep -q "^$name " examples/exercises/list.txt; then fail "$name is not in list.txt"; fi
  for file in stub.h solution.h hint.txt check.cpp wrong_1.h wrong_2.h; do
    if [ ! -s "$folder$file" ]; then fail "$name has no $file"; fi
  done
done

# An answer to tanh that is made here, and a line that its check must print: says NAME LINE <ANSWER
says() {
  cat >"$work/$1.h"
  try tanh "$work/$1.h" "$work/$1.out"
  if ! grep -qF -- "$2" "$work/$1.out" || ! grep -q '^exit 1$' "$work/$1.out"; then
    fail "$1: the check does not say: $2"
    cat "$work/$1.out"
  fi
}
start='#include "glance/glance.h"
using namespace glance;
inline Tensor tanh_gradient(const Tensor& x, const Tensor& grad)'
says typing_error "$work/typing_error.h:3:" <<<"$start { return gard; }"
if [ "$(head -n 1 "$work/typing_error.out" | cut -d: -f1)" != "$work/typing_error.h" ]; then
  fail "the first line about an answer that does not compile is not about the learner's file"
fi
says inside_template "$work/inside_template.h:4:" <<<'#include "glance/glance.h"
#include <vector>
using namespace glance;
struct Own { std::vector<std::unique_ptr<int>> a; Own b() const { return *this; } };
inline Tensor tanh_gradient(const Tensor& x, const Tensor& grad) { return x; }'
says other_name "names, arguments and results must be those of the stub" <<<"#include \"glance/glance.h\""
says endless "your code did not end within" <<<"$start { for (volatile bool on = true; on;) {} return x; }"
says crash "your code crashed (segmentation fault)" <<<"$start { volatile int* nowhere = nullptr; *nowhere = 1; return x; }"
says out_of_range "your code crashed (abort)" <<<"$start { std::vector<int> none; return x * grad * none[3]; }"
says memory "more memory than there is" <<<"$start { std::vector<char*> all; for (;;) all.push_back(new char[1 << 26]); }"
says leaves "your code ended the program" <<<"$start { std::exit(3); }"
says leaves_quietly "your code ended the program" <<<"$start { std::exit(0); }"
says thrown "your code threw: reshape" <<<"$start { return reshape(x, {7}); }"
says warned "warning: " <<<"$start { }"

# start never writes over what is there, check and list know what was done.
exercise() { script/exercise --folder "$work/my" "$@"; }
exercise start softmax >/dev/null
echo "// mine" >>"$work/my/softmax.h"
if exercise start softmax 2>"$work/again"; then fail "start writes a second time"; fi
if [ "$(tail -n 1 "$work/my/softmax.h")" != "// mine" ]; then fail "start wrote over a file"; fi
state_of() { exercise list | sed -n "s/^$1 .*\(started\|solved\) .*/\1/p"; }
if [ "$(state_of softmax)" != started ]; then fail "list does not know what was started"; fi
cp examples/exercises/softmax/solution.h "$work/my/softmax.h"
if ! exercise check softmax --build "$build" >/dev/null; then fail "a solution in the learner's folder is not accepted"; fi
if [ "$(state_of softmax)" != solved ]; then fail "list does not know what was solved"; fi
cp examples/exercises/softmax/wrong_1.h "$work/my/softmax.h"
if exercise check softmax --build "$build" >/dev/null; then fail "a wrong answer is accepted"; fi
if [ "$(state_of softmax)" != started ]; then fail "list calls solved what is no longer right"; fi

# Wrong calls: one line each, and 2.
refuses() {
  local line=$1 status=0
  shift
  exercise "$@" >"$work/out" 2>"$work/err" || status=$?
  if [ $status != 2 ] || [ "$(wc -l <"$work/err")" != 1 ] || [ -s "$work/out" ] || ! grep -qF -- "$line" "$work/err"; then
    fail "exercise $*: not refused with a line: $line"
    cat "$work/err"
  fi
}
refuses "did you mean softmax?" check sofmax
refuses "there is no exercise xylophone" hint xylophone
refuses "script/exercise start mask" check mask
refuses "there is no file" check mask "$work/none.h"
refuses "there is no command chek" chek mask
refuses "check which exercise?" check
refuses "unexpected argument" start mask more
refuses "unknown option --quick" check mask --quick
refuses "--build takes a folder" check mask --build
refuses "is no build" check softmax --build "$work"

# The page's table is the list.
if ! diff <(script/exercise list --markdown) <(grep '^|' docs/exercises.md); then
  fail "the table of docs/exercises.md is not what script/exercise list --markdown prints"
fi

# Each exercise is named in the chapter that it belongs to.
while read -r name chapter _; do
  if ! grep -qF "\`$name\`" <<<"$(grep -A 2 '^\*Write\*' docs/lesson/"$chapter"-*.md)"; then
    fail "$name is not named in chapter $chapter"
  fi
done <examples/exercises/list.txt

# What the page shows of a check, under <!-- check NAME FILE -->, is what the check prints.
while read -r name file; do
  if [ ! -e "$work/$name.$file" ]; then try "$name" "examples/exercises/$name/$file" "$work/$name.$file"; fi
  if ! diff <(awk -v mark="<!-- check $name $file -->" '$0 == mark { found = 1; next } found && /^```$/ { if (inside) exit; inside = 1; next } inside' \
    docs/exercises.md) <(sed '$d' "$work/$name.$file"); then
    fail "docs/exercises.md shows another output of the check of $name/$file"
  fi
done < <(sed -n 's|^<!-- check \(.*\) -->$|\1|p' docs/exercises.md)

if [ $failed = 0 ]; then echo "all $count answers are judged as they should be"; fi
exit $failed
