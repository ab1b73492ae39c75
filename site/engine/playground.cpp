// The requests of the playground, answered by the functions that the programs are made of.
#include "site/engine/playground.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <new>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

#include "examples/common/text.h"
#include "examples/seq2seq/checkpoint.h"
#include "examples/seq2seq/evaluation.h"
#include "examples/seq2seq/evidence.h"
#include "examples/seq2seq/report.h"
#include "examples/seq2seq/report_sentence.h"
#include "examples/seq2seq/search.h"
#include "glance/nn/module.h"

namespace glance::site {

using namespace seq2seq;
using nlohmann::ordered_json;

namespace {

constexpr std::size_t builtin_sentences = 8000, builtin_held_out = 800;
constexpr std::size_t most_own_words = 30;   // of a sentence to look at
constexpr std::size_t most_pairs = 20000;    // of people's own
constexpr std::size_t most_pair_words = 40;  // on a side
constexpr const char* what_to_do = ": choose a smaller width, or fewer pairs";
constexpr std::size_t most_suggestions = 3000;  // source words that are told to the page

// Pairs, divided, and the grammar's knowledge of those that are held out.
struct Material {
  std::string name;
  Split pairs;
  std::vector<Sentence> grammar;
  TextOptions text;
  std::string left_out = {};  // in a sentence; empty: nothing
};

// As the lesson's chapters 6 and 7 have them.
Material builtin_material(std::uint64_t seed) {
  std::vector<Sentence> all = sentences(builtin_sentences, seed);
  std::vector<Sentence> test(all.end() - builtin_held_out, all.end());
  all.resize(builtin_sentences - builtin_held_out);
  return {"the built-in English-French language", {pairs(all), pairs(test)}, std::move(test), {}};
}

Material own_material(const ordered_json& request) {
  Material result{.name = "your own", .pairs = {}, .grammar = {}, .text = {}};
  result.text.unit = unit_of(request.value("unit", "words"));
  const ReadOptions options{.reverse = request.value("reverse", false),
                            .max_words = most_pair_words,
                            .limit = most_pairs,
                            .text = result.text};
  std::istringstream stream(request.at("pairs").get<std::string>());
  Corpus corpus = read_pairs(stream, "your pairs", options);
  if (corpus.too_long > 0)
    result.left_out = fmt::format("Left out: {} with more than {} {} on a side. ", corpus.too_long, most_pair_words,
                                  plural(result.text.unit));
  if (corpus.pairs.size() == most_pairs) result.left_out += fmt::format("Only the first {} are read. ", most_pairs);
  result.pairs = hold_out(std::move(corpus.pairs), 0.1, request.value("seed", std::uint64_t{1}));
  return result;
}

// How far learned positions reach, and the bound of what is written, follow the pairs.
ModelOptions model_options(const ordered_json& request, const Numbered& numbered) {
  const Index width = request.value("width", Index{64});
  if (width < 4 || width > 512) throw Error(fmt::format("a width of {}: give one from 4 to 512", width));
  ModelOptions o{.source_words = numbered.source.size(),
                 .target_words = numbered.target.size(),
                 .embedding = request.value("embedding", Index{64}),
                 .hidden = width,
                 .attention = request.value("attention", "dot"),
                 .cell = cell_choice(request.value("cell", "lstm")),
                 .bidirectional = request.value("both_ways", false),
                 .length = length_bound_of(numbered.train)};
  if (request.value("model", "recurrent") == "transformer") {
    o.model = ModelKind::transformer;
    o.embedding = width;
    o.layers = 2;
    o.feed_forward = 4 * width;
  }
  if (const auto problem = problem_of(o)) throw Error(*problem);
  return o;
}

TrainingOptions training_options(const ordered_json& request) {
  TrainingOptions o{.epochs = request.value("epochs", Index{2}),
                    .batch = request.value("batch", Index{32}),
                    .learning_rate = request.value("rate", 7e-3),
                    .seed = request.value("seed", std::uint64_t{1})};
  if (o.epochs < 1 || o.epochs > 1000) throw Error(fmt::format("{} epochs: give from 1 to 1000", o.epochs));
  if (!(o.learning_rate > 0 && o.learning_rate <= 1))
    throw Error(fmt::format("a rate of {}: give one above 0, and at most 1", o.learning_rate));
  if (request.value("model", "recurrent") == "transformer") o.beta2 = 0.98;
  return o;
}

ordered_json words_known(const Vocabulary& vocabulary) {
  ordered_json words = ordered_json::array();
  for (Index i = Vocabulary::unknown + 1; i < vocabulary.size() && words.size() < most_suggestions; ++i)
    words.push_back(vocabulary.word(i));
  return words;
}

}  // namespace

// Everything belongs together from its beginning: what a request cannot make leaves the one before as it was.
struct Playground::Training {
  Material material;
  Numbered numbered;
  Translator model;
  Workers workers{1};
  Trainer trainer;
  Report report;
  double loss_before = 0;
  Index answers_before = 0;

