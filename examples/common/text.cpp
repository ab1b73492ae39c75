// Rules that split and join text: what holds a word together, what a sign is, how English and French shorten words.
#include "examples/common/text.h"

#include <algorithm>
#include <array>

#include <utf8proc.h>

namespace glance {
namespace {

constexpr char32_t zero_width_joiner = 0x200d;
constexpr char32_t zero_width_non_joiner = 0x200c;
constexpr char32_t emoji_style = 0xfe0f;

utf8proc_int32_t number(char32_t c) { return static_cast<utf8proc_int32_t>(c); }
utf8proc_category_t category(char32_t c) { return utf8proc_category(number(c)); }

bool is_digit(char32_t c) { return category(c) == UTF8PROC_CATEGORY_ND; }

// A mark that belongs above, below or through the letter before it.
bool is_accent(char32_t c) { return category(c) == UTF8PROC_CATEGORY_MN; }

bool is_joiner(char32_t c) { return c == zero_width_joiner || c == zero_width_non_joiner; }

// A sign that keeps the word together when it stands between these two.
bool holds_together(char32_t before, char32_t sign, char32_t after) {
  if (sign == U'\'' || sign == U'-') return is_letter_or_digit(after);
  if (sign == U'.' || sign == U',' || sign == U':') return is_digit(before) && is_digit(after);
  return false;
}

char32_t in_lower_case(char32_t c) { return static_cast<char32_t>(utf8proc_tolower(number(c))); }

// Longer than any word of the lists below: as it is.
std::u32string in_lower_case(std::u32string_view word) {
  std::u32string lower(word);
  if (word.size() <= 8)
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char32_t c) { return in_lower_case(c); });
  return lower;
}

template <std::size_t n>
bool among(std::u32string_view word, const std::array<std::u32string_view, n>& list) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool is_elided(std::u32string_view given) {
  const std::u32string word = in_lower_case(given);
  static constexpr std::array<std::u32string_view, 13> elided = {
      U"l", U"d", U"j", U"m", U"t", U"s", U"c", U"n", U"qu", U"jusqu", U"lorsqu", U"puisqu", U"quoiqu"};
  return among(word, elided);
}

// French elides only before these; so "n't" and "c'mon" stay whole.
bool calls_for_elision(char32_t c) {
  return std::u32string_view(U"aeiouyhàâäéèêëîïôöùûüœæ").find(in_lower_case(c)) != std::u32string_view::npos;
}

bool is_english_ending(std::u32string_view given) {
  const std::u32string word = in_lower_case(given);
  static constexpr std::array<std::u32string_view, 6> endings = {U"m", U"s", U"d", U"re", U"ve", U"ll"};
  return among(word, endings);
}

// The word that starts at `text[from]`, a letter or digit: where it ends.
std::size_t end_of_word(std::u32string_view text, std::size_t from) {
  std::size_t end = from + 1;
  for (; end < text.size(); ++end) {
    if (is_letter_or_digit(text[end]) || is_joiner(text[end])) continue;
    if (end + 1 == text.size() || !holds_together(text[end - 1], text[end], text[end + 1])) break;
  }
  const bool elided = end < text.size() && text[end] == U'\'' && is_elided(text.substr(from, end - from));
  return elided ? end + 1 : end;
}

// The sign that starts at `text[from]`, with all its code points, or a run of dots: where it ends.
std::size_t end_of_sign(std::u32string_view text, std::size_t from) {
  std::size_t end = from + 1;
  if (text[from] == U'\'') {
    const std::size_t after = end < text.size() && is_letter_or_digit(text[end]) ? end_of_word(text, end) : end;
    return is_english_ending(text.substr(end, after - end)) ? after : end;
  }
  if (text[from] == U'.') return std::min(text.find_first_not_of(U'.', from), text.size());
  utf8proc_int32_t state = 0;
  while (end < text.size() && !utf8proc_grapheme_break_stateful(number(text[end - 1]), number(text[end]), &state))
    ++end;
  return end;
}

void add_word(std::u32string_view word, std::vector<std::string>& words) {
  std::size_t mark = word.find(U'\'');
  while (mark < word.size() && mark + 1 < word.size() && is_elided(word.substr(0, mark)) &&
         calls_for_elision(word[mark + 1])) {
    words.push_back(encode(word.substr(0, mark + 1)));
    word.remove_prefix(mark + 1);
    mark = word.find(U'\'');
  }
  std::vector<std::string> endings;
  mark = word.rfind(U'\'');
  while (mark < word.size() && mark > 0 && is_english_ending(word.substr(mark + 1))) {
    endings.push_back(encode(word.substr(mark)));
    word = word.substr(0, mark);
    mark = word.rfind(U'\'');
  }
  words.push_back(encode(word));
  words.insert(words.end(), endings.rbegin(), endings.rend());
}

