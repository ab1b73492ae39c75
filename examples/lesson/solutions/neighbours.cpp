// Chapter 7: each state is mixed with the one before it. The number on the command line is the seed.
#include "examples/common/arguments.h"
#include "examples/lesson/translator.h"

using namespace lesson;

namespace {

// Every state and the one before it, added; there is nothing before the first.
Variable with_previous(const Variable& states) {
  const Variable first = slice(states, 1, 0, 1);
  return states + concat({0.0 * first, slice(states, 1, 0, -1)}, 1);
}

Attended mixed(const Variable& query, const Variable& keys, const Variable& values, const Tensor& visible) {
  return attend(query, with_previous(keys), with_previous(values), {.visible = visible});
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t seed = seed_argument(argc, argv);
  const Data data = make_data(seed);
  print_looking_heading();
  print_looking("with the previous", train(data.numbered, seed, mixed), data);
}
