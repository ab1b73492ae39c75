// Cuts text into letters, numbers them, and brings a text into one form first.
#include "examples/letters/alphabet.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "examples/common/normalise.h"
#include "examples/common/text.h"
#include "glance/tensor/error.h"
#include "glance/tensor/files/safetensors.h"

namespace glance::gpt {

namespace {

std::vector<std::string> all_bytes() {
  std::vector<std::string> letters;
  for (int byte = 0; byte < 256; ++byte) letters.emplace_back(1, static_cast<char>(byte));
  return letters;
}

void for_each(std::string_view text, Split split, const std::function<void(std::string_view)>& f) {
  if (split == Split::characters) return for_each_letter(text, f);
  for (std::size_t i = 0; i < text.size(); ++i) f(text.substr(i, 1));
}

}  // namespace

Alphabet Alphabet::of(std::string_view text, Split split) {
  if (split == Split::bytes) return Alphabet(split, all_bytes());
  std::map<std::string, std::size_t, std::less<>> counts;
  for_each(text, split, [&counts](std::string_view letter) {
    const auto found = counts.find(letter);
    if (found != counts.end())
      ++found->second;
    else
      counts.emplace(letter, 1);
  });
  std::vector<std::pair<std::string, std::size_t>> order(counts.begin(), counts.end());
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  std::vector<std::string> letters;
  for (auto& [letter, count] : order) letters.push_back(std::move(letter));
  return Alphabet(split, std::move(letters));
}

Alphabet::Alphabet(Split split, std::vector<std::string> letters) : split_(split), letters_(std::move(letters)) {
  if (split_ == Split::bytes && letters_ != all_bytes()) throw Error("an alphabet of bytes that are not all bytes");
  for (const std::string& letter : letters_)
    if (letter.empty() || !numbers_.emplace(letter, static_cast<Index>(numbers_.size())).second)
      throw Error(fmt::format("an alphabet with {} twice", detail::in_quotes(letter)));
}

const std::string& Alphabet::letter(Index number) const {
  if (number < 0 || number >= size()) throw Error(fmt::format("no letter {} in an alphabet of {}", number, size()));
  return letters_[static_cast<std::size_t>(number)];
}

std::optional<Index> Alphabet::find(std::string_view letter) const {
  const auto found = numbers_.find(letter);
  return found == numbers_.end() ? std::nullopt : std::optional(found->second);
}

Numbers Alphabet::encode(std::string_view text, std::vector<std::string>& unknown) const {
  Numbers numbers;
  numbers.reserve(text.size());
  for_each(text, split_, [&](std::string_view letter) {
    if (const auto number = find(letter))
      numbers.push_back(static_cast<std::int32_t>(*number));
    else if (std::find(unknown.begin(), unknown.end(), letter) == unknown.end())
      unknown.emplace_back(letter);
  });
  return numbers;
}

Index Alphabet::beginning() const {
  for (const char* letter : {"\n", " "})
    if (const auto number = find(letter)) return *number;
  return 0;
}

std::string tidied(std::string_view text, Split split) {
  if (split == Split::bytes) return std::string(text);
  for (std::size_t at = 0; at < text.size();) take_code_point(text, at);  // so that an error counts from the beginning
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    result += composed(text.substr(0, end));
    if (end < text.size()) result += '\n';
    text.remove_prefix(std::min(text.size(), text.substr(end).starts_with("\r\n") ? end + 2 : end + 1));
  }
  return result;
}

}  // namespace glance::gpt
