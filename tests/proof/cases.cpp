// How inputs are made from the shapes that a line of the table names.
#include "tests/proof/cases.h"

#include <cctype>
#include <iterator>
#include <sstream>

#include "glance/tensor/create.h"
#include "glance/tensor/random.h"

namespace glance::proof {

namespace {

std::vector<std::string> split_words(const std::string& words) {
  std::istringstream in(words);
  return {std::istream_iterator<std::string>(in), {}};
}

// The sizes in turn, for the letters in the order in which they appear.
Sizes sizes_in_turn(const Case& c, const Shape& lead, std::span<const Index> in_turn) {
  Sizes sizes{lead, {}};
  std::size_t next = 0;
  for (const Input& input : c.inputs)
    for (const char letter : input.shape)
      if (std::isalpha(static_cast<unsigned char>(letter)) &&
          sizes.letters.emplace(letter, in_turn[next % in_turn.size()]).second)
        ++next;
  return sizes;
}

}  // namespace

const std::vector<Case>& cases() {
  static const std::vector<Case> all = [] {
    std::vector<Case> list;
    for (auto* part :
         {arithmetic_cases, shape_cases, reduction_cases, fused_cases, layer_cases, attention_cases, transformer_cases})
      for (Case& c : part()) list.push_back(std::move(c));
    return list;
  }();
  return all;
}

Shape shape_of(const std::string& words, const Sizes& sizes) {
  Shape shape;
  for (const std::string& word : split_words(words)) {
    if (word == "...") {
      for (const Index extent : sizes.lead) shape.push_back(extent);
      continue;
    }
    std::size_t digits = 0;
    while (digits < word.size() && std::isdigit(static_cast<unsigned char>(word[digits]))) ++digits;
    Index extent = digits > 0 ? std::stoll(word.substr(0, digits)) : 1;
    if (digits < word.size()) extent *= sizes.letters.at(word[digits]);
    shape.push_back(extent);
  }
  return shape;
}

Sizes small_sizes(const Case& c) {
  const Index in_turn[] = {2, 3, 4};
  // Where nothing follows the leading dimensions, two of them make a matrix.
  return sizes_in_turn(c, c.inputs[0].shape == "..." ? Shape{2, 3} : Shape{2}, in_turn);
}

Sizes wide_sizes(const Case& c) {
  const Index in_turn[] = {5, 35, 17, 33};
  return sizes_in_turn(c, c.inputs[0].shape == "..." ? Shape{3, 67} : Shape{3}, in_turn);
}

bool has_lead(const Input& input) { return input.shape.starts_with("..."); }

std::vector<Tensor> inputs_of(const Case& c, const Sizes& sizes) {
  std::vector<Tensor> tensors;
  for (std::size_t i = 0; i < c.inputs.size(); ++i) {
    Generator generator(i + 1);
    const Input& input = c.inputs[i];
    tensors.push_back(uniform(shape_of(input.shape, sizes), generator, input.low, input.high, f64));
  }
  return tensors;
}

}  // namespace glance::proof
