// The page about a training holds what the model gave, and makes no difference to the training.
#include "examples/seq2seq/report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "examples/seq2seq/evaluation.h"
#include "examples/seq2seq/evidence.h"
#include "examples/seq2seq/report_page.h"
#include "glance/nn/module.h"
#include "tests/catch.h"

using namespace glance;
using namespace glance::seq2seq;
using nlohmann::json;

namespace {

using Words = std::vector<std::string>;

// Words that mean something to a page's markup, its script, or a reader's eyes.
const Words hostile = {"</script>",
                       "<img src=x onerror=alert(1)>",
                       "\"",
                       "'",
                       "&amp;",
                       "<!--",
                       "]]>",
                       "\\",
                       "{{data}}",
                       "/* script */",
                       "שלום",
                       "🦓",
                       std::string("\u2028")};

// A training of a few steps, on sentences of these words.
struct Run {
  std::vector<Pair> pairs;
  Vocabulary source, target;
  std::vector<Example> examples;
  Generator generator{3};
  Workers workers{2};
  Translator model;
  Trainer trainer;

  explicit Run(std::vector<Pair> given, bool attention = true, TrainingOptions options = {.epochs = 2, .batch = 4},
               Index hidden = 6, ModelKind kind = ModelKind::recurrent)
      : pairs(std::move(given)),
        source(Vocabulary::of(pairs, &Pair::source)),
        target(Vocabulary::of(pairs, &Pair::target)),
        examples(numbers()),
        model({.source_words = source.size(),
               .target_words = target.size(),
               .embedding = kind == ModelKind::transformer ? 8 : 5,
               .hidden = hidden,
               .layers = kind == ModelKind::transformer ? 2 : 1,
               .attention = attention ? "dot" : "none",
               .model = kind,
               .heads = 2,
               .feed_forward = 8},
              generator),
        trainer(model, examples, options, workers) {}

  std::vector<Example> numbers() const {
    std::vector<Example> result;
    for (const Pair& pair : pairs) {
      result.push_back({source.indices(pair.source), target.indices(pair.target)});
      result.back().target.push_back(Vocabulary::end);
    }
    return result;
  }

  ReportSubject subject(std::vector<Sentence> grammar = {}) const {
    return {.pairs = "x & y", .words = pairs, .numbers = examples, .trained_on = 7, .grammar = std::move(grammar)};
  }

  // Trains up to a step, with a report that looks on, if there is one.
  void train(Index steps, Report* report) {
    if (report) report->observe();
    while (trainer.progress.steps < steps) {
      trainer.step();
      if (report) report->observe();
    }
  }
};

// Pairs of `words`, each sentence another; the translation is the sentence backwards.
std::vector<Pair> reversals(const Words& words, std::size_t count, std::size_t length = 3) {
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < count; ++i) {
    Pair pair;
    for (std::size_t j = 0; j < length; ++j)
      pair.source.push_back(words[(i + j * (1 + i / words.size())) % words.size()]);
    pair.target.assign(pair.source.rbegin(), pair.source.rend());
    pairs.push_back(pair);
  }
  return pairs;
}

json data_of(const Report& report) { return json::parse(data_of_page(report.page())); }

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("snapshots are dense early, and the last step is always one") {
  CHECK(snapshot_steps(1970) == std::vector<Index>{0,   5,   10,  20,  30,  40,  60,  80,   100,  120,
                                                   150, 200, 250, 300, 400, 500, 700, 1000, 1500, 1970});
  CHECK(snapshot_steps(12) == std::vector<Index>{0, 5, 10, 12});
  CHECK(snapshot_steps(5) == std::vector<Index>{0, 5});
  CHECK(snapshot_steps(0) == std::vector<Index>{0});
  const auto long_one = snapshot_steps(25000);
  CHECK(std::is_sorted(long_one.begin(), long_one.end()));
  CHECK(std::vector<Index>(long_one.end() - 4, long_one.end()) == std::vector<Index>{10000, 15000, 20000, 25000});
}