  Training(Material given, Numbered numbers, Translator made, const TrainingOptions& options)
      : material(std::move(given)),
        numbered(std::move(numbers)),
        model(std::move(made)),
        trainer(model, numbered.train, options, workers),
        report(model, numbered.target, trainer, subject(), workers) {
    trainer.measures_each_step = true;
    report.observe();
  }

  ReportSubject subject() const {
    return {.pairs = material.name,
            .words = material.pairs.test,
            .numbers = numbered.test,
            .trained_on = numbered.train.size(),
            .held_out = true,
            .text = material.text,
            .shown = 5,
            .grammar = material.grammar};
  }

  std::string data() const {
    return fmt::format("{{\"data\":{},\"words\":{},\"left_out\":{}}}", report.data(),
                       words_known(numbered.source).dump(), ordered_json(material.left_out).dump());
  }

  ordered_json step() {
    if (trainer.progress.steps >= trainer.total_steps()) throw Error("all steps are done: start again");
    const bool begins_anew = trainer.validation_due();
    trainer.step();
    const Progress& p = trainer.progress;
    const double sum = p.loss_sum - (begins_anew ? 0 : loss_before);
    const Index answers = p.answers - (begins_anew ? 0 : answers_before);
    loss_before = p.loss_sum;
    answers_before = p.answers;
    report.observe();
    const std::vector<Index> snapshots = snapshot_steps(trainer.total_steps());
    return {{"step", p.steps},
            {"total", trainer.total_steps()},
            {"loss", sum / static_cast<double>(answers)},
            {"answers", answers},
            {"seconds", p.seconds},
            {"snapshot", std::binary_search(snapshots.begin(), snapshots.end(), p.steps)},
            {"done", p.steps == trainer.total_steps()}};
  }

  // The units of a text and their numbers. Error for one that is too long to look at.
  struct Read {
    std::vector<std::string> words;
    std::vector<Index> numbers;
  };
  Read read(const std::string& text) const {
    std::vector<std::string> words = to_units(text, material.text);
    const std::size_t most = std::min(
        most_own_words, static_cast<std::size_t>(model.most_source().value_or(static_cast<Index>(most_own_words))));
    if (words.size() > most)
      throw Error(fmt::format("that sentence has {} {}: this page looks at {} at most", words.size(),
                              plural(material.text.unit), most));
    std::vector<Index> numbers = numbered.source.indices(words);
    return {std::move(words), std::move(numbers)};
  }

  Translation translation_of(const std::vector<Index>& numbers, std::optional<std::size_t> hidden = {}) const {
    SearchOptions options;
    options.hidden = hidden;
    const std::vector<std::vector<Index>> sources(1, numbers);
    return search(model, pad_sequences(sources, Vocabulary::pad), options).front().front();
  }

  ordered_json look_at(const std::string& text) const {
    const Read given = read(text);
    const auto& [words, numbers] = given;
    if (words.empty()) return {{"sentence", nullptr}};
    const Translation written = translation_of(numbers);
    Pair pair{words, {}};
    const auto known = std::find_if(material.pairs.test.begin(), material.pairs.test.end(),
                                    [&](const Pair& p) { return p.source == given.words; });
    const bool is_known = known != material.pairs.test.end();
    pair.target = is_known ? known->target : words_of(written, numbered.target);
    if (pair.target.size() > most_own_words) pair.target.resize(most_own_words);
    Example example{numbers, numbered.target.indices(pair.target)};
    example.target.push_back(Vocabulary::end);
    const Evidence seen = look(model, example);
    ordered_json sentence = described_sentence(pair, example, material.grammar);
    sentence["own"] = true;
    sentence["known"] = is_known;
    sentence["step"] = trainer.progress.steps;
    sentence["moments"].push_back(measured_moment(model, numbered.target, example, seen, written));
    add_vectors(sentence, model, seen);
    return {{"sentence", sentence}};
  }

  ordered_json write(const ordered_json& request) const {
    const auto [words, numbers] = read(request.at("text").get<std::string>());
    if (words.empty()) throw Error("there is no sentence to translate");
    std::optional<std::size_t> hidden;
    if (request.contains("hidden")) hidden = request.at("hidden").get<std::size_t>();
    const Translation written = translation_of(numbers, hidden);
    return {
        {"source", shown(words)}, {"written", shown(words_of(written, numbered.target))}, {"ended", !written.stopped}};
  }

