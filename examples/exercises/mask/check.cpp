// mask: what is hidden has no weight, whatever it is, and the others share it in proportion.
#include "examples/exercises/promise.h"

using namespace exercises;

int main() {
  const Tensor scores = numbers({2, 4});
  const Tensor visible = from_values({1, 1, 0, 0, 1, 0, 1, 1}, {2, 4}, boolean);
  return keep({
      {"where all are visible it is the softmax",
       [&] { same("the weights", masked_weights(scores, ones({4}, boolean)), softmax(scores, -1)); }},
      {"a hidden source has the weight 0, the others keep their proportions and add up to 1",
       [&] {
         const Tensor numbers_visible = to(visible, f64);
         same("the weights", masked_weights(scores, visible), masked_softmax(scores, visible),
              {{softmax(scores, -1) * numbers_visible, "the mask came after the softmax: rows no longer add up to 1"},
               {softmax(scores * numbers_visible, -1), "a hidden score became 0, and exp(0) is 1"},
               {softmax(scores, -1), "the mask was not used"},
               {masked_softmax(scores, logical_not(visible)), "the mask was read the wrong way round"},
               {softmax(masked_fill(Variable(scores), logical_not(visible), -1e30), -2).value() * numbers_visible,
                "the softmax went over the targets: each column adds up to 1, not each row"}});
       }},
      {"hidden stays hidden: another score of a hidden source changes nothing",
       [&] {
         const Tensor changed = masked_fill(Variable(scores), logical_not(visible), 1e6).value();
         const double nan = std::numeric_limits<double>::quiet_NaN();
         const std::string hidden_greatest =
             "the greatest score was looked for among hidden sources too: beside it exp of the others is 0";
         same("the weights", masked_weights(changed, visible), masked_weights(scores, visible),
              {{zeros({2, 4}, f64), hidden_greatest},
               {full({2, 4}, nan, f64), hidden_greatest},
               {masked_fill(Variable(full({2, 4}, nan, f64)), logical_not(visible), 0).value(), hidden_greatest}});
       }},
      {"adding 1000 to all scores changes nothing: no exp overflows",
       [&] { same("the weights", masked_weights(scores + 1000.0, visible), masked_softmax(scores, visible)); }},
      {"a target that sees nothing has weights of 0, and no NaN",
       [] {
         same("the weights", masked_weights(numbers({1, 3}), zeros({3}, boolean)), zeros({1, 3}, f64));
       }},
      {"padded equals alone: hidden places at the end change nothing before them",
       [] {
         const Tensor alone = numbers({2, 3}), padded = concat({alone, numbers({2, 2}, 9)}, 1);
         const Variable weights = masked_weights(padded, from_values({1, 1, 1, 0, 0}, {5}, boolean));
         same("the first three weights", slice(weights, 1, 0, 3), masked_weights(alone, ones({3}, boolean)));
       }},
      {"gradcheck agrees",
       [&] { derivatives([&](const Variable& x) { return masked_weights(x, visible); }, {scores}, 1); }},
  });
}
