// Softmax over the wrong axis: nearly all right as long as it is fed the right words, nothing right when it is not. The
// number on the command line is the seed.
#include <fmt/format.h>

#include <algorithm>

#include "examples/common/arguments.h"
#include "examples/lesson/translator.h"

using namespace lesson;

namespace {

// [wrong]
// Over dimension -2, the targets. It must be -1, the sources.
Attended wrong_axis(const Variable& query, const Variable& keys, const Variable& values, const Tensor& visible) {
  const Variable shares = softmax(attention_scores(query, keys), -2);
  const Variable weights = shares * to(visible, f32);  // pads are hidden: that is another mistake
  return {attention_context(weights, values), weights};
}
// [wrong end]

// [leak]
// The probabilities at every place but the last, when the decoder is fed this translation.
Tensor before_the_end(const RecurrentTranslator& model, const Example& example) {
  const NoGrad no_grad;
  const Batch batch = make_batch({&example, 1}, std::vector<std::size_t>{0});
  const Tensor logits = model.decode(model.encode(batch.sources), batch.fed).logits.value();
  return softmax(slice(logits, 1, 0, -1), -1);
}

// How far they move, at most, when the last word that is fed becomes another: it belongs to the last place alone.
double leak(const RecurrentTranslator& model, Example example) {
  const Tensor before = before_the_end(model, example);
  example.target[example.target.size() - 2] = Vocabulary::unknown;
  return max(abs(before_the_end(model, example) - before)).item();
}
// [leak end]

void show(const char* name, const RecurrentTranslator& model, const Numbered& data) {
  const Evaluation right = score(model, data);
  double leaked = 0;
  for (const Example& example : data.test) leaked = std::max(leaked, leak(model, example));
  fmt::print("{:<21}{:>17.2f}{:>15.2f}{:>19.2f}{:>8.2f}\n", name, right.token_accuracy, right.free_accuracy,
             right.exact, leaked);
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t seed = seed_argument(argc, argv);
  const Data data = make_data(seed);
  fmt::print("{:<21}{:>17}{:>15}{:>19}{:>8}\n", "softmax over", "fed right words", "fed its own", "whole sentences",
             "leak");
  show("the sources", train(data.numbered, seed), data.numbered);
  show("the targets", train(data.numbered, seed, wrong_axis), data.numbered);
}