TEST_CASE("a report holds what the model gives") {
  Run run(reversals({"a", "b", "c", "d", "e"}, 20));
  Report report(run.model, run.target, run.trainer, run.subject(), run.workers);
  run.train(10, &report);
  const json data = data_of(report);
  CHECK(data.at("about").at("pairs") == "x & y");
  CHECK(data.at("about").at("steps") == 10);
  CHECK(data.at("about").at("trained_on") == 7);

  // Each step has a point of its own as long as there are few.
  REQUIRE(data.at("loss").size() == 10);
  CHECK(data.at("loss").back()[0] == 10);
  CHECK(data.at("loss")[0][1].get<double>() == Approx(std::log(run.target.size())).margin(0.5));

  REQUIRE(data.at("snapshots").size() == 3);  // 0, 5, 10
  const json& last = data.at("snapshots").back();
  CHECK(last.at("step") == 10);
  const Evaluation evaluation = evaluate(run.model, run.examples, run.target, run.workers);
  CHECK(last.at("loss").get<double>() == Approx(evaluation.loss).margin(1e-4));
  CHECK(last.at("forced").get<double>() == Approx(evaluation.token_accuracy).margin(1e-4));
  CHECK(last.at("free").get<double>() == Approx(evaluation.free_accuracy).margin(1e-4));
  CHECK(last.at("exact").get<double>() == Approx(evaluation.exact).margin(1e-4));
  CHECK(last.at("entropy").get<double>() == Approx(evaluation.entropy).margin(1e-4));
  CHECK(evaluation.entropy > 0);

  REQUIRE(data.at("sentences").size() == 9);
  for (const json& sentence : data.at("sentences")) {
    const auto source = sentence.at("source").get<Words>(), target = sentence.at("target").get<Words>();
    CHECK(Words(source.rbegin(), source.rend()) == target);
    REQUIRE(sentence.at("moments").size() == 3);
    for (const json& moment : sentence.at("moments")) {
      const auto weights = moment.at("weights").get<std::vector<int>>();
      REQUIRE(weights.size() == 4 * 3);
      for (std::size_t t = 0; t < 4; ++t)
        CHECK(weights[3 * t] + weights[3 * t + 1] + weights[3 * t + 2] == Approx(10000).margin(2));
      REQUIRE(moment.at("hidden").size() == 3);
      for (std::size_t hidden = 0; hidden < 3; ++hidden) {
        const auto without = moment.at("hidden")[hidden].at("weights").get<std::vector<int>>();
        REQUIRE(without.size() == 4 * 3);
        for (std::size_t t = 0; t < 4; ++t) {
          CHECK(without[3 * t + hidden] == 0);
          CHECK(without[3 * t] + without[3 * t + 1] + without[3 * t + 2] == Approx(10000).margin(2));
        }
      }
    }
    // The last moment, again from the model.
    Example example{run.source.indices(source), run.target.indices(target)};
    example.target.push_back(Vocabulary::end);
    const Evidence seen = look(run.model, example), without = look(run.model, example, 1);
    const json& now = sentence.at("moments").back();
    for (std::size_t t = 0; t < 4; ++t) {
      CHECK(now.at("probabilities")[t].get<int>() == Approx(1e4 * seen.probabilities[t]).margin(1));
      CHECK(now.at("hidden")[1].at("probabilities")[t].get<int>() == Approx(1e4 * without.probabilities[t]).margin(1));
      for (std::size_t s = 0; s < 3; ++s)
        CHECK(now.at("weights")[3 * t + s].get<int>() == Approx(1e4 * seen.weights[t][s]).margin(1));
      for (std::size_t f = 0; f < 6; ++f)
        CHECK(sentence.at("queries")[t][f].get<double>() == Approx(seen.queries[t][f]).margin(1e-4));
    }
    for (std::size_t s = 0; s < 3; ++s)
      for (std::size_t f = 0; f < 6; ++f)
        CHECK(sentence.at("keys")[s][f].get<double>() == Approx(seen.keys[s][f]).margin(1e-4));
    const Translation written = greedy_search(run.model, pad_sequences({{example.source}})).front();
    auto words = words_of(written, run.target);
    CHECK(now.at("ended") == (!written.stopped && words.size() <= 7));
    words.resize(std::min<std::size_t>(words.size(), 7));
    CHECK(now.at("written") == words);
  }
}

TEST_CASE("a report has the gradient of every layer, where each step was measured") {
  Run run(reversals({"a", "b", "c", "d", "e"}, 20));
  run.trainer.measures_each_step = true;
  Report report(run.model, run.target, run.trainer, run.subject(), run.workers);
  run.train(10, &report);
  const json data = data_of(report);
  const auto layers = data.at("about").at("gradient_layers").get<Words>();
  REQUIRE(layers == run.trainer.layer_names());
  CHECK(std::find(layers.begin(), layers.end(), "encoder") != layers.end());
  CHECK_FALSE(data.at("snapshots")[0].contains("norms"));  // no step was taken
  for (const std::size_t at : {1u, 2u}) CHECK(data.at("snapshots")[at].at("norms").size() == layers.size());
  const auto norms = data.at("snapshots")[2].at("norms").get<std::vector<double>>();
  REQUIRE(run.trainer.last_gradient_norms().size() == layers.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    CHECK(norms[i] > 0);
    CHECK(norms[i] == Approx(run.trainer.last_gradient_norms()[i]).epsilon(0.01));
  }
}

