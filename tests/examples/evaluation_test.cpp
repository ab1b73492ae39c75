// Scores of batches are those of the pairs one by one.
#include "examples/seq2seq/evaluation.h"

#include <algorithm>

#include "examples/common/heatmap.h"
#include "examples/seq2seq/evidence.h"
#include "examples/seq2seq/score.h"
#include "glance/autograd/modes.h"
#include "glance/tensor/softmax.h"
#include "tests/catch.h"
#include "tests/examples/tiny_translator.h"

using namespace glance;
using namespace glance::seq2seq;

namespace {

const Vocabulary target({"<pad>", "<s>", "</s>", "<unk>", "x", "y"});

// More than one batch of them, of many lengths.
std::vector<Example> some_examples() {
  std::vector<Example> examples;
  for (Index i = 0; i < 150; ++i) {
    Example example{std::vector<Index>(1 + static_cast<std::size_t>(i % 5), 4 + i % 3), {}};
    for (Index word = 0; word < i % 4; ++word) example.target.push_back(4 + (i + word) % 2);
    example.target.push_back(Vocabulary::end);
    examples.push_back(example);
  }
  return examples;
}

}  // namespace

TEST_CASE("a model is scored as one would pair by pair") {
  const NoGrad no_grad;
  const auto examples = some_examples();
  const RecurrentTranslator model = tiny_translator();
  double loss = 0;
  double entropy = 0;
  Index answers = 0, right = 0, right_ends = 0, exact = 0, right_alone = 0;
  std::vector<std::vector<std::string>> hypotheses, references;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    const std::vector<std::size_t> one = {i};
    const Batch batch = make_batch(examples, one);
    const Tensor log_p = log_softmax(model.decode(model.encode(batch.sources), batch.fed).logits.value(), -1);
    const auto values = log_p.values<float>();
    for (std::size_t t = 0; t < examples[i].target.size(); ++t) {
      const auto row = values.subspan(6 * t, 6);
      const auto answer = static_cast<std::size_t>(examples[i].target[t]);
      loss -= row[answer];
      const bool is_right = std::max_element(row.begin(), row.end()) - row.begin() == examples[i].target[t];
      right += is_right;
      right_ends += is_right && examples[i].target[t] == Vocabulary::end;
      ++answers;
    }
    for (const auto& row : look(model, examples[i]).weights) entropy += normalised_entropy(row);
    const Translation translation = greedy_search(model, batch.sources).front();
    exact += translation.words == examples[i].target;
    for (std::size_t t = 0; t < std::min(translation.words.size(), examples[i].target.size()); ++t)
      right_alone += translation.words[t] == examples[i].target[t];
    hypotheses.push_back(words_of(translation, target));
    references.push_back(target.sentence(examples[i].target));
  }
  for (const int threads : {1, 3}) {
    Workers workers(threads);
    std::vector<Translation> written;
    const Evaluation result = evaluate(model, examples, target, workers, {}, {}, &written);
    REQUIRE(written.size() == examples.size());
    for (std::size_t i = 0; i < written.size(); ++i) CHECK(words_of(written[i], target) == hypotheses[i]);
    CHECK(result.right_ends == Approx(right > 0 ? static_cast<double>(right_ends) / static_cast<double>(right) : 0.0));
    CHECK(result.loss == Approx(loss / static_cast<double>(answers)));
    CHECK(result.token_accuracy == Approx(static_cast<double>(right) / static_cast<double>(answers)));
    CHECK(result.free_accuracy == Approx(static_cast<double>(right_alone) / static_cast<double>(answers)));
    CHECK(result.entropy == Approx(entropy / static_cast<double>(answers)));
    CHECK(result.exact == Approx(static_cast<double>(exact) / static_cast<double>(examples.size())));
    CHECK(result.bleu == Approx(bleu(hypotheses, references).score));
    const auto all = translate_all(model, examples, workers);
    REQUIRE(all.size() == examples.size());
    for (std::size_t i = 0; i < all.size(); ++i) CHECK(words_of(all[i], target) == hypotheses[i]);
  }
}

TEST_CASE("a word that the vocabulary does not have is not translated by the unknown mark") {
  const RecurrentTranslator model = tiny_translator();
  model.output_bias.value().write<float>()[Vocabulary::unknown] = 1000;  // so that it says nothing else
  const Example example{{4}, std::vector<Index>(static_cast<std::size_t>(model.most_words(1)), Vocabulary::unknown)};
  Workers workers(1);
  REQUIRE(translate_all(model, {&example, 1}, workers).front().words == example.target);
  const Evaluation result = evaluate(model, {&example, 1}, target, workers);
  CHECK(result.token_accuracy == 1);
  CHECK(result.exact == 0);
  CHECK(result.bleu == 0);
}

TEST_CASE("nothing to score is no error") {
  Workers workers(1);
  CHECK(evaluate(tiny_translator(), {}, target, workers).bleu == 0);
  CHECK(translate_all(tiny_translator(), {}, workers).empty());
}
