# From lines of JSON, one for each turn of each contestant, to tables in Markdown: a row for each cell and contestant, in
# the order in which they first came, with the medians over the turns. -v key= names what is compared (median_ms), title=
# says it (ms per step), and base= is whom it is compared with (floor).

BEGIN {
  if (key == "") key = "median_ms"
  if (title == "") title = "ms per step"
  if (base == "") base = "floor"
}

function value(key,    found) {
  if (!match($0, "\"" key "\": *(\"[^\"]*\"|[^,}]*)")) return ""
  found = substr($0, RSTART, RLENGTH)
  sub(/^"[^"]*": */, "", found)
  gsub(/"/, "", found)
  return found
}

function median(list,    parts, n, i, j, t) {
  n = split(list, parts, " ")
  for (i = 2; i <= n; ++i)
    for (j = i; j > 1 && parts[j] + 0 < parts[j - 1] + 0; --j) { t = parts[j]; parts[j] = parts[j - 1]; parts[j - 1] = t }
  return n % 2 ? parts[(n + 1) / 2] : (parts[n / 2] + parts[n / 2 + 1]) / 2
}

# To three digits or so.
function rounded(x) { return sprintf(x < 1 ? "%.3f" : x < 10 ? "%.2f" : x < 100 ? "%.1f" : "%.0f", x) }

function header(title,    s) {
  printf "| %s |", title
  for (s = 1; s <= size_count; ++s) printf " %s |", sizes[s]
  printf "\n| --- |"
  for (s = 1; s <= size_count; ++s) printf " ---: |"
  print ""
}

{
  cell = value("mode") ", " value("threads") (value("threads") == 1 ? " thread" : " threads")
  peer = value("peer"); size = value("config")
  if (!(cell in known)) { known[cell] = 1; cells[++cell_count] = cell }
  if (!(size in known)) { known[size] = 1; sizes[++size_count] = size }
  if (!(peer in known)) { known[peer] = 1; peers[++peer_count] = peer }
  times[cell, peer, size] = times[cell, peer, size] " " value(key)
  if (value("memory_mb") != "") { memory[cell, peer, size] = memory[cell, peer, size] " " value("memory_mb"); weighed[peer] = 1 }
}

END {
  header(title " (times " (base == "floor" ? "the floor" : base) ")")
  for (c = 1; c <= cell_count; ++c)
    for (p = 1; p <= peer_count; ++p) {
      printf "| %s: %s |", cells[c], peers[p]
      for (s = 1; s <= size_count; ++s) {
        if (!((cells[c], peers[p], sizes[s]) in times)) { printf " |"; continue }
        time = median(times[cells[c], peers[p], sizes[s]])
        base_time = median(times[cells[c], base, sizes[s]])
        if (peers[p] == base) printf " %s |", rounded(time)
        else printf " %s (%.2f) |", rounded(time), time / base_time
      }
      print ""
    }
  for (peer in weighed) weighed_any = 1
  if (!weighed_any) exit
  print ""
  header("most memory, MB, less what was there before")
  for (c = 1; c <= cell_count; ++c)
    for (p = 1; p <= peer_count; ++p) {
      if (!(peers[p] in weighed)) continue
      printf "| %s: %s |", cells[c], peers[p]
      for (s = 1; s <= size_count; ++s) printf " %.0f |", median(memory[cells[c], peers[p], sizes[s]])
      print ""
    }
}
