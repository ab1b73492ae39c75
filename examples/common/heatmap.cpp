// Lays an attention picture out for a terminal: shades, names across or down, and what stands beside the rows.
#include "examples/common/heatmap.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <utility>

#include "examples/common/columns.h"
#include "examples/common/text.h"
#include "glance/tensor/error.h"

namespace glance {

namespace {

using Words = std::vector<std::string>;
using Rows = std::vector<std::vector<double>>;

// A weight's look. The share of ink says it without any colour, and on dark and light terminals alike; all colours are
// of middling brightness for the same reason.
struct Shade {
  double from;  // the least weight that looks so
  const char* ink;
  int colour;  // of the 256
};
constexpr Shade shades[] = {{0, " ", 0}, {0.05, "░", 67}, {0.25, "▒", 37}, {0.5, "▓", 172}, {0.75, "█", 202}};

const Shade& shade_of(double weight) {
  const Shade* shade = std::end(shades) - 1;
  while (shade != shades && !(weight >= shade->from)) --shade;
  return *shade;
}

std::string repeat(const char* text, std::size_t count) {
  std::string result;
  for (std::size_t i = 0; i < count; ++i) result += text;
  return result;
}

std::string inked(const Shade& shade, std::size_t width, bool colour) {
  const std::string text = repeat(shade.ink, width);
  return colour && shade.from > 0 ? fmt::format("\033[38;5;{}m{}\033[0m", shade.colour, text) : text;
}

std::string cell(double weight, std::size_t width, bool colour) {
  const Shade& shade = shade_of(weight);
  if (shade.from > 0) return inked(shade, width, colour);
  const std::size_t before = (width - 1) / 2;
  return spaces(before) + "·" + spaces(width - 1 - before);
}

// What stands beside the rows.
struct Note {
  std::size_t words;     // at most so many that had most of the weight
  bool entropy = false;  // and before them how evenly it is spread
};

constexpr const char* entropy_heading = "entropy";

Words notes_of(const Words& source, const Rows& rows, const Note& note) {
  Words notes;
  for (const auto& weights : rows) {
    auto& text = notes.emplace_back();
    if (note.entropy)
      text = fmt::format("{:>{}}  ", hundredths(normalised_entropy(weights)), std::strlen(entropy_heading));
    text += looked_at(source, weights, note.words);
  }
  return notes;
}

// How the columns are laid out.
struct Layout {
  std::vector<std::size_t> widths;
  bool downwards = false;   // the names of columns run down; columns then touch
  std::size_t a_block = 0;  // columns in each picture
  Note note;
  Words notes;  // by row
};

constexpr std::size_t least_column = 3;
constexpr std::size_t narrow_column = 2;  // of a name that runs down: the width of a Chinese character
constexpr std::size_t note_gap = 3;

// The first that fits into `room` columns beside the row names: all columns as wide as the widest; each as wide as its
// name, perhaps with fewer words beside the rows; names downwards, with fewer words and no entropy, then nothing;
// several pictures.
Layout fit(const Words& source, const Rows& rows, std::size_t room) {
  Layout layout;
  layout.a_block = source.size();
  std::size_t largest = 0, own = 0;
  for (const auto& word : source) {
    layout.widths.push_back(std::max(least_column, display_width(word)));
    largest = std::max(largest, layout.widths.back());
    own += layout.widths.back() + 1;
  }
  const auto left_by_notes = [&](const Note& note) {
    layout.note = note;
    layout.notes = notes_of(source, rows, note);
    const std::size_t taken = widest(layout.notes) > 0 ? widest(layout.notes) + note_gap : 0;
    return room > taken ? room - taken : 0;
  };
  if (source.size() * (largest + 1) <= left_by_notes({3, true})) {
    layout.widths.assign(source.size(), largest);
    return layout;
  }
  for (const std::size_t words : {std::size_t{3}, std::size_t{2}})
    if (own <= left_by_notes({words, true})) return layout;

  layout.downwards = true;
  layout.widths.assign(source.size(), narrow_column);
  constexpr std::size_t fewest_columns = 8;
  for (const Note& note : {Note{3, true}, Note{1, true}, Note{1}, Note{0}}) {
    const std::size_t left = left_by_notes(note);
    layout.a_block = left > 0 ? (left - 1) / narrow_column : 0;
    if (layout.a_block >= std::min(fewest_columns, source.size())) break;
  }
  layout.a_block = std::clamp<std::size_t>(layout.a_block, 1, std::max<std::size_t>(source.size(), 1));
  return layout;
}

// The lines above the rows; the last of them is as wide as these.
Words header(const Words& source, const Layout& layout, std::size_t from, std::size_t to, std::size_t margin) {
  if (!layout.downwards) {
    std::string line = spaces(margin);
    for (std::size_t i = from; i < to; ++i) line += " " + pad_centre(source[i], layout.widths[i]);
    return {line};
  }
  std::vector<Words> names;
  std::size_t height = 1;
  for (std::size_t i = from; i < to; ++i) height = std::max(height, names.emplace_back(letters(source[i])).size());
  Words lines;
  for (std::size_t line = 0; line < height; ++line) {
    std::string& places = lines.emplace_back(spaces(margin) + " ");
    for (const Words& name : names) {
      const std::size_t above = height - name.size();
      places += pad_centre(line < above ? "" : name[line - above], narrow_column);
    }
  }
  return lines;
}

std::string row(const std::vector<double>& weights, const Layout& layout, std::size_t from, std::size_t to,
                bool colour) {
  std::string line = layout.downwards ? " " : "";
  for (std::size_t i = from; i < to; ++i)
    line += (layout.downwards ? "" : " ") +
            (i < weights.size() ? cell(weights[i], layout.widths[i], colour) : spaces(layout.widths[i]));
  return line;
}

std::string legend(std::size_t margin, const Terminal& terminal) {
  std::string text = "·";
  std::size_t width = 1;
  for (const Shade& shade : shades) {
    if (shade.from == 0) continue;
    const std::string from = fmt::format(" {:.0f}% ", 100 * shade.from);
    text += from + inked(shade, 2, terminal.colour);
    width += from.size() + 2;
  }
  return margin + 1 + width <= terminal.columns ? "\n" + spaces(margin + 1) + text + "\n" : "";
}

}  // namespace

double normalised_entropy(std::span<const double> weights) {
  if (weights.size() < 2) return 0;
  double entropy = 0;
  for (const double weight : weights) entropy -= weight > 0 ? weight * std::log(weight) : 0;
  return entropy / std::log(static_cast<double>(weights.size()));
}

std::string looked_at(const Words& source, const std::vector<double>& weights, std::size_t most) {
  std::vector<std::size_t> order(weights.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return weights[a] > weights[b]; });
  std::string text;
  double sum = 0;
  for (std::size_t i = 0; i < std::min(order.size(), most) && sum < 0.9; ++i) {
    const double weight = weights[order[i]];
    if (i > 0 && weight < shades[1].from) break;
    text += fmt::format("{}{} {:.0f}%", i > 0 ? ", " : "", source[order[i]], 100 * weight);
    sum += weight;
  }
  return text;
}

