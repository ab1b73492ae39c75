#!/usr/bin/env bash
# Opens reports in a headless Chromium and does with them what a person would (person.js): one of the built-in language,
# one of pairs that mean harm or are hard to show, one of a model without attention, one of a Transformer; on a wide
# window and, in the dark, on a phone's.
# Exits 77 when there is no Chromium.
set -euo pipefail

if [ $# -ne 1 ]; then
  echo "Usage: tests/report/run.sh FOLDER    where FOLDER has the program translate" >&2
  exit 2
fi
bin=$(CDPATH= cd -- "$1" && pwd)
here=$(CDPATH= cd -- "$(dirname "$0")" && pwd)

browser=
for name in chromium chromium-browser google-chrome; do
  if command -v "$name" >/dev/null; then browser=$name; break; fi
done
if [ -z "$browser" ]; then
  echo "report: skipped, there is no chromium (on Debian: apt install chromium, or script/bootstrap --ci)"
  exit 77
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# Words that HTML, JavaScript and JSON take for their own, that run from right to left, that are drawn from several code
# points, and that fill a line.
long=$(printf 'donaudampfschifffahrt%.0s' 1 2 3 4 5 6)
{
  for a in '<b>' '</script>' '"' '&lt;' "it's" '${a}' '\u003c' '🦓' '👩‍👩‍👧' "$long"; do
    for b in 'שלום' 'مرحبا' '<!--' ']]>' '\' "$long" 'plain'; do
      printf '%s %s\t%s %s <script>alert(1)</script>\n' "$a" "$b" "$b" "$a"
    done
  done
} >'<img src=x onerror=alert(1)>.tsv'

"$bin/translate" train --limit 2000 --epochs 2 --out builtin --report builtin.html >log.txt
"$bin/translate" train --limit 500 --epochs 1 --attention none --out none --report none.html >>log.txt
"$bin/translate" train --limit 500 --epochs 1 --model transformer --embedding 16 --heads 2 --feed-forward 16 \
  --out transformer --report transformer.html >>log.txt
"$bin/translate" train --pairs '<img src=x onerror=alert(1)>.tsv' --epochs 3 --batch 8 --hidden 16 --embedding 16 --out hostile \
  --report hostile.html >>log.txt

# A copy of the page in which someone is at work.
with_person() {
  awk -v listen="$here/listen.js" -v person="$here/person.js" '
    function put(file,  line) { print "<script>"; while ((getline line <file) > 0) print line; print "</script>" }
    /^<\/body>/ { put(person) }
    { print }
    /^<head>/ { put(listen) }' "$1"
}

# A page of its own that shows another in a frame of this width and height, and what the person in there says. (A window
# of a headless Chromium is never narrower than 500.)
framed() {
  cat <<HTML
<!DOCTYPE html>
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<iframe src="$1" width="$2" height="$3"></iframe>
<pre></pre>
<script>
window.addEventListener("message", ({ data }) => document.querySelector("pre").append(data));
</script>
HTML
}

failed=0
for page in builtin hostile none transformer; do
  with_person "$page.html" >"$page-person.html"
  for look in "1100 900 light" "360 740 dark"; do
    read -r width height scheme <<<"$look"
    framed "$page-person.html?$width,$scheme" "$width" "$height" >frame.html
    flags=()
    if [ "$scheme" = dark ]; then flags=(--force-dark-mode); fi
    # As root there is no sandbox to be had; the pages are our own. Time runs as fast as the page can.
    "$browser" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$work/profile" \
      --window-size=1200,1100 --hide-scrollbars "${flags[@]}" --virtual-time-budget=20000 \
      --dump-dom "file://$work/frame.html" >dom.html 2>browser.txt || { tail -n 20 browser.txt >&2; exit 1; }
    sed -n '/^PERSON$/,/^END$/p' dom.html | sed '1d' >result.txt
    if ! tail -n 1 result.txt | grep -qx END || grep -v -e '^ok ' -e '^END$' result.txt; then
      echo "report: $page, $width wide, $scheme: failed" >&2
      failed=1
    else
      echo "report: $page, $width wide, $scheme: $(grep -c '^ok ' result.txt) expectations hold"
    fi
  done
done
exit $failed