std::vector<std::string> split_normalised(std::u32string_view view) {
  std::vector<std::string> words;
  for (std::size_t from = 0; from < view.size();) {
    if (view[from] == U' ') {
      ++from;
    } else if (is_accent(view[from])) {  // on no letter
      std::size_t end = from + 1;
      while (end < view.size() && is_accent(view[end])) ++end;
      words.push_back(encode(view.substr(from, end - from)));
      from = end;
    } else if (is_letter_or_digit(view[from])) {
      const std::size_t end = end_of_word(view, from);
      add_word(view.substr(from, end - from), words);
      from = end;
    } else {
      const std::size_t end = end_of_sign(view, from);
      words.push_back(encode(view.substr(from, end - from)));
      from = end;
    }
  }
  return words;
}

std::vector<std::string> split_at_spaces(std::string_view text) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find(' ', from), text.size());
    if (end > from) parts.emplace_back(text.substr(from, end - from));
    from = end + 1;
  }
  return parts;
}

}  // namespace

std::vector<std::string> split_words(std::string_view sentence, bool keep_case) {
  return split_normalised(decode(normalise(sentence, {Unit::words, keep_case})));
}

std::vector<std::string> to_units(std::string_view sentence, const TextOptions& options) {
  switch (options.unit) {
    case Unit::spaces:
      return split_at_spaces(normalise(sentence, options));
    case Unit::characters:
      return letters(normalise(sentence, options));
    default:
      return split_words(sentence, options.keep_case);
  }
}

std::string to_text(std::span<const std::string> units, const TextOptions& options) {
  if (options.unit == Unit::words) return join_words(units);
  std::string text;
  for (const std::string& unit : units) {
    if (options.unit == Unit::spaces && !text.empty()) text += ' ';
    text += unit;
  }
  return text;
}

std::string shown_unit(const std::string& unit) { return unit == " " ? "␣" : unit; }

std::vector<std::string> shown_units(std::span<const std::string> units) {
  std::vector<std::string> shown;
  for (const std::string& unit : units) shown.push_back(shown_unit(unit));
  return shown;
}

std::string join_words(std::span<const std::string> words) {
  std::string sentence;
  bool elided = false;
  for (const std::string& word : words) {
    const std::u32string decoded = decode(word);
    const std::u32string_view view = decoded;
    const bool ending = view.starts_with(U'\'') && is_english_ending(view.substr(1));
    const bool attached = elided || ending || word == "." || word == ",";
    if (!sentence.empty() && !attached) sentence += ' ';
    sentence += word;
    elided = view.ends_with(U'\'') && is_elided(view.substr(0, view.size() - 1));
  }
  return sentence;
}

std::vector<std::string> letters(std::string_view text) {
  std::vector<std::string> result;
  for_each_letter(text, [&result](std::string_view letter) { result.emplace_back(letter); });
  return result;
}

void for_each_letter(std::string_view text, const std::function<void(std::string_view)>& f) {
  utf8proc_int32_t state = 0;
  char32_t before = 0;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t place = at;
    const char32_t c = take_code_point(text, at);
    const bool starts =
        before == 0 || utf8proc_grapheme_break_stateful(number(before), number(c), &state);  // none with NUL
    if (starts && place > begin) {
      f(text.substr(begin, place - begin));
      begin = place;
    }
    before = c;
  }
  if (begin < text.size()) f(text.substr(begin));
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  std::size_t cluster = 0;  // what a reader sees as one character is never wider than two columns
  utf8proc_int32_t state = 0;
  char32_t before = 0;
  for (const char32_t c : decode(text)) {
    if (before != 0 && utf8proc_grapheme_break_stateful(number(before), number(c), &state)) {
      width += std::min<std::size_t>(cluster, 2);
      cluster = 0;
    }
    cluster += c == emoji_style ? 2 : static_cast<std::size_t>(utf8proc_charwidth(number(c)));
    before = c;
  }
  return width + std::min<std::size_t>(cluster, 2);
}

std::string xml_escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

}  // namespace glance
