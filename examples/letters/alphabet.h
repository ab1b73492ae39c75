#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "glance/tensor/shape.h"

// What a text is made of, and by which numbers a model knows it.
namespace glance::gpt {

// What a letter is.
enum class Split {
  characters,  // what a reader sees as one character: a letter with its marks, an emoji of several code points
  bytes        // a byte of the file, whatever it holds
};

// A text in numbers of an alphabet.
using Numbers = std::vector<std::int32_t>;

// The letters that a model knows, numbered from 0.
class Alphabet {
 public:
  // Of the 256 bytes; or of the characters that the text has, the commonest first. Error if the text is not UTF-8.
  static Alphabet of(std::string_view text, Split split);

  // These letters. Error when one is empty or there twice, or bytes are not all 256 in their order.
  Alphabet(Split split, std::vector<std::string> letters);

  Split split() const { return split_; }
  const std::vector<std::string>& letters() const { return letters_; }
  Index size() const { return static_cast<Index>(letters_.size()); }

  // The letter of a number. Error for a number that none has.
  const std::string& letter(Index number) const;

  // The text in numbers. What is not in the alphabet is left out, and named once each in `unknown`. Error if characters
  // are not UTF-8.
  Numbers encode(std::string_view text, std::vector<std::string>& unknown) const;

  // What stands before a text that begins: a new line; where there are none, a space; else the commonest letter.
  Index beginning() const;

 private:
  std::optional<Index> find(std::string_view letter) const;

  Split split_;
  std::vector<std::string> letters_;
  std::map<std::string, Index, std::less<>> numbers_;
};

// A file's text as an alphabet splits it: bytes as they are; of characters without a byte order mark, in Unicode's
// composed form, and with "\n" for the line ends of any system. Error if characters are not UTF-8.
std::string tidied(std::string_view text, Split split);

}  // namespace glance::gpt
