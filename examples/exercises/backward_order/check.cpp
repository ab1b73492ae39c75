// backward_order: gradients add up over the paths, and are passed on once, when they are complete.
#include <cmath>

#include "examples/exercises/promise.h"

using namespace exercises;

namespace {

const std::string overwritten = "the second path overwrote the first: their gradients are to be added";
const std::string too_early = "a value passed its gradient on before all that use it had added their part";

void same_gradients(const std::vector<Node>& nodes, std::size_t last, const Tensor& expected,
                    const std::vector<Mistake>& mistakes = {}) {
  const std::vector<double> given = gradients(nodes, last);
  same("the gradients", from_values(given, {static_cast<Index>(given.size())}), expected, mistakes);
}

}  // namespace

int main() {
  // 0: x, 1: 2x, 2: 3x, 3: 2x + 3x
  const std::vector<Node> twice = {{}, {{{0, 2}}}, {{{0, 3}}}, {{{1, 1}, {2, 1}}}};
  // 0: w, 1: x = 5w, then as above
  const std::vector<Node> deeper = {{}, {{{0, 5}}}, {{{1, 2}}}, {{{1, 3}}}, {{{2, 1}, {3, 1}}}};
  return keep({
      {"the numbers along a path multiply: y = 7 (5 x)",
       [] {
         same_gradients({{}, {{{0, 5}}}, {{{1, 7}}}}, 2, tensor({35, 7, 1}, f64));
       }},
      {"a value that is used twice gets the sum of both paths: y = 2x + 3x",
       [&] {
         same_gradients(twice, 3, tensor({5, 1, 1, 1}, f64),
                        {{tensor({3, 1, 1, 1}, f64), overwritten}, {tensor({2, 1, 1, 1}, f64), overwritten}});
       }},
      {"it waits until both have added their part: y = 2x + 3x with x = 5w",
       [&] {
         same_gradients(deeper, 4, tensor({25, 5, 1, 1, 1}, f64),
                        {{tensor({50, 5, 1, 1, 1}, f64), too_early},
                         {tensor({35, 5, 1, 1, 1}, f64), too_early},
                         {tensor({40, 5, 1, 1, 1}, f64), too_early},
                         {tensor({10, 5, 1, 1, 1}, f64), too_early},
                         {tensor({15, 5, 1, 1, 1}, f64), too_early}});
       }},
      {"one way may be longer than the other: y = x + 4 (3 (2 x)) with x = 5w",
       [] {
         same_gradients({{}, {{{0, 5}}}, {{{1, 2}}}, {{{2, 3}}}, {{{1, 1}, {3, 4}}}}, 4,
                        tensor({125, 25, 12, 4, 1}, f64));
       }},
      {"nodes stand in any order, and the same value may be used twice by one: y = x · x at x = 3",
       [] {
         same_gradients({{{{1, 3}, {1, 3}}}, {}}, 0, tensor({1, 6}, f64));
       }},
      {"what the last value does not depend on has the gradient 0, and nobody waits for it",
       [] {
         same_gradients({{}, {{{0, 2}}}, {{{0, 9}, {1, 9}}}}, 1, tensor({2, 1, 0}, f64));
       }},
      {"each node is passed once, however many paths there are: 40 times x = x + x",
       [] {
         std::vector<Node> nodes(41);
         for (std::size_t i = 1; i < nodes.size(); ++i) nodes[i].inputs = {{i - 1, 1}, {i - 1, 1}};
         same("the first gradient", gradients(nodes, 40).at(0), std::pow(2.0, 40));
       }},
  });
}
