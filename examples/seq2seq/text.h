#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// From what people type to the words a vocabulary holds, and back to something that can be shown.

namespace glance::seq2seq {

// `text` in lower case and Unicode's composed form (NFC), with one plain space between words and none at the ends,
// plain apostrophes for typographic ones, and nothing that cannot be seen (byte order marks, soft hyphens, marks of
// direction). Doing it twice changes nothing. Throws Error if the bytes are not UTF-8, and says which one.
std::string normalise(std::string_view text);

// The words and punctuation marks of a sentence, normalised.
//
// A word is a run of letters and digits; a hyphen or an apostrophe inside it belongs to it ("peut-être", "don't",
// "aujourd'hui"), and so do . , and : between digits ("3,5", "10:30"). There are two exceptions at apostrophes: an
// elided French word is a word ("l'eau" is "l'", "eau"; "n'a" is "n'", "a") and so is an English ending ("i'm" is "i",
// "'m"). Dots in a row stay together. Any other sign is a word of its own, as a reader sees it: an emoji of several
// code points is one. What is already split comes through unchanged. Languages that are written without spaces must be
// split beforehand.
std::vector<std::string> split_words(std::string_view sentence);

// Words as one would write them: spaces between them, but none inside "n'a" and "i'm" and none before "." and ",".
std::string join_words(std::span<const std::string> words);

// What a reader sees as single characters: a letter with its marks, an emoji of several code points, a flag.
// Throws Error if the bytes are not UTF-8.
std::vector<std::string> letters(std::string_view text);

// Columns that `text` takes in a terminal: none for combining marks, two for wide letters and emoji.
// Throws Error if the bytes are not UTF-8.
std::size_t display_width(std::string_view text);

// `text` as it must be written in XML and HTML, between tags and in quotes.
std::string xml_escaped(std::string_view text);

}  // namespace glance::seq2seq
