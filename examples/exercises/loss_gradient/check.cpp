// loss_gradient: a model that knows nothing, then beside autograd's.
#include "examples/exercises/promise.h"

using namespace exercises;

namespace {

std::vector<Mistake> mistakes(const Tensor& logits, const Tensor& targets) {
  const Tensor right = to(equal(unsqueeze(targets, -1), arange(logits.shape(1))), f64), p = softmax(logits, -1);
  const auto places = static_cast<double>(logits.shape(0)), words = static_cast<double>(logits.shape(1));
  return {
      {p - right, "nothing was divided by the number of places: the loss is their mean"},
      {(right - p) / places, "the sign is turned round: the loss is minus the logarithm"},
      {p / places, "the 1 at the right word was not taken away: its logit stands in the loss by itself, too"},
      {-right / places, "the sum under the logarithm was left out: every word's logit stands in it"},
      {right * (p - right) / places,
       "only the right word's logit got a gradient: those of the others stand in the sum, and are to fall"},
      {-right / p / places, "the gradient is that of the probabilities, and not of the logits: softmax was left out"},
      {(p - right) / (places * words), "all was divided by places · words: there is one loss per place"},
      {(softmax(logits, 0) - right) / places, "the softmax went over the places, and not over the words"},
  };
}

}  // namespace

int main() {
  const Tensor logits = numbers({3, 4}), targets = tensor({1, 3, 0}, i64);
  return keep({
      {"the gradient has the shape of the logits",
       [&] {
         shape("the gradient", loss_gradient(logits, targets), {3, 4});
       }},
      {"two places that know nothing of 4 words: 1/8 at the wrong words, −3/8 at the right one",
       [] {
         const Tensor nothing = zeros({2, 4}, f64), words = tensor({0, 2}, i64);
         beside("the gradient of the logits", loss_gradient(nothing, words),
                tensor({{-0.375, 0.125, 0.125, 0.125}, {0.125, 0.125, -0.375, 0.125}}, f64), mistakes(nothing, words));
       }},
      {"it is autograd's, element by element",
       [&] {
         const Variable x = parameter(logits);
         beside("the gradient of the logits", loss_gradient(logits, targets),
                grad(softmax_cross_entropy(x, targets), {x})[0], mistakes(logits, targets));
       }},
      {"what the right word gains the others lose: the gradients of a place add up to 0",
       [&] { same("the sums of the rows", sum(loss_gradient(logits, targets), {-1}), zeros({3}, f64)); }},
      {"logits of 1000 do not overflow",
       [] {
         same("the gradient", loss_gradient(tensor({{1000, 0}}, f64), tensor({1}, i64)), tensor({{1, -1}}, f64));
       }},
  });
}
