#include "examples/seq2seq/heatmap.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "examples/seq2seq/text.h"

namespace glance::seq2seq {

namespace {

constexpr std::size_t least_column = 3;

std::string spaces(std::size_t count) { return std::string(count, ' '); }

std::string pad_left(const std::string& word, std::size_t width) {
  const std::size_t used = display_width(word);
  return used < width ? spaces(width - used) + word : word;
}

std::string pad_centre(const std::string& word, std::size_t width) {
  const std::size_t used = display_width(word);
  if (used >= width) return word;
  const std::size_t before = (width - used) / 2;
  return spaces(before) + word + spaces(width - used - before);
}

// Five shades that say the weight without any colour.
const char* shade(double weight) {
  constexpr const char* shades[] = {" ", "░", "▒", "▓", "█"};
  constexpr double from[] = {0, 0.05, 0.25, 0.5, 0.75};
  std::size_t i = 4;
  while (weight < from[i]) --i;
  return shades[i];
}

std::string cell(double weight, std::size_t width, bool colour) {
  std::string text;
  for (std::size_t i = 0; i < width; ++i) text += shade(weight);
  if (!colour || weight < 0.05) return text;
  // The 256-colour cube from dark to bright orange.
  constexpr int colours[] = {94, 130, 172, 208, 214};
  const auto bright = static_cast<std::size_t>(std::clamp(weight * 5, 0.0, 4.0));
  return fmt::format("\033[38;5;{}m{}\033[0m", colours[bright], text);
}

// "cat .62, the .31": the words that together had most of the weight.
std::string looked_at(const std::vector<std::string>& source, const std::vector<double>& weights) {
  std::vector<std::size_t> order(weights.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return weights[a] > weights[b]; });
  std::string text;
  double sum = 0;
  for (std::size_t i = 0; i < order.size() && i < 3 && sum < 0.9; ++i) {
    if (i > 0 && weights[order[i]] < 0.05) break;
    text += fmt::format("{}{} {:.2f}", i > 0 ? ", " : "", source[order[i]], weights[order[i]]);
    sum += weights[order[i]];
  }
  return text;
}

}  // namespace

std::string heatmap(const AttentionPicture& picture, const Terminal& terminal) {
  std::size_t margin = 0;
  for (const auto& word : picture.target) margin = std::max(margin, display_width(word));
  std::vector<std::size_t> widths;
  std::size_t named = margin;
  for (const auto& word : picture.source) {
    widths.push_back(std::max(least_column, display_width(word)));
    named += widths.back() + 1;
  }
  constexpr std::size_t room_for_words = 26;
  const bool numbered = named + room_for_words > std::max<std::size_t>(terminal.columns, 80);
  std::string text;
  if (numbered) {
    std::fill(widths.begin(), widths.end(), least_column);
    for (std::size_t i = 0; i < picture.source.size(); ++i)
      text += fmt::format("{}{} {}", i > 0 ? "  " : "", i + 1, picture.source[i]);
    text += "\n\n";
  }
  text += spaces(margin);
  for (std::size_t i = 0; i < picture.source.size(); ++i)
    text += " " + pad_centre(numbered ? std::to_string(i + 1) : picture.source[i], widths[i]);
  text += "\n";
  for (std::size_t row = 0; row < picture.target.size(); ++row) {
    text += pad_left(picture.target[row], margin);
    for (std::size_t i = 0; i < picture.source.size(); ++i)
      text += " " + cell(picture.weights[row][i], widths[i], terminal.colour);
    text += "   " + looked_at(picture.source, picture.weights[row]) + "\n";
  }
  return text;
}

}  // namespace glance::seq2seq
