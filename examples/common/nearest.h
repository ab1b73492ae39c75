#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

// What was probably meant by a word that is not known.
namespace glance {

// The one of `words` that needs the fewest letters changed, added, left out or exchanged with their neighbour to become
// `word`; of several, one that begins alike, and of these the first. None when all need more than a third of the word's
// letters: then it is another word, and no slip. Both are UTF-8; case counts.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> words);

}  // namespace glance
