// What a report measures at each snapshot, and how it is kept as JSON for the page.
#include "examples/seq2seq/report.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>
#include <utility>

#include "examples/seq2seq/evaluation.h"
#include "examples/seq2seq/evidence.h"
#include "examples/seq2seq/report_page.h"
#include "examples/seq2seq/report_sentence.h"
#include "examples/seq2seq/search.h"
#include "glance/nn/module.h"
#include "glance/tensor/error.h"

namespace glance::seq2seq {

namespace {

using nlohmann::ordered_json;

constexpr std::size_t sample_size = 64;  // sentences that a snapshot's figures are of
constexpr std::size_t easy_words = 12;   // a side of so many can be looked at as a whole
constexpr std::size_t most_words_shown = 24;
constexpr std::size_t most_text = 4000;       // bytes of a sentence
constexpr std::size_t most_data = 2'400'000;  // bytes of all shown sentences together

// With three digits that count, however small it is.
double significant(double value) {
  return value == 0 ? 0 : rounded(value, std::max(0, 2 - static_cast<int>(std::floor(std::log10(std::abs(value))))));
}

// Bytes that a shown sentence takes in the page, at most or nearly so.
std::size_t bytes_of(const Example& example, std::size_t snapshots, const ModelOptions& model) {
  const std::size_t sources = example.source.size(), targets = example.target.size();
  const std::size_t numbers = targets * (sources + 1) * (sources + 1);
  const std::size_t written = (targets + more_written) * 4 * most_letters;
  if (model.model == ModelKind::transformer) {
    const auto heads = static_cast<std::size_t>(model.layers * model.heads);
    const std::size_t weights = targets * sources + sources * sources + targets * targets;
    return snapshots * (5 * numbers + written + heads * (2 * weights + 3 * 5 * targets));
  }
  return snapshots * (5 * numbers + written) + 8 * static_cast<std::size_t>(model.hidden) * (sources + targets);
}

std::size_t bytes_of(const std::vector<std::string>& words) {
  return std::accumulate(words.begin(), words.end(), std::size_t{0},
                         [](std::size_t sum, const std::string& word) { return sum + word.size(); });
}

bool has_unknown(const Example& example) {
  const auto is_unknown = [](const std::vector<Index>& words) {
    return std::find(words.begin(), words.end(), Vocabulary::unknown) != words.end();
  };
  return is_unknown(example.source) || is_unknown(example.target);
}

// Which sentences are shown, short ones first: of all lengths that can be looked at as a whole and of known words, as
// far as there are such.
std::vector<std::size_t> choose(const ReportSubject& subject, std::size_t snapshots, const ModelOptions& model) {
  std::vector<std::size_t> good, fair;
  std::set<std::vector<std::string>> sources;
  for (std::size_t i = 0; i < subject.numbers.size(); ++i) {
    const Example& example = subject.numbers[i];
    const std::size_t longest = std::max(example.source.size(), example.target.size());
    if (longest > most_words_shown || bytes_of(subject.words[i].source) > most_text ||
        bytes_of(subject.words[i].target) > most_text || !sources.insert(subject.words[i].source).second)
      continue;
    const bool easy = longest <= easy_words && example.source.size() > 1 && !has_unknown(example);
    (easy ? good : fair).push_back(i);
  }
  const auto shorter = [&](std::size_t a, std::size_t b) {
    return subject.numbers[a].source.size() < subject.numbers[b].source.size();
  };
  std::stable_sort(fair.begin(), fair.end(), shorter);
  while (good.size() < subject.shown && !fair.empty()) {
    good.push_back(fair.front());
    fair.erase(fair.begin());
  }
  std::stable_sort(good.begin(), good.end(), shorter);
  const std::size_t count = std::min(subject.shown, good.size());
  std::vector<std::size_t> chosen;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < count; ++i) {
    chosen.push_back(good[(2 * i + 1) * good.size() / (2 * count)]);
    bytes += bytes_of(subject.numbers[chosen.back()], snapshots, model);
    if (bytes <= most_data) continue;
    chosen.pop_back();
    break;
  }
  return chosen;
}

// Examples spread evenly over all.
std::vector<Example> sample_of(std::span<const Example> examples) {
  const std::size_t count = std::min(sample_size, examples.size());
  std::vector<Example> sample;
  for (std::size_t i = 0; i < count; ++i) sample.push_back(examples[i * examples.size() / count]);
  return sample;
}

ordered_json describe(const Translator& model, const Trainer& trainer, const ReportSubject& subject) {
  const ModelOptions& o = model.options();
  const bool transformer = o.model == ModelKind::transformer;
  ordered_json about{{"pairs", subject.pairs},
                     {"trained_on", subject.trained_on},
                     {"held_out", subject.held_out},
                     {"measured_on", subject.numbers.size()},
                     {"cell", transformer ? "Transformer" : describe(o.cell).layer},
                     {"attention", model.has_attention()},
                     {"products", model.is_product()},
                     {"model", model.description()},
                     {"hidden", transformer ? o.embedding : o.hidden},
                     {"embedding", o.embedding},
                     {"layers", o.layers},
                     {"parameters", parameter_count(model)},
                     {"steps", trainer.total_steps()},
                     {"epochs", trainer.options.epochs},
                     {"batch", trainer.options.batch},
                     {"between_words", subject.text.unit == Unit::characters ? "" : " "},
                     {"seed", trainer.options.seed}};
  if (transformer) about["heads"] = o.heads;
  about["gradient_layers"] = trainer.layer_names();
  return about;
}

}  // namespace

