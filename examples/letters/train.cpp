// The command train from its first line to its last: steps, scorings, saving, and an end that loses nothing.
#include "examples/letters/train.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>
#include <utility>

#include "examples/common/interrupt.h"
#include "examples/common/normalise.h"
#include "examples/common/shell.h"
#include "examples/common/step_log.h"
#include "examples/common/terminal.h"
#include "examples/common/version.h"
#include "glance/nn/module.h"
#include "glance/tensor/error.h"

namespace glance::gpt {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

const char* unit_of(const Alphabet& alphabet) { return alphabet.split() == Split::bytes ? "byte" : "character"; }

void print_start(const TrainCommand& command, const Session& s, int threads, const Ranks& ranks) {
  const ModelOptions& model = s.model->options;
  const Book& book = s.book;
  const char* unit = unit_of(book.alphabet);
  fmt::print("{}: {} {}s to train on, {} held out; {} different\n", one_line(book.name), book.train.size(), unit,
             book.held_out.size(), book.alphabet.size());
  if (book.held_out.empty() && command.book.held_out > 0)
    fmt::print("the text is too short to hold a part of it out: the loss is that of what it trains on\n");
  if (model.context < command.model.context && !command.resume)
    fmt::print("the text is too short for a context of {}: it is {}\n", command.model.context, model.context);
  fmt::print("{} layer{}, {} head{}, {} wide, context {}, positions {}: {} parameters; {}\n", model.layers,
             model.layers == 1 ? "" : "s", model.heads, model.heads == 1 ? "" : "s", model.width, model.context,
             position_names.at(static_cast<std::size_t>(model.positions)), parameter_count(*s.model),
             describe_threads(threads, ranks));
  fmt::print("products by {}\n", describe_blas());
  if (command.resume) fmt::print("going on after step {} of {}\n", s.trainer->progress.steps, s.trainer->options.steps);
  fmt::print("\n{:>12}  {:>6}  {:>10}{}\n", "step", "time", "train loss",
             book.held_out.empty() ? "" : fmt::format("   held out: loss  bits a {}", unit));
  std::fflush(stdout);
}

// Says how fast it goes and when it will be done, from what this run has seen so far.
class Pace {
 public:
  explicit Pace(const Trainer& trainer) : trainer_(trainer), before_(trainer.progress) {}

  std::string text(Index letters_a_step) const {
    const Progress& p = trainer_.progress;
    const double steps = static_cast<double>(p.steps - before_.steps);
    const double spent = std::chrono::duration<double>(Clock::now() - begin_).count();
    const double left = spent * static_cast<double>(trainer_.options.steps - p.steps) / steps;
    return fmt::format(
        "step {}/{}  loss {:.3f}  {:.1f}k letters/s  {} left", p.steps, trainer_.options.steps, trainer_.mean_loss(),
        steps * static_cast<double>(letters_a_step) / (p.seconds - before_.seconds) / 1000, duration(left));
  }

 private:
  const Trainer& trainer_;
  Clock::time_point begin_ = Clock::now();
  Progress before_;
};

// How the model did when it was looked at, as the log keeps it.
struct Validation {
  Index step;
  double seconds, train_loss;
  std::optional<double> held_out_loss;
  double rate;
  std::optional<double> average_loss = {};  // of the mean of the last few, where one was asked for
  Index averaged = 0;                       // how many that were

