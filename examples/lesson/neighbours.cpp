// Each source word's state knows of the words after it: by an encoder that reads both ways, or mixed with the state of
// the next word alone. It translates as well, and the picture is another. The number on the command line is the seed.
#include "examples/common/arguments.h"
#include "examples/lesson/translator.h"

using namespace lesson;

namespace {

// [mixed]
// Every state and the one after it, added; there is nothing after the last.
Variable with_next(const Variable& states) {
  const Variable first = slice(states, 1, 0, 1);
  return states + concat({slice(states, 1, 1, states.shape(1)), 0.0 * first}, 1);
}

Attended mixed(const Variable& query, const Variable& keys, const Variable& values, const Tensor& visible) {
  return attend(query, with_next(keys), with_next(values), {.visible = visible});
}
// [mixed end]

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t seed = seed_argument(argc, argv);
  const Data data = make_data(seed);
  print_looking_heading();
  print_looking("read one way", train(data.numbered, seed), data);
  // [both]
  print_looking("read both ways", train(data.numbered, seed, {}, true), data);
  // [both end]
  print_looking("with the next", train(data.numbered, seed, mixed), data);
}