std::vector<Index> snapshot_steps(Index last) {
  std::vector<Index> steps;
  const auto add = [&](Index step) {
    if (step < last) steps.push_back(step);
  };
  for (const Index step : {0, 5, 10, 20, 30, 40, 60, 80, 100, 120, 150, 200, 250, 300, 400, 500, 700}) add(step);
  for (Index power = 1000; power < last; power *= 10)
    for (const Index tenths : {10, 15, 20, 30, 50, 70}) add(power / 10 * tenths);
  steps.push_back(last);
  return steps;
}

struct Report::State {
  Translator model;
  const Vocabulary& target;
  const Trainer& trainer;
  Workers& workers;
  std::vector<Index> steps;
  std::vector<Example> sample;
  std::vector<Example> examples;  // of the shown sentences
  ordered_json data;
  double loss_before = 0, loss_sum = 0;  // of the trainer when last looked at; of the steps since the last point
  Index answers_before = 0, answers = 0;

  Index last_point() const { return data["loss"].empty() ? 0 : data["loss"].back()[0].get<Index>(); }

  // Adds up the losses of the steps, and sets a point now and then: each farther on, for an axis by ratios.
  void observe_loss() {
    const Progress& p = trainer.progress;
    if (p.steps == 0) return;
    const bool begun_anew = (p.steps - 1) % trainer.validation_interval() == 0;
    loss_sum += p.loss_sum - (begun_anew ? 0 : loss_before);
    answers += p.answers - (begun_anew ? 0 : answers_before);
    loss_before = p.loss_sum;
    answers_before = p.answers;
    constexpr Index points_a_doubling = 24;
    if (answers == 0 || (p.steps < last_point() + 1 + last_point() / points_a_doubling && p.steps != steps.back()))
      return;
    data["loss"].push_back({p.steps, rounded(loss_sum / static_cast<double>(answers), 4)});
    loss_sum = 0;
    answers = 0;
  }

