#include "examples/translate/train.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "examples/seq2seq/checkpoint.h"
#include "examples/seq2seq/diagnosis.h"
#include "examples/seq2seq/evaluation.h"
#include "examples/seq2seq/report.h"
#include "examples/seq2seq/terminal.h"
#include "examples/seq2seq/text.h"
#include "examples/translate/interrupt.h"
#include "examples/translate/log.h"
#include "examples/translate/memory.h"
#include "examples/translate/watch.h"
#include "glance/nn/module.h"
#include "glance/tensor/files/file.h"

namespace glance::seq2seq {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

std::string last_path(const TrainCommand& command) { return (fs::path(command.out) / "last").string(); }
std::string best_path(const TrainCommand& command) { return (fs::path(command.out) / "best").string(); }
std::string log_path(const TrainCommand& command) { return (fs::path(command.out) / "log.jsonl").string(); }

// Before anything takes time: whether there is a training to go on with, or one that must not be written over.
void check_folder(const TrainCommand& command) {
  std::error_code error;
  if (command.resume) {
    if (!fs::exists(last_path(command), error))
      throw Error(fmt::format("{}: no training to go on with: start one without --resume", last_path(command)));
  } else if (!command.overwrite) {
    for (const auto& path : {last_path(command), best_path(command), log_path(command)})
      if (fs::exists(path, error))
        throw Error(
            fmt::format("{}: there is a training already: go on with --resume, or start anew with --overwrite", path));
  }
}

// A report is written over what is there, which must not be what it reports on.
void check_report(const TrainCommand& command) {
  const auto place = [](const std::string& path) {
    std::error_code error;
    return fs::weakly_canonical(fs::absolute(path, error), error);
  };
  if (command.report.empty()) return;
  for (const auto& path :
       {command.data.pairs, command.data.test, last_path(command), best_path(command), log_path(command)})
    if (!path.empty() && place(path) == place(command.report))
      throw Error(fmt::format("--report {}: would be written over {}: name another file", command.report, path));
}

void make_folder(const TrainCommand& command) {
  std::error_code error;
  fs::create_directories(command.out, error);
  if (error || !fs::is_directory(command.out, error))
    throw Error(fmt::format("{}: cannot be made a folder{}", command.out, error ? ": " + error.message() : ""));
}

// A training under way: everything that a checkpoint keeps, in one place.
struct Session {
  std::string summary;  // of the pairs, for the reader
  Numbered numbered;
  std::unique_ptr<Translator> model;
  std::vector<Pair> report_words;  // of `test`, or of `train` if nothing is held out; only when there is a report
  std::string description;
  std::unique_ptr<Trainer> trainer;
  std::unique_ptr<Report> report;
  std::optional<Watch> watch;
  double best_score = -1;
};

// The pairs that a report measures on.
std::vector<Pair> report_words(const TrainCommand& command, Data& data) {
  if (command.report.empty()) return {};
  return std::move(data.pairs.test.empty() ? data.pairs.train : data.pairs.test);
}

// Begins the report, or goes on with that of the training that is resumed.
void begin_report(const TrainCommand& command, Session& s, Workers& workers) {
  if (command.report.empty()) return;
  const std::string name = command.data.pairs.empty() ? "the built-in English-French language"
                                                      : fs::path(command.data.pairs).filename().string();
  const bool held_out = !s.numbered.test.empty();
  s.report = std::make_unique<Report>(*s.model, s.numbered.target, *s.trainer,
                                      ReportSubject{.pairs = name,
                                                    .words = s.report_words,
                                                    .numbers = held_out ? s.numbered.test : s.numbered.train,
                                                    .trained_on = s.numbered.train.size(),
                                                    .held_out = held_out,
                                                    .grammar = sentences_behind(command.data)},
                                      workers);
  std::error_code error;
  if (command.resume && fs::is_regular_file(command.report, error)) {
    std::ifstream file(command.report, std::ios::binary);
    s.report->go_on_from(std::string(std::istreambuf_iterator<char>(file), {}));
  }
  s.report->observe();
  write_file(command.report, s.report->page());
}

void check_words(const Vocabulary& vocabulary, const char* side, const DataOptions& options) {
  if (vocabulary.size() == Vocabulary().size())
    throw Error(fmt::format("no {} word is there {} times: lower --min-count", side, options.min_count));
}

Session start(const TrainCommand& command, Workers& workers) {
  Session s;
  Data data = load_data(command.data, command.training.seed);
  s.summary = data.summary;
  s.description = describe(command.data, data);
  s.numbered = number_words(data.pairs, command.data.min_count);
  check_words(s.numbered.source, "source", command.data);
  check_words(s.numbered.target, "target", command.data);
  ModelOptions options = command.model;
  options.source_words = s.numbered.source.size();
  options.target_words = s.numbered.target.size();
  s.report_words = report_words(command, data);
  check_memory(options, command.training, s.numbered.train);
  Generator generator(command.training.seed);
  s.model = std::make_unique<Translator>(options, generator);
  s.trainer = std::make_unique<Trainer>(*s.model, s.numbered.train, command.training, workers);
  return s;
}

Session go_on(TrainCommand& command, Workers& workers) {
  const std::string path = last_path(command);
  Checkpoint checkpoint = load_checkpoint(path);
  if (!checkpoint.training)
    throw Error(fmt::format("{}: made for translating, without what a training needs to go on", path));
  auto& stored = *checkpoint.training;
  Session s;
  s.description = stored.data;
  try {
    command.data = data_options(stored.data);
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", path, error.what()));
  }
  command.model = checkpoint.model->options;
  command.training = stored.options;
  Data data = load_data(command.data, command.training.seed);
  s.summary = data.summary;
  check_same(stored.data, command.data, data);
  s.numbered.source = std::move(checkpoint.source);
  s.numbered.target = std::move(checkpoint.target);
  s.model = std::move(checkpoint.model);
  s.numbered.train = encode(data.pairs.train, s.numbered.source, s.numbered.target);
  s.numbered.test = encode(data.pairs.test, s.numbered.source, s.numbered.target);
  s.report_words = report_words(command, data);
  s.trainer = std::make_unique<Trainer>(*s.model, s.numbered.train, command.training, workers);
  s.trainer->progress = stored.progress;
  s.best_score = stored.best_score;
  try {
    s.trainer->adam.state.load_state_dict(stored.optimiser);
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", path, error.what()));
  }
  const Progress& p = stored.progress;
  const Index per_epoch = s.trainer->batches_per_epoch();
  if (p.batches >= per_epoch || p.steps != p.epochs * per_epoch + p.batches)
    throw Error(fmt::format("{}: its progress does not fit its pairs: the file is damaged", path));
  return s;
}

void save_last(const TrainCommand& command, const Session& s) {
  save_checkpoint(last_path(command), *s.model, s.numbered.source, s.numbered.target,
                  SavedTraining{.options = s.trainer->options,
                                .progress = s.trainer->progress,
                                .optimiser = s.trainer->adam.state.state_dict(),
                                .best_score = s.best_score,
                                .data = s.description});
  if (s.report) write_file(command.report, s.report->page());
}

void print_start(const TrainCommand& command, const Session& s, int threads) {
  const auto& model = s.model->options;
  fmt::print("{}\n", s.summary);
  fmt::print("{} source words, {} target words\n", s.numbered.source.size(), s.numbered.target.size());
  fmt::print("{} with {} attention, hidden {}, embedding {}: {} parameters; {} thread{}\n", describe(model.cell).layer,
             model.attention ? "dot" : "no", model.hidden, model.embedding, parameter_count(*s.model), threads,
             threads == 1 ? "" : "s");
  if (command.resume) fmt::print("going on after step {} of {}\n", s.trainer->progress.steps, s.trainer->total_steps());
  std::fflush(stdout);
}

// The sentence that was asked for, or the first of middling length that is held out (or, if none is, trained on).
void begin_watch(const TrainCommand& command, Session& s) {
  if (!command.watch) return;
  std::vector<std::string> words = split_words(*command.watch);
  std::vector<Index> numbers = s.numbered.source.indices(words);
  if (command.watch->empty()) {
    const auto& examples = s.numbered.test.empty() ? s.numbered.train : s.numbered.test;
    const auto middling = std::find_if(examples.begin(), examples.end(), [](const Example& example) {
      return example.source.size() >= 6 && example.source.size() <= 10;
    });
    numbers = (middling == examples.end() ? examples.front() : *middling).source;
    for (const Index number : numbers) words.push_back(s.numbered.source.word(number));
  }
  for (std::size_t i = 0; i < numbers.size(); ++i)
    if (numbers[i] == Vocabulary::unknown)
      std::fprintf(stderr, "translate: --watch: not in the model's vocabulary: %s\n", words[i].c_str());
  s.watch.emplace(*s.model, s.numbered.target, std::move(words), std::move(numbers));
}

// The status under the picture of the sentence that is watched, if any.
std::string with_picture(const Session& s, const std::string& status) {
  return s.watch ? s.watch->picture(terminal_of(stdout)) + "\n" + status : status;
}

void print_picture(const Session& s) {
  fmt::print("\n{}\n", s.watch->picture(terminal_of(stdout)));
  std::fflush(stdout);
}

// Says how fast it goes and when it will be done, from what this run has seen so far.
class Pace {
 public:
  explicit Pace(const Trainer& trainer)
      : trainer_(trainer), seconds_before_(trainer.progress.seconds), steps_before_(trainer.progress.steps) {}