void check_fits(const AttentionPicture& picture) {
  bool fits = picture.weights.size() == picture.target.size();
  for (std::size_t t = 0; t < picture.weights.size(); ++t)
    fits = fits && picture.weights[t].size() == (picture.triangle ? t + 1 : picture.source.size());
  fits = fits && (!picture.triangle || picture.target.size() == picture.source.size());
  if (!fits)
    throw Error(fmt::format("heatmap: {} rows of weights for {} target and {} source words: a weight for each pair",
                            picture.weights.size(), picture.target.size(), picture.source.size()));
}

std::string heatmap(const AttentionPicture& picture, const Terminal& terminal) {
  check_fits(picture);
  const std::size_t longest = std::clamp<std::size_t>(terminal.columns / 4, 5, 18);
  const Words source = shortened(shown_units(picture.source), longest);
  const Words target = shortened(shown_units(picture.target), longest);
  const std::size_t margin = widest(target);
  const std::size_t room = terminal.columns > margin ? terminal.columns - margin : 0;
  const Layout layout = fit(source, picture.weights, room);
  std::string text;
  for (std::size_t from = 0; from == 0 || from < source.size(); from += layout.a_block) {
    const std::size_t to = std::min(from + layout.a_block, source.size());
    if (from > 0) text += "\n";
    Words heading = header(source, layout, from, to, margin);
    if (to == source.size() && layout.note.entropy) heading.back() += spaces(note_gap) + entropy_heading;
    for (const auto& line : heading) text += trimmed(line) + "\n";
    for (std::size_t i = 0; i < target.size(); ++i) {
      std::string line = pad_left(target[i], margin) + row(picture.weights[i], layout, from, to, terminal.colour);
      if (to == source.size()) line += spaces(note_gap) + layout.notes[i];
      text += trimmed(line) + "\n";
    }
    if (layout.a_block == 0) break;
  }
  return text + legend(margin, terminal);
}

}  // namespace glance
