// gaps: the model reads the mask where a word is hidden, and owes the hidden words alone.
#include "examples/exercises/promise.h"

using namespace exercises;

int main() {
  const Tensor sentences = tensor({{1, 2, 3, 1}, {0, 3, 2, 2}}, i64);
  const Tensor hidden = from_values({0, 1, 0, 0, 1, 0, 0, 1}, {2, 4}, boolean);
  const Tensor masked = tensor({{1, 4, 3, 1}, {4, 3, 2, 4}}, i64);
  const Tensor logits = numbers({2, 4, 4});
  const auto any = [&](const Tensor&) { return Variable(logits); };
  return keep({
      {"the model reads the mask, 4, where a word is hidden, and all other words as they are",
       [&] {
         Tensor read;
         gap_loss([&](const Tensor& numbers) { return read = numbers, Variable(logits); }, sentences, hidden, 4);
         need(read.defined(), "the model was not asked");
         same("what it reads", to(read, f64), to(masked, f64),
              {{to(sentences, f64), "the words that it is asked for were not hidden: it has only to copy them"},
               {to(where(hidden, sentences, 4), f64), "hidden and shown are the wrong way round"}});
       }},
      {"a model that knows nothing of 4 words has log 4 = 1.386294",
       [&] {
         const Tensor even = zeros({2, 4, 4}, f64), nats = softmax_cross_entropy(even, sentences).value();
         same("the loss", gap_loss([&](const Tensor&) { return Variable(even); }, sentences, hidden, 4), nats,
              {{nats * (3.0 / 8), "the sum was divided by all places, and not by the hidden ones"}});
       }},
      {"the loss is the mean over the three hidden words",
       [&] {
         const Tensor each = softmax_cross_entropy(logits, sentences, {.reduction = Reduction::none}).value();
         const Tensor of_hidden = sum(each * to(hidden, f64));
         same("the loss", gap_loss(any, sentences, hidden, 4), of_hidden / 3.0,
              {{mean(each), "all words were asked for: those that it sees, it has only to copy"},
               {(sum(each) - of_hidden) / 5.0, "the words that it sees were asked for, and not the hidden ones"}});
       }},
      {"gradcheck agrees, and where nothing is hidden the logits have no gradient",
       [&] {
         const auto loss = [&](const Variable& x) {
           return gap_loss([&](const Tensor&) { return x; }, sentences, hidden, 4);
         };
         derivatives(loss, {logits}, 1);
         const Variable x = parameter(logits);
         const Tensor gradient = grad(loss(x), {x})[0].value();
         same("the gradient at the first place", select(select(gradient, 0, 0), 0, 0), zeros({4}, f64));
       }},
  });
}
