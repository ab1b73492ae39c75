#pragma once

#include <span>
#include <string>

#include "examples/seq2seq/corpus.h"

// Whether text in a script that has no spaces between words was split into words at all.

namespace glance::seq2seq {

// True when most of one side's letters are of such a script (Chinese and Japanese; Thai, Lao, Khmer, Burmese and others
// of their kind) and its words have as many of them as sentences have, so that nothing has parted them.
bool is_unparted(std::span<const Pair> pairs, std::vector<std::string> Pair::*side);

}  // namespace glance::seq2seq
