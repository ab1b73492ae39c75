#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "examples/common/normalise.h"

// From what people type to the words a vocabulary holds, and back to something that can be shown.

namespace glance {

// The words and punctuation marks of a sentence, normalised.
//
// A word is a run of letters and digits; a hyphen or an apostrophe inside it belongs to it ("peut-être", "don't",
// "aujourd'hui"), and so do . , and : between digits ("3,5", "10:30"). There are two exceptions at apostrophes: an
// elided French word is a word ("l'eau" is "l'", "eau"; "n'a" is "n'", "a") and so is an English ending ("i'm" is "i",
// "'m"). Dots in a row stay together. Any other sign is a word of its own, as a reader sees it: an emoji of several
// code points is one, and so is an accent on no letter. What is already split comes through unchanged. Languages that
// are written without spaces must be split beforehand, or into characters. Throws Error if the bytes are not UTF-8.
std::vector<std::string> split_words(std::string_view sentence, bool keep_case = false);

// Words as one would write them: spaces between them, but none inside "n'a" and "i'm" and none before "." and ",".
std::string join_words(std::span<const std::string> words);

// The units of a sentence, normalised, whichever the options ask for. Throws Error if the bytes are not UTF-8.
std::vector<std::string> to_units(std::string_view sentence, const TextOptions& options);

// Units as one would write them: words by join_words(), what was between spaces with spaces, characters side by side.
std::string to_text(std::span<const std::string> units, const TextOptions& options);

// A unit for a picture or a table, where a space among characters must be seen: as "␣".
std::string shown_unit(const std::string& unit);
std::vector<std::string> shown_units(std::span<const std::string> units);

// What a reader sees as single characters: a letter with its marks, an emoji of several code points, a flag.
// Throws Error if the bytes are not UTF-8.
std::vector<std::string> letters(std::string_view text);

// The same, one after the other, as parts of `text`: of a whole book without a string for each.
void for_each_letter(std::string_view text, const std::function<void(std::string_view)>& f);

// Columns that `text` takes in a terminal: none for combining marks, two for wide letters and emoji.
// Throws Error if the bytes are not UTF-8.
std::size_t display_width(std::string_view text);

// `text` as it must be written in XML and HTML, between tags and in quotes.
std::string xml_escaped(std::string_view text);

}  // namespace glance
