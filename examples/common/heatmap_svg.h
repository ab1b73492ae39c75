#pragma once

#include <string>

#include "examples/common/heatmap.h"

// Pictures of attention for files.
namespace glance {

// The picture as a file for browsers and documents: target words down, source words across, each weight as a shade and,
// from 5% on, as a number, and each row's entropy beside it. It needs no other file and no network. Error unless the
// weights fit the words. `sentence`: the source in one piece, for the title; empty: the words joined as prose.
std::string heatmap_svg(const AttentionPicture& picture, const std::string& sentence = {});

}  // namespace glance
