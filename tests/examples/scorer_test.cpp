// An attention of one's own is part of the translator: trained, saved, loaded and gone on with.
#include "examples/seq2seq/scorer.h"

#include "examples/seq2seq/batches.h"
#include "examples/seq2seq/checkpoint.h"
#include "examples/seq2seq/evidence.h"
#include "glance/autograd/arithmetic.h"
#include "glance/autograd/reductions.h"
#include "glance/nn/linear.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"
#include "tests/examples/tiny_translator.h"
#include "tests/temporary_folder.h"

using namespace glance;
using namespace glance::seq2seq;

namespace {

// The query is turned before it is compared (Luong, Pham and Manning, 2015: "general").
struct General {
  Linear turn;

  Attended operator()(const Variable& query, const Variable& keys, const Variable& values,
                      const Tensor& visible) const {
    return attend(turn(query), keys, values, {.visible = visible});
  }
  static void visit(auto& self, auto&& f) { f("turn", self.turn); }
};

Batch a_batch() {
  const std::vector<Example> examples{{{4, 5, 6}, {4, 5, 2}}, {{5}, {4, 2}}};
  const std::vector<std::size_t> both{0, 1};
  return make_batch(examples, both);
}

Variable score(const RecurrentTranslator& model) {
  const Batch batch = a_batch();
  const Variable logits = model.decode(model.encode(batch.sources), batch.fed).logits;
  return sum(logits * logits);
}

}  // namespace

TEST_CASE("a layer that scores is part of the translator") {
  RecurrentTranslator model = tiny_translator();
  const std::size_t plain = named_parameters(model).size();
  Generator generator(3);
  const General general{Linear(5, 5, generator)};
  model.attention = general;
  const auto named = named_parameters(model);
  REQUIRE(named.size() == plain + 2);
  CHECK(named[plain].name == "attention.turn.weight");
  check_parameters(model, score(model));

  RecurrentTranslator other = copy(model);
  const double before = score(model).item();
  CHECK(score(other).item() == before);
  assign(named_parameters(other)[plain].variable.value(), zeros({5, 5}));
  CHECK(score(other).item() != before);  // the copy looks with weights of its own
  CHECK(score(model).item() == before);

  load_state_dict(other, state_dict(model));
  CHECK(score(other).item() == before);
  assign(general.turn.weight.value(), zeros({5, 5}));
  CHECK(score(model).item() != before);  // what was handed over is shared, as any layer that is copied
}

TEST_CASE("a function that scores has no parameters, and none at all looks at nothing") {
  RecurrentTranslator model = tiny_translator();
  const std::size_t plain = named_parameters(model).size();
  int asked = 0;
  model.attention = [&asked](const Variable& query, const Variable& keys, const Variable& values,
                             const Tensor& visible) {
    ++asked;
    return attend(query, keys, values, {.visible = visible});
  };
  CHECK(named_parameters(model).size() == plain);
  score(model);
  CHECK(asked == 1);
  CHECK_FALSE(Scorer());
  CHECK_FALSE(tiny_translator({.attention = "none"}).attention);
}

TEST_CASE("a translator with a kind of attention of one's own is saved, loaded and gone on with bit for bit") {
  const std::vector<AttentionChoice> own{
      {"turned", "attention of one's own", false,
       [](Index query, Index key, Generator& generator) { return Scorer(General{Linear(query, key, generator)}); },
       [](double query, double key) { return (query + 1) * key; }}};
  const std::vector<Example> examples{{{4, 5, 6}, {4, 5, 2}}, {{5}, {4, 2}}, {{6, 6}, {5, 2}}};
  const Vocabulary source({"<pad>", "<s>", "</s>", "<unk>", "a", "b", "c"});
  const Vocabulary target({"<pad>", "<s>", "</s>", "<unk>", "x", "y"});
  const TrainingOptions options{.epochs = 6, .batch = 2};
  const TemporaryFolder folder;
  Workers workers(1);
  const auto fresh = [&] { return tiny_translator({.dropout = 0.2, .attention = "turned"}, 1, 3, own); };
  const RecurrentTranslator whole = fresh(), begun = fresh();
  Trainer uninterrupted(whole, examples, options, workers), before(begun, examples, options, workers);
  while (uninterrupted.progress.epochs < options.epochs) uninterrupted.step();
  while (before.progress.steps < 5) before.step();
  save_checkpoint(folder / "m", begun, source, target,
                  SavedTraining{options, before.progress, before.adam.state.state_dict(), 0, "{}"});
  CHECK_THROWS_WITH(load_checkpoint(folder / "m"), Contains("\"turned\" is none of none, dot"));

  const Checkpoint loaded = load_checkpoint(folder / "m", own);
  Trainer after(*loaded.model, examples, options, workers);
  after.progress = loaded.training->progress;
  after.adam.state.load_state_dict(loaded.training->optimiser);
  while (after.progress.epochs < options.epochs) after.step();
  for (const auto& [name, value] : state_dict(whole)) CHECK(same(value, state_dict(*loaded.model).at(name)));
  CHECK(look(*loaded.model, examples[0]).weights.size() == 3);
}