TEST_CASE("a held-out word that training never saw is marked in the report") {
  Run run(reversals({"a", "b", "c", "d", "e"}, 20));
  for (Example& example : run.examples) example.target[1] = Vocabulary::unknown;
  Report report(run.model, run.target, run.trainer, run.subject(), run.workers);
  report.observe();
  const json data = data_of(report);
  for (const json& sentence : data.at("sentences")) CHECK(sentence.at("unknown_targets") == json{1});
}

TEST_CASE("a report changes no bit of the training") {
  const auto weights_after = [](bool watched) {
    Run run(reversals({"a", "b", "c", "d", "e"}, 20), true, {.epochs = 3, .batch = 4});
    Report report(run.model, run.target, run.trainer, run.subject(), run.workers);
    run.train(15, watched ? &report : nullptr);
    std::vector<float> weights;
    for (const Variable& parameter : parameters(run.model)) {
      const auto values = parameter.value().to_vector<float>();
      weights.insert(weights.end(), values.begin(), values.end());
    }
    return weights;
  };
  CHECK(weights_after(true) == weights_after(false));
}

TEST_CASE("words can do a page no harm") {
  Run run(reversals(hostile, 30));
  Report report(run.model, run.target, run.trainer, run.subject(), run.workers);
  run.train(3, &report);
  const std::string page = report.page(), data = data_of_page(page);
  CHECK(data.find_first_of("<>&") == std::string::npos);
  CHECK(count(page, "</script>") == count(report_page("0"), "</script>"));
  // And they are all there, as they were.
  Words shown;
  const json parsed = json::parse(data);
  for (const json& sentence : parsed.at("sentences"))
    for (const std::string word : sentence.at("source")) shown.push_back(word);
  for (const std::string& word : shown) CHECK(std::find(hostile.begin(), hostile.end(), word) != hostile.end());
  CHECK(std::find(shown.begin(), shown.end(), "</script>") != shown.end());
}

TEST_CASE("a page needs nothing from anywhere, and says what was weighted and no more") {
  const std::string page = report_page("{}");
  CHECK_THAT(page, Contains("default-src 'none'") && Contains("prefers-color-scheme: dark") && Contains("</html>"));
  for (const char* mark :
       {"/* style */", "/* script */", "{ \"data\": 0 }", "http://www.w3.org/1999", "src=", "href=", "@import", "url("})
    CHECK(count(page, mark) == 0);
  CHECK(count(page, "http") == count(page, "http-equiv") + count(page, "http://www.w3.org/2000/svg"));
  CHECK(count(page, "innerHTML") == 0);
  CHECK(data_of_page(page) == "{}");
  CHECK(data_of_page("no page").empty());
}

TEST_CASE("the longest sentences and words keep a page within 3 MB") {
  Words words;
  for (int i = 0; i < 40; ++i)
    words.push_back(std::string(80, static_cast<char>('a' + i % 26)) + "é" + std::to_string(i));
  for (const auto length : {std::size_t{11}, std::size_t{23}}) {
    Run run(reversals(words, 20, length), true, {.epochs = 8, .batch = 1}, 64);
    Report report(run.model, run.target, run.trainer, run.subject(), run.workers);
    run.train(160, &report);
    const std::string page = report.page();
    CHECK(page.size() < 3'000'000);
    const json data = json::parse(data_of_page(page));
    REQUIRE(data.at("sentences").size() >= 1);
    CHECK(data.at("sentences")[0].at("source")[0].get<std::string>().size() < 60);
  }
}

TEST_CASE("sentences nobody could look at are not shown, and figures are measured all the same") {
  Run run(reversals({"a", "b", "c"}, 3, 25));
  Report report(run.model, run.target, run.trainer, run.subject(), run.workers);
  run.train(2, &report);
  const json data = data_of(report);
  CHECK(data.at("sentences").empty());
  CHECK(data.at("snapshots").size() == 2);
}

