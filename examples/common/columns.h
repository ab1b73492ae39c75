#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

// Text in columns, measured as a terminal shows it: a wide letter takes two columns, a combining mark none.
namespace glance {

std::string spaces(std::size_t count);

// With spaces before, after or on both sides, so that it is `width` columns wide. A wider text stays as it is.
std::string pad_left(const std::string& text, std::size_t width);
std::string pad_right(const std::string& text, std::size_t width);
std::string pad_centre(const std::string& text, std::size_t width);

// Without spaces at the end.
std::string trimmed(const std::string& line);

// A text wider than `width` columns cut to them, with an ellipsis.
std::string shortened(const std::string& text, std::size_t width);
std::vector<std::string> shortened(std::span<const std::string> texts, std::size_t width);

// For a message: the first few of many texts with a space between them, each cut when it is long, and how many more
// there are.
std::string shortened_list(std::span<const std::string> texts);

// The columns that the widest takes.
std::size_t widest(std::span<const std::string> texts);

// Rows of cells side by side, two spaces apart, each line ended. A column is as wide as its widest cell; those whose
// letter in `alignment` is 'r' stand to the right, the others to the left. A row may have fewer cells than there are
// columns. Error for a row with more.
std::string table(std::span<const std::vector<std::string>> rows, const std::string& alignment);

// A share with two digits and no zero in front: ".07", "1.00", "-.20".
std::string hundredths(double share);

}  // namespace glance