  void add_step() {
    // The count starts anew with every epoch.
    const Index answers = trainer_.progress.answers;
    words_ += static_cast<double>(answers > answers_ ? answers - answers_ : answers);
    answers_ = answers;
  }

  std::string text() const {
    const Progress& p = trainer_.progress;
    const Index total = trainer_.total_steps();
    const double spent = std::chrono::duration<double>(Clock::now() - begin_).count();
    const double left = spent * static_cast<double>(total - p.steps) / static_cast<double>(p.steps - steps_before_);
    return fmt::format("epoch {}/{}  step {}/{}  loss {:.3f}  {:.1f}k words/s  {} left", p.epochs + 1,
                       trainer_.options.epochs, p.steps, total, trainer_.mean_loss(),
                       words_ / (p.seconds - seconds_before_) / 1000, duration(left));
  }

 private:
  const Trainer& trainer_;
  Clock::time_point begin_ = Clock::now();
  double seconds_before_, words_ = 0;
  Index steps_before_, answers_ = trainer_.progress.answers;
};

void print_heading(bool has_test) {
  fmt::print("\n{:>7}  {:>6}  {:>10}{}\n", "epoch", "time", "train loss",
             has_test ? "   held out: loss    words  sentences     BLEU" : "");
  std::fflush(stdout);
}

void print_epoch(const EpochRecord& r, Index epochs, bool is_best) {
  std::string held_out;
  if (r.test)
    held_out = fmt::format("   {:>14.4f}  {:>6.1f}%  {:>8.1f}%  {:>7.2f}", r.test->loss, 100 * r.test->token_accuracy,
                           100 * r.test->exact, r.test->bleu);
  fmt::print("{:>7}  {:>6}  {:>10.4f}{}{}\n", fmt::format("{}/{}", r.epoch, epochs), duration(r.seconds), r.train_loss,
             held_out, is_best ? "  best" : "");
  std::fflush(stdout);
}

// BLEU decides, and the loss among equals; without held-out pairs the training loss alone.
double score_of(const EpochRecord& record) {
  return record.test ? 1 + record.test->bleu + 0.001 / (1 + record.test->loss) : 1 / (1 + record.train_loss);
}

// Scores the model, and keeps what it has learnt: the best first and the last at the end, so that a training killed in
// between comes to the same point again.
void end_epoch(const TrainCommand& command, Session& s, TrainingLog& log, Workers& workers, StatusLine& line) {
  const Progress& p = s.trainer->progress;
  EpochRecord record{.epoch = p.epochs,
                     .step = p.steps,
                     .seconds = p.seconds,
                     .train_loss = s.trainer->mean_loss(),
                     .test = {},
                     .gradient_norms = s.trainer->gradient_norms()};
  std::vector<std::string> wrong;
  line.clear();
  if (!s.numbered.test.empty()) {
    line.show([&] {
      return with_picture(s, fmt::format("epoch {}: translating {} held-out pairs", p.epochs, s.numbered.test.size()));
    });
    record.test = evaluate(*s.model, s.numbered.test, s.numbered.target, workers);
    wrong = complaints(diagnose(*s.model, s.numbered.test, *record.test, workers));
  }
  const double score = score_of(record);
  const bool is_best = score > s.best_score;
  if (is_best) {
    s.best_score = score;
    save_checkpoint(best_path(command), *s.model, s.numbered.source, s.numbered.target);
  }
  log.add(record);
  save_last(command, s);
  line.clear();
  print_epoch(record, s.trainer->options.epochs, is_best);
  for (const auto& complaint : wrong) fmt::print("         {}\n", complaint);
  if (s.watch && !terminal_of(stdout).interactive) print_picture(s);  // a log has one for each epoch
}

// A step that fails leaves the training as it was, so that nothing that was learnt is lost.
void step(const TrainCommand& command, Session& s) {
  try {
    s.trainer->step();
  } catch (const Error& error) {
    save_last(command, s);
    throw Error(fmt::format("{}; what was learnt before is in {}", error.what(), last_path(command)));
  }
}

void run_epochs(const TrainCommand& command, Session& s, Workers& workers, const InterruptGuard& interrupt) {
  constexpr auto save_after = std::chrono::seconds(30);
  Trainer& trainer = *s.trainer;
  TrainingLog log(log_path(command), trainer.progress.epochs);
  print_heading(!s.numbered.test.empty());
  StatusLine line(stdout, StatusLine::Interval(s.watch ? 500 : 100));
  Pace pace(trainer);
  auto saved = Clock::now();
  while (trainer.progress.epochs < trainer.options.epochs && !interrupt.interrupted()) {
    step(command, s);
    if (s.report) s.report->observe();
    pace.add_step();
    if (trainer.progress.batches == 0) {
      end_epoch(command, s, log, workers, line);
      saved = Clock::now();
      continue;
    }
    if (Clock::now() - saved > save_after) {
      save_last(command, s);
      saved = Clock::now();
    }
    line.show([&] { return with_picture(s, pace.text()); });
  }
  line.clear();
  if (s.watch && terminal_of(stdout).interactive) print_picture(s);
}

}  // namespace

