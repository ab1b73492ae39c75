#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// One spelling for each text, whatever program it was typed in.

namespace glance {

// What a sentence is made of for a vocabulary.
enum class Unit {
  words,       // words and punctuation marks, parted as a reader of prose would (split_words)
  spaces,      // whatever stands between spaces: for text that is parted already, and for codes such as I_TURN_LEFT
  characters,  // what a reader sees as one character, spaces among them: for spelling, dates, and languages that are
               // written without spaces
};

// How text becomes units. A checkpoint keeps it.
struct TextOptions {
  Unit unit = Unit::words;
  bool keep_case = false;  // "Paris" stays "Paris"

  bool operator==(const TextOptions&) const = default;
};

// "words", "spaces" or "characters".
std::string_view name_of(Unit unit);

// The unit of that name. Throws Error, which lists the three, for another name.
Unit unit_of(std::string_view name);

// What the units are called in a sentence about how many there are: "words" or "characters".
std::string_view plural(Unit unit);

// `text` in Unicode's composed form, with one plain space between words and none at the ends, and without what cannot
// be seen (byte order marks, soft hyphens, marks of direction; a zero-width space parts words, as it is meant to).
//
// Unless the case is kept, all cases of a text become one, by Unicode's full case folding: "STRASSE" and "Straße" are
// "strasse", "Σ" and "ς" are "σ"; "ı" and "İ" become "i", because their cases are "I" and "i".
//
// For words the form is NFKC, which also writes ligatures, full-width letters and "…" in plain letters and dots, and
// apostrophes become plain ones. For spaces and characters it is NFC, which changes no sign into another.
//
// The same text in any of the four normal forms (in NFC and NFD, for spaces and characters), and in any case unless it
// is kept, gives the same bytes. Doing it twice changes nothing. Throws Error if the bytes are not UTF-8, and says
// which one.
std::string normalise(std::string_view text, const TextOptions& options = {});

// `text` in Unicode's composed form, NFC, and otherwise as it is. Throws Error if the bytes are not UTF-8.
std::string composed(std::string_view text);

// Whether a screen shows all of the UTF-8 `text` in its place: no control character, and nothing that is invisible or
// turns the direction of what follows. Throws Error if the bytes are not UTF-8.
bool is_printable(std::string_view text);

// Any bytes as a message may show them, on one line and doing nothing to the screen: what is_printable() would refuse
// and what is not UTF-8 is written as \x1b.
std::string one_line(std::string_view text);

// The code point of UTF-8 text at byte `at`, which moves behind it. Throws Error if there is none.
char32_t take_code_point(std::string_view text, std::size_t& at);

// The code points of UTF-8 text. Throws Error if the bytes are not UTF-8.
std::u32string decode(std::string_view text);

// Code points as UTF-8 text.
std::string encode(std::u32string_view text);

// Whether a code point belongs to a word by itself: a letter, a mark, a digit or another number.
bool is_letter_or_digit(char32_t c);

// A letter, without the marks on it.
bool is_base_letter(char32_t c);

}  // namespace glance