  std::string line() const {
    nlohmann::ordered_json line{{"step", step}, {"seconds", seconds}, {"train_loss", train_loss}};
    line["held_out_loss"] = held_out_loss ? nlohmann::ordered_json(*held_out_loss) : nullptr;
    line["held_out_bits"] = held_out_loss ? nlohmann::ordered_json(to_bits(*held_out_loss)) : nullptr;
    if (average_loss) line["average"] = {{"of", averaged}, {"held_out_loss", *average_loss}};
    line["learning_rate"] = rate;
    line["kernels"] = blas_kernels().kernels;  // on which the bits depend; a resumed training may have others
    return line.dump();
  }
};

// The columns of what is held out.
std::string scores_of(double loss) { return fmt::format("   {:>14.4f}  {:>10.3f}", loss, to_bits(loss)); }

void print(const Validation& v, Index steps, bool is_best) {
  fmt::print("{:>12}  {:>6}  {:>10.4f}{}{}\n", fmt::format("{}/{}", v.step, steps), duration(v.seconds), v.train_loss,
             v.held_out_loss ? scores_of(*v.held_out_loss) : "", is_best ? "  best" : "");
  if (v.average_loss)
    fmt::print("{:>32}{}\n", fmt::format("mean of the last {}", v.averaged), scores_of(*v.average_loss));
  std::fflush(stdout);
}

// Scores the model, and keeps what it has learnt: the best first and the last at the end, so that a training killed in
// between comes to the same point again. Throws Interrupted, and all is then as before.
void validate(const TrainCommand& command, Session& s, StepLog* log, Workers& workers, StatusLine& line,
              const InterruptGuard& interrupt, const Ranks& ranks) {
  const Progress& p = s.trainer->progress;
  Validation v{p.steps, p.seconds, s.trainer->mean_loss(), {}, s.trainer->rate(std::max<Index>(p.steps - 1, 0))};
  const Meanwhile scoring = [&](double share) {
    if (ranks.count() == 1 && interrupt.interrupted()) throw Interrupted();  // several end together, after a step
    line.show([&] { return fmt::format("step {}: scoring what is held out, {:.0f}%", p.steps, 100 * share); });
  };
  const auto score = [&](const Model& model) -> std::optional<double> {
    if (s.book.held_out.empty()) return {};
    return loss_on(model, s.book.held_out, workers, most_windows, scoring, &ranks);
  };
  v.held_out_loss = score(*s.model);
  RecentWeights recent = s.recent;
  recent.add(*s.model);
  std::optional<Model> average;
  if (recent.count() > 1) {
    average = copy(*s.model);
    load_state_dict(*average, recent.mean());
    v.averaged = recent.count();
    v.average_loss = score(*average);
  }
  s.recent = std::move(recent);
  s.unvalidated = false;
  const double loss = v.held_out_loss.value_or(v.train_loss);
  const bool is_best = loss < s.best_loss;
  s.since_best = is_best ? 0 : s.since_best + 1;
  if (is_best) {
    s.best_loss = loss;
    save_best(command, s);
  }
  if (average) save_average(command, s, *average);
  if (log) log->add(v.line());
  save_last(command, s);
  line.clear();
  print(v, s.trainer->options.steps, is_best);
}

// A step that fails leaves the training as it was, so that nothing that was learnt is lost.
void step(const TrainCommand& command, Session& s) {
  try {
    s.trainer->step();
  } catch (const Error& error) {
    save_last(command, s);
    throw_with_file(error, command.folder().last());
  }
}

void run_steps(const TrainCommand& command, Session& s, Workers& workers, const InterruptGuard& interrupt,
               const Ranks& ranks) {
  constexpr auto save_after = std::chrono::seconds(30);
  Trainer& trainer = *s.trainer;
  std::optional<StepLog> log;
  if (s.saves) log.emplace(command.folder().log(), trainer.progress.steps);
  StatusLine line(stdout);
  const Pace pace(trainer);
  auto saved = Clock::now();
  while (!s.is_over() && !ranks.any(interrupt.interrupted())) {
    if (!s.unvalidated) {
      step(command, s);
      s.unvalidated = trainer.validation_due();
    }
    if (s.unvalidated) {
      try {
        if (ranks.count() > 1) save_last(command, s);  // the job may be ended while it scores
        validate(command, s, log ? &*log : nullptr, workers, line, interrupt, ranks);
      } catch (const Interrupted&) {
        break;  // what was left undone is done first when it goes on
      }
      saved = Clock::now();
    } else if (Clock::now() - saved > save_after) {
      save_last(command, s);
      saved = Clock::now();
    }
    line.show([&] { return pace.text(trainer.options.batch * s.model->options.context); });
  }
}

}  // namespace

int train(TrainCommand command, const Ranks& ranks) {
  const TrainingFolder folder = command.folder();
  HeldFolder held(ranks, command.out, [&] { folder.check(command.resume, command.overwrite); });
  const HandedFile last(ranks, command.resume ? folder.last() : "");
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
    warn_of_slow_kernels("letters");
    held.make();
    print_start(command, s, workers.threads(), ranks);
    if (!command.resume) save_last(command, s);
    std::error_code error;
    for (const auto& path : {folder.best(), folder.average()})
      if (!std::isfinite(s.best_loss)) fs::remove(path, error);  // of an older training, if any
  });
  const InterruptGuard interrupt;
  const Progress& p = s.trainer->progress;
  if (!s.is_over()) run_steps(command, s, workers, interrupt, ranks);
  if (!s.is_over()) {
    save_last(command, s);
    fmt::print("\nstopped after step {} of {}, and saved; go on with: {} train --resume --out {}\n", p.steps,
               s.trainer->options.steps, command.program, from_anywhere(command.out));
    return 130;
  }
  if (p.steps < s.trainer->options.steps)
    fmt::print("\nno better for {} validations: ended after step {} of {}", s.since_best, p.steps,
               s.trainer->options.steps);
  fmt::print("\ntrained in {}; the best model is {}\n", duration(p.seconds), one_line(folder.best()));
  if (s.recent.count() > 1) fmt::print("the mean of the last {} is {}\n", s.recent.count(), one_line(folder.average()));
  fmt::print("let it write: {} write {}\n", command.program, quoted_for_shell(command.out));
  return 0;
}

}  // namespace glance::gpt