int train(TrainCommand command) {
  check_folder(command);
  const int processors = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  Workers workers(command.threads > 0 ? command.threads : std::min(processors, command.training.shards));
  Session s = command.resume ? go_on(command, workers) : start(command, workers);
  check_report(command);
  begin_watch(command, s);
  print_start(command, s, workers.threads());
  make_folder(command);
  begin_report(command, s, workers);
  if (!command.resume) save_last(command, s);
  std::error_code error;
  if (s.best_score < 0) fs::remove(best_path(command), error);  // of an older training, if any
  const InterruptGuard interrupt;
  const Progress& p = s.trainer->progress;
  const Index epochs = s.trainer->options.epochs;
  if (p.epochs < epochs) run_epochs(command, s, workers, interrupt);
  if (p.epochs < epochs) {
    save_last(command, s);
    fmt::print("\nstopped after step {} of {}, and saved; go on with: translate train --resume --out {}\n", p.steps,
               s.trainer->total_steps(), command.out);
    return 130;
  }
  fmt::print("\ntrained in {}; the best model is {}\n", duration(p.seconds), best_path(command));
  if (s.report) fmt::print("the report is {}: open it in a browser\n", command.report);
  return 0;
}

void recommend_for_builtin(TrainCommand& command) {
  command.model.embedding = 64;
  command.model.hidden = 64;
  command.model.dropout = 0.1;
  command.training.epochs = 5;
  command.training.batch = 32;
  command.training.learning_rate = 7e-3;
}

void recommend_for_pairs(TrainCommand& command) {
  command.model.embedding = 256;
  command.model.hidden = 256;
  command.model.dropout = 0.4;
  command.training.label_smoothing = 0.1;
  command.training.epochs = 15;
  command.training.batch = 64;
  command.training.learning_rate = 2e-3;
}

}  // namespace glance::seq2seq
