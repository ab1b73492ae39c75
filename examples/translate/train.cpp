// The command train from its first line to its last: step, show, validate, save, and end well when interrupted.
#include "examples/translate/train.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include "examples/common/columns.h"
#include "examples/common/interrupt.h"
#include "examples/common/normalise.h"
#include "examples/common/shell.h"
#include "examples/common/terminal.h"
#include "examples/common/text.h"
#include "examples/common/training_folder.h"
#include "examples/common/version.h"
#include "examples/seq2seq/diagnosis.h"
#include "examples/seq2seq/evaluation.h"
#include "examples/translate/log.h"
#include "examples/translate/session.h"
#include "glance/nn/module.h"
#include "glance/nn/processors.h"
#include "glance/tensor/files/file.h"

namespace glance::seq2seq {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

// Begins the report, or goes on with that of the training that is resumed.
void begin_report(const TrainCommand& command, Session& s, Workers& workers) {
  if (command.report.empty()) return;
  const std::string name = command.data.pairs.empty() ? "the built-in English-French language"
                                                      : fs::path(command.data.pairs).filename().string();
  const bool held_out = !s.numbered.test.empty();
  s.trainer->measures_each_step = true;
  s.report = std::make_unique<Report>(*s.model, s.numbered.target, *s.trainer,
                                      ReportSubject{.pairs = name,
                                                    .words = s.report_words,
                                                    .numbers = held_out ? s.numbered.test : s.numbered.train,
                                                    .trained_on = s.numbered.train.size(),
                                                    .held_out = held_out,
                                                    .text = s.text,
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

// In words, the end mark not counted.
std::size_t longest_target(const std::vector<Example>& examples) {
  std::size_t longest = 0;
  for (const Example& example : examples) longest = std::max(longest, example.target.size() - 1);
  return longest;
}

// Shards decide the bits of the result, so they do not follow the machine by themselves.
void print_idle_processors(const TrainCommand& command, int threads, const Ranks& ranks) {
  const int processors = usable_processors();
  if (command.threads > 0 || threads >= processors || ranks.count() > 1) return;
  fmt::print(
      "{} processors, of which {} shards keep {} busy: --shards {} in a new training keeps more (and gives other "
      "bits)\n",
      processors, command.training.shards, threads, processors);
}

void print_start(const TrainCommand& command, const Session& s, int threads, const Ranks& ranks) {
  const ModelOptions& model = s.model->options();
  fmt::print("{}\n", s.summary);
  const std::string_view units = plural(s.text.unit);
  fmt::print("{} source {}, {} target {}\n", s.numbered.source.size(), units, s.numbered.target.size(), units);
  const std::string size = model.model == ModelKind::transformer
                               ? fmt::format("width {}, feed-forward {}", model.embedding, model.feed_forward)
                               : fmt::format("hidden {}, embedding {}", model.hidden, model.embedding);
  fmt::print("{}, {}: {} parameters; {}\n", s.model->description(), size, parameter_count(*s.model),
             describe_threads(threads, ranks));
  fmt::print("products by {}\n", describe_blas());
  print_idle_processors(command, threads, ranks);
  if (s.numbered.test.size() > 0 && longest_target(s.numbered.test) < 4)
    fmt::print("no held-out target has four {0}: BLEU counts runs of up to {1}\n", units,
               longest_target(s.numbered.test));
  if (command.resume) fmt::print("going on after step {} of {}\n", s.trainer->progress.steps, s.trainer->total_steps());
  std::fflush(stdout);
}

// The sentence that was asked for, or the first of middling length that is held out (or, if none is, trained on).
void begin_watch(const TrainCommand& command, Session& s) {
  if (!command.watch) return;
  std::vector<std::string> words = to_units(*command.watch, s.text);
  std::vector<Index> numbers = s.numbered.source.indices(words);
  if (command.watch->empty()) {
    const auto& examples = s.numbered.test.empty() ? s.numbered.train : s.numbered.test;
    const auto middling = std::find_if(examples.begin(), examples.end(), [](const Example& example) {
      return example.source.size() >= 6 && example.source.size() <= 10;
    });
    numbers = (middling == examples.end() ? examples.front() : *middling).source;
    for (const Index number : numbers) words.push_back(s.numbered.source.word(number));
  }
  std::vector<std::string> unknown;
  for (std::size_t i = 0; i < numbers.size(); ++i)
    if (numbers[i] == Vocabulary::unknown) unknown.push_back(words[i]);
  if (!unknown.empty())
    std::fprintf(stderr, "translate: --watch: not in the model's vocabulary: %s\n", shortened_list(unknown).c_str());
  s.watch.emplace(*s.model, s.numbered.target, s.text, std::move(words), std::move(numbers));
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

// The columns of what is held out; `units` is what sentences are made of, words or characters.
std::string heading_of(std::string_view units) {
  return fmt::format("   held out: loss  {:>7}  sentences     BLEU", units);
}

std::string scores_of(const Evaluation& e, std::string_view units) {
  const std::size_t width = std::max<std::size_t>(units.size(), 7) - 1;
  return fmt::format("   {:>14.4f}  {:>{}.1f}%  {:>8.1f}%  {:>7.2f}", e.loss, 100 * e.token_accuracy, width,
                     100 * e.exact, e.bleu);
}

void print_heading(const Session& s) {
  fmt::print("\n{:>7}  {:>6}  {:>10}{}\n", "epoch", "time", "train loss",
             s.numbered.test.empty() ? "" : heading_of(plural(s.text.unit)));
  std::fflush(stdout);
}

std::string epochs_of(double epochs) {
  return epochs == std::floor(epochs) ? fmt::format("{:.0f}", epochs) : fmt::format("{:.2f}", epochs);
}

void print_validation(const ValidationRecord& r, Index epochs, std::string_view units, bool is_best) {
  fmt::print("{:>7}  {:>6}  {:>10.4f}{}{}\n", fmt::format("{}/{}", epochs_of(r.epoch), epochs), duration(r.seconds),
             r.train_loss, r.test ? scores_of(*r.test, units) : "", is_best ? "  best" : "");
  if (r.average) fmt::print("{:>27}{}\n", fmt::format("mean of the last {}", r.averaged), scores_of(*r.average, units));
  std::fflush(stdout);
}

// BLEU decides, and the loss among equals; without held-out pairs the training loss alone.
double score_of(const ValidationRecord& record) {
  return record.test ? 1 + record.test->bleu + 0.001 / (1 + record.test->loss) : 1 / (1 + record.train_loss);
}

// Scores the model, and keeps what it has learnt: the best first and the last at the end, so that a training killed in
// between comes to the same point again.
// `unless_interrupted` may throw Interrupted, and all is then as before.
void validate(const TrainCommand& command, Session& s, TrainingLog* log, Workers& workers, StatusLine& line,
              const Ranks& ranks, const Meanwhile& unless_interrupted) {
  const Progress& p = s.trainer->progress;
  ValidationRecord record{.epoch = static_cast<double>(p.steps) / static_cast<double>(s.trainer->batches_per_epoch()),
                          .step = p.steps,
                          .seconds = p.seconds,
                          .train_loss = s.trainer->mean_loss(),
                          .test = {},
                          .gradient_norms = s.trainer->gradient_norms()};
  line.clear();
  const Meanwhile scoring = [&](double share) {
    unless_interrupted(share);
    line.show([&] {
      return with_picture(s, fmt::format("epoch {}: scoring {} held-out pairs, {:.0f}%", epochs_of(record.epoch),
                                         s.numbered.test.size(), 100 * share));
    });
  };
  if (!s.numbered.test.empty()) {
    record.test =
        evaluate(*s.model, s.numbered.test, s.numbered.target, workers, {}, part_of(scoring, 0, 0.8), nullptr, &ranks);
    s.complaints =
        complaints(diagnose(*s.model, s.numbered.test, *record.test, workers, part_of(scoring, 0.8, 1), &ranks));
  }
  RecentWeights recent = s.recent;
  recent.add(*s.model);
  std::optional<Translator> average;
  if (recent.count() > 1) {
    average = copy(*s.model);
    load_state_dict(*average, recent.mean());
    record.averaged = recent.count();
    if (record.test)
      record.average = evaluate(*average, s.numbered.test, s.numbered.target, workers, {}, scoring, nullptr, &ranks);
  }
  s.recent = std::move(recent);
  s.unvalidated = false;
  const double score = score_of(record);
  const bool is_best = score > s.best_score;
  s.since_best = is_best ? 0 : s.since_best + 1;
  if (is_best) {
    s.best_score = score;
    save_best(command, s);
  }
  if (average) save_average(command, s, *average);
  if (log) log->add(record);
  save_last(command, s);
  line.clear();
  print_validation(record, s.trainer->options.epochs, plural(s.text.unit), is_best);
  for (const auto& [name, shown, advice] : s.complaints)
    if (s.said.insert(name).second) fmt::print("         {}: {}\n           {}\n", name, shown, advice);
  std::fflush(stdout);
  if (s.watch && !terminal_of(stdout).interactive) print_picture(s);  // a log has one for each validation
}

// A step that fails leaves the training as it was, so that nothing that was learnt is lost.
void step(const TrainCommand& command, Session& s, TrainingLog* log) {
  try {
    s.trainer->step();
  } catch (const Error& error) {
    save_last(command, s);
    if (log) log->add_failure(s.trainer->progress.steps, error.what());
    throw_with_file(error, last_path(command));
  }
}

void run_steps(const TrainCommand& command, Session& s, Workers& workers, const InterruptGuard& interrupt,
               const Ranks& ranks) {
  constexpr auto save_after = std::chrono::seconds(30);
  Trainer& trainer = *s.trainer;
  std::optional<TrainingLog> log;
  if (s.saves) log.emplace(log_path(command), trainer.progress.steps);
  print_heading(s);
  StatusLine line(stdout, StatusLine::Interval(s.watch ? 500 : 100));
  Pace pace(trainer);
  const Meanwhile unless_interrupted = [&](double) {
    if (ranks.count() == 1 && interrupt.interrupted()) throw Interrupted();  // several end together, after a step
  };
  auto saved = Clock::now();
  while (!s.is_over() && !ranks.any(interrupt.interrupted())) {
    try {
      if (!s.unvalidated) {
        step(command, s, log ? &*log : nullptr);
        s.unvalidated = trainer.validation_due();
        if (s.report) s.report->observe(unless_interrupted);
        pace.add_step();
      }
      if (s.unvalidated) {
        if (ranks.count() > 1) save_last(command, s);  // the job may be ended while it scores
        validate(command, s, log ? &*log : nullptr, workers, line, ranks, unless_interrupted);
        saved = Clock::now();
        continue;
      }
    } catch (const Interrupted&) {
      break;  // what was left undone is done first when it goes on
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

// What was still wrong when the training ended, by its names.
void print_faults(const TrainCommand& command, const Session& s) {
  if (s.complaints.empty()) return;
  std::vector<std::string> names;
  for (const Complaint& complaint : s.complaints) names.push_back(complaint.name);
  fmt::print("in the end: {}; more is said by: {} diagnose {}\n", fmt::join(names, ", "), command.program,
             from_anywhere(command.out));
}

}  // namespace

int train(TrainCommand command, const Ranks& ranks) {
  HeldFolder held(ranks, command.out, [&] {
    check_folder(command);
    check_report(command);
  });
  const HandedFile last(ranks, command.resume ? last_path(command) : "");
  Workers workers(threads_for(command.threads, command.training.shards, ranks));
  std::optional<Session> begun;
  ranks.together([&] {
    begun.emplace(command.resume ? go_on(command, last.path(), workers, ranks) : start(command, workers, ranks));
  });
  Session& s = *begun;
  check_alike(ranks, command.training.shards, start_values(command, s));
  if (command.resume) workers = Workers(threads_for(command.threads, command.training.shards, ranks));
  ranks.together([&] {
    if (!ranks.is_first()) return;
    warn_of_slow_kernels("translate");
    begin_watch(command, s);
    print_start(command, s, workers.threads(), ranks);
    held.make();
    begin_report(command, s, workers);
    if (!command.resume) save_last(command, s);
    std::error_code error;
    for (const auto& path : {best_path(command), average_path(command)})
      if (s.best_score < 0) fs::remove(path, error);  // of an older training, if any
  });
  const InterruptGuard interrupt;
  const Progress& p = s.trainer->progress;
  if (!s.is_over()) run_steps(command, s, workers, interrupt, ranks);
  if (!s.is_over()) {
    save_last(command, s);
    fmt::print("\nstopped after step {} of {}, and saved; go on with: {}\n", p.steps, s.trainer->total_steps(),
               command_to_go_on(command));
    return 130;
  }
  if (p.steps < s.trainer->total_steps())
    fmt::print("\nno better for {} validations: ended after step {} of {}", s.since_best, p.steps,
               s.trainer->total_steps());
  fmt::print("\ntrained in {}; the best model is {}\n", duration(p.seconds), one_line(best_path(command)));
  if (s.recent.count() > 1)
    fmt::print("the mean of the last {} is {}\n", s.recent.count(), one_line(average_path(command)));
  print_faults(command, s);
  if (s.report) fmt::print("the report is {}: open it in a browser\n", one_line(command.report));
  return 0;
}

}  // namespace glance::seq2seq