TEST_CASE("a Transformer's report has every head, and what is left without it") {
  Run run(reversals({"a", "b", "c", "d", "e"}, 20), true, {.epochs = 2, .batch = 4}, 6, ModelKind::transformer);
  Report report(run.model, run.target, run.trainer, run.subject(), run.workers);
  run.train(10, &report);
  const json data = data_of(report);
  CHECK(data.at("about").at("heads") == 2);
  CHECK(data.at("about").at("model") == "Transformer of 2+2 layers with 2 heads, pre-norm, sinusoidal positions");
  CHECK(data.at("about").at("products") == false);
  for (const json& sentence : data.at("sentences")) {
    Example example{run.source.indices(sentence.at("source").get<Words>()),
                    run.target.indices(sentence.at("target").get<Words>())};
    example.target.push_back(Vocabulary::end);
    const Evidence seen = look(run.model, example);
    const json& now = sentence.at("moments").back();
    REQUIRE(now.at("heads").size() == 3 * 2 * 2);  // places, layers, heads
    for (std::size_t h = 0; h < seen.heads.size(); ++h) {
      const auto& [head, weights] = seen.heads[h];
      const auto shown = now.at("heads")[h].at("weights").get<std::vector<int>>();
      REQUIRE(shown.size() == weights.size() * weights.front().size());
      for (std::size_t i = 0; i < shown.size(); ++i)
        CHECK(shown[i] == Approx(100 * weights[i / weights.front().size()][i % weights.front().size()]).margin(0.51));
      const auto without = look(hide_head(run.model, head), example).probabilities;
      for (std::size_t t = 0; t < 4; ++t)
        CHECK(now.at("heads")[h].at("without")[t].get<int>() == Approx(1e4 * without[t]).margin(1));
    }
    CHECK(now.at("hidden").size() == 3);
    CHECK(now.at("weights").size() == 4 * 3);
  }
}

TEST_CASE("a model without attention has a report without weights") {
  Run run(reversals({"a", "b", "c"}, 6), false);
  Report report(run.model, run.target, run.trainer, run.subject(), run.workers);
  run.train(2, &report);
  const json data = data_of(report);
  CHECK(data.at("about").at("attention") == false);
  CHECK(!data.at("snapshots")[0].contains("entropy"));
  CHECK(!data.at("sentences")[0].at("moments")[0].contains("weights"));
  CHECK(data.at("sentences")[0].at("moments")[0].at("probabilities").size() == 4);
}

TEST_CASE("where the grammar has its words from is told of its own sentences") {
  const std::vector<Sentence> grammar = sentences(12, 1, 8);
  Run run(pairs(grammar));
  Report report(run.model, run.target, run.trainer, run.subject(grammar), run.workers);
  run.train(1, &report);
  const json data = data_of(report);
  for (const json& shown : data.at("sentences")) {
    const auto found = std::find_if(grammar.begin(), grammar.end(),
                                    [&](const Sentence& s) { return s.source == shown.at("source").get<Words>(); });
    REQUIRE(found != grammar.end());
    REQUIRE(shown.at("says").size() == found->target.size());
    for (std::size_t t = 0; t < found->target.size(); ++t) {
      CHECK(shown.at("says")[t] == found->target[t].says);
      CHECK(shown.at("agrees")[t].is_null() == !found->target[t].agrees_with);
    }
  }
  Report plain(run.model, run.target, run.trainer, run.subject(), run.workers);
  plain.observe();
  CHECK(!data_of(plain).at("sentences")[0].contains("says"));
}

TEST_CASE("a report goes on from its page") {
  const auto pairs = reversals({"a", "b", "c", "d", "e"}, 20);
  Run whole(pairs, true, {.epochs = 3, .batch = 4});
  Report watched(whole.model, whole.target, whole.trainer, whole.subject(), whole.workers);
  whole.train(7, &watched);
  const std::string half = watched.page();
  whole.train(15, &watched);

  Run again(pairs, true, {.epochs = 3, .batch = 4});
  again.train(7, nullptr);
  Report resumed(again.model, again.target, again.trainer, again.subject(), again.workers);
  REQUIRE(resumed.go_on_from(half));
  again.train(15, &resumed);
  json first = data_of(watched), second = data_of(resumed);
  first.at("about").erase("seconds");
  second.at("about").erase("seconds");
  CHECK(first == second);

  // From a page that is ahead only what the training has reached is taken; from another's, nothing.
  Run behind(pairs, true, {.epochs = 3, .batch = 4});
  behind.train(6, nullptr);
  Report early(behind.model, behind.target, behind.trainer, behind.subject(), behind.workers);
  REQUIRE(early.go_on_from(watched.page()));
  CHECK(data_of(early).at("snapshots").size() == 2);
  CHECK(data_of(early).at("sentences")[0].at("moments").size() == 2);
  CHECK(data_of(early).at("sentences")[0].at("queries").empty());
  Run other(reversals({"a", "b", "x", "d", "e"}, 20), true, {.epochs = 3, .batch = 4});
  Report none(other.model, other.target, other.trainer, other.subject(), other.workers);
  for (const std::string& page :
       {watched.page(), std::string(), std::string("nonsense"), report_page("{\"about\": 3}"), report_page("[")})
    CHECK(!none.go_on_from(page));
  CHECK_THROWS_WITH(none.page(), "report: nothing was observed yet: call observe() first");
}