  void take_snapshot(const Meanwhile& meanwhile) {
    const Evaluation e = evaluate(model, sample, target, workers, {}, part_of(meanwhile, 0, 0.5));
    const auto written = translate_all(model, examples, workers, {}, part_of(meanwhile, 0.5, 1));
    ordered_json snapshot{{"step", trainer.progress.steps}};
    snapshot["loss"] = rounded(e.loss, 4);
    snapshot["forced"] = rounded(e.token_accuracy, 4);
    snapshot["free"] = rounded(e.free_accuracy, 4);
    snapshot["exact"] = rounded(e.exact, 4);
    if (model.has_attention()) snapshot["entropy"] = rounded(e.entropy, 4);
    if (const auto& norms = trainer.last_gradient_norms(); !norms.empty()) {
      snapshot["norms"] = ordered_json::array();
      for (const double norm : norms) snapshot["norms"].push_back(significant(norm));
    }
    data["snapshots"].push_back(snapshot);
    std::vector<ordered_json> moments(examples.size());
    std::vector<Evidence> seen(examples.size());
    workers.run(static_cast<int>(examples.size()), [&](int number) {
      const auto i = static_cast<std::size_t>(number);
      seen[i] = look(model, examples[i]);
      moments[i] = measured_moment(model, target, examples[i], seen[i], written[i]);
    });
    for (std::size_t i = 0; i < examples.size(); ++i) {
      auto& sentence = data["sentences"][i];
      sentence["moments"].push_back(std::move(moments[i]));
      add_vectors(sentence, model, seen[i]);
    }
  }
};

Report::Report(const Translator& model, const Vocabulary& target, const Trainer& trainer, ReportSubject subject,
               Workers& workers)
    : state_(new State{.model = model,
                       .target = target,
                       .trainer = trainer,
                       .workers = workers,
                       .steps = snapshot_steps(trainer.total_steps()),
                       .sample = sample_of(subject.numbers),
                       .examples = {},
                       .data = {}}) {
  State& s = *state_;
  s.loss_before = trainer.progress.loss_sum;
  s.answers_before = trainer.progress.answers;
  s.data["about"] = describe(model, trainer, subject);
  s.data["about"]["sample"] = s.sample.size();
  s.data["loss"] = ordered_json::array();
  s.data["snapshots"] = ordered_json::array();
  s.data["sentences"] = ordered_json::array();
  for (const std::size_t i : choose(subject, s.steps.size(), model.options())) {
    s.examples.push_back(subject.numbers[i]);
    s.data["sentences"].push_back(described_sentence(subject.words[i], subject.numbers[i], subject.grammar));
  }
}

Report::~Report() = default;

bool Report::go_on_from(const std::string& page) {
  State& s = *state_;
  const Index steps = s.trainer.progress.steps;
  try {
    ordered_json old = ordered_json::parse(data_of_page(page));
    old.at("about").erase("seconds");
    if (old.at("about") != s.data.at("about") || old.at("sentences").size() != s.data.at("sentences").size())
      return false;
    ordered_json data = s.data;
    for (const auto& point : old.at("loss"))
      if (point.at(0).get<Index>() <= steps) data["loss"].push_back(point);
    for (const auto& snapshot : old.at("snapshots"))
      if (snapshot.at("step").get<Index>() <= steps) data["snapshots"].push_back(snapshot);
    for (std::size_t i = 0; i < data["sentences"].size(); ++i) {
      const auto& from = old.at("sentences").at(i);
      auto& to = data["sentences"][i];
      if (from.at("source") != to.at("source") || from.at("target") != to.at("target")) return false;
      for (std::size_t m = 0; m < data["snapshots"].size(); ++m) to["moments"].push_back(from.at("moments").at(m));
      // Those of the page's last snapshot, which the checkpoint may not have reached: better none than another's.
      const bool same = data["snapshots"].size() == old.at("snapshots").size();
      to["queries"] = same ? from.at("queries") : ordered_json::array();
      to["keys"] = same ? from.at("keys") : ordered_json::array();
    }
    s.data = std::move(data);
  } catch (const ordered_json::exception&) {
    return false;
  }
  return true;
}

void Report::observe(const Meanwhile& meanwhile) {
  State& s = *state_;
  const Index step = s.trainer.progress.steps;
  const auto& snapshots = s.data["snapshots"];
  s.observe_loss();
  const bool due = snapshots.empty() || std::binary_search(s.steps.begin(), s.steps.end(), step);
  if (due && (snapshots.empty() || snapshots.back().at("step") != step)) s.take_snapshot(meanwhile);
}

std::string Report::data() const {
  ordered_json data = state_->data;
  if (data["snapshots"].empty()) throw Error("report: nothing was observed yet: call observe() first");
  data["about"]["seconds"] = rounded(state_->trainer.progress.seconds, 1);
  return data.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string Report::page() const { return report_page(data()); }

}  // namespace glance::seq2seq