  ordered_json score() {
    const Evaluation e = evaluate(model, numbered.test, numbered.target, workers);
    return {{"loss", e.loss},   {"forced", e.token_accuracy}, {"free", e.free_accuracy},
            {"exact", e.exact}, {"entropy", e.entropy},       {"sentences", numbered.test.size()}};
  }

  ordered_json weights() const {
    std::uint64_t bits = 14695981039346656037u;  // FNV-1a, over the bytes of the numbers in the order of their names
    double sum = 0;
    for (const auto& [name, tensor] : state_dict(model))
      for (const float value : tensor.to_vector<float>()) {
        const auto word = std::bit_cast<std::uint32_t>(value);
        for (int shift = 0; shift < 32; shift += 8) bits = (bits ^ (word >> shift & 0xff)) * 1099511628211u;
        sum += std::abs(static_cast<double>(value));
      }
    return {{"bits", fmt::format("{:016x}", bits)}, {"sum", sum}};
  }
};

Playground::Playground() = default;
Playground::~Playground() = default;

namespace {

// The translator that was opened, and the built-in pairs by its vocabularies; none where it does not know their words.
Material material_for(const Checkpoint& checkpoint) {
  Material material = builtin_material(1);
  const auto knows = [](const Vocabulary& vocabulary, const std::vector<std::string>& words) {
    return std::all_of(words.begin(), words.end(),
                       [&](const std::string& word) { return vocabulary.index(word) != Vocabulary::unknown; });
  };
  const auto known = std::count_if(material.pairs.test.begin(), material.pairs.test.end(), [&](const Pair& pair) {
    return knows(checkpoint.source, pair.source) && knows(checkpoint.target, pair.target);
  });
  if (static_cast<std::size_t>(known) * 2 < material.pairs.test.size()) {
    material = {"of the file", {}, {}, {}};
    // One of its own words, so that there is something to begin with.
    const Index some = Vocabulary::unknown + 1;
    if (checkpoint.source.size() <= some || checkpoint.target.size() <= some) throw Error("it knows no words");
    material.pairs.test = {{{checkpoint.source.word(some)}, {checkpoint.target.word(some)}}};
    material.pairs.train = material.pairs.test;
  }
  material.text = checkpoint.text;
  return material;
}

}  // namespace

std::string Playground::ask(const std::string& text) {
  try {
    const ordered_json request = ordered_json::parse(text);
    const std::string wanted = request.at("do");
    if (wanted == "begin") {
      const TrainingOptions options = training_options(request);
      const bool own = request.contains("pairs") && request.at("pairs").is_string();
      Material material = own ? own_material(request) : builtin_material(options.seed);
      Numbered numbered = number_words(material.pairs);
      Generator generator(options.seed);
      Translator model(model_options(request, numbered), generator);
      training_ = std::make_unique<Training>(std::move(material), std::move(numbered), std::move(model), options);
      return training_->data();
    }
    if (wanted == "open") {
      Checkpoint file = load_checkpoint(request.at("path"));
      Material material = material_for(file);
      Numbered numbered{std::move(file.source), std::move(file.target), {}, {}};
      numbered.train = encode(material.pairs.train, numbered.source, numbered.target);
      numbered.test = encode(material.pairs.test, numbered.source, numbered.target);
      training_ = std::make_unique<Training>(std::move(material), std::move(numbered), *file.model, TrainingOptions{});
      return training_->data();
    }
    if (!training_) throw Error("there is no translator yet: begin with one");
    if (wanted == "data") return training_->data();
    if (wanted == "step") return training_->step().dump();
    if (wanted == "look") return training_->look_at(request.at("text")).dump();
    if (wanted == "write") return training_->write(request).dump();
    if (wanted == "score") return training_->score().dump();
    if (wanted == "weights") return training_->weights().dump();
    if (wanted == "save") {
      save_checkpoint(request.at("path"), training_->model, training_->numbered.source, training_->numbered.target, {},
                      training_->material.text);
      return "{}";
    }
    throw Error(fmt::format("{}: no such request", one_line(wanted)));
  } catch (const std::bad_alloc&) {
    return ordered_json{{"error", std::string("out of memory") + what_to_do}}.dump();
  } catch (const nlohmann::json::exception& error) {
    return ordered_json{{"error", fmt::format("a request that cannot be read: {}", error.what())}}.dump(
        -1, ' ', false, ordered_json::error_handler_t::replace);
  } catch (const Error& error) {
    const std::string said = error.what();
    return ordered_json{{"error", said.ends_with("out of memory") ? said + what_to_do : said}}.dump(
        -1, ' ', false, ordered_json::error_handler_t::replace);
  }
}

}  // namespace glance::site
