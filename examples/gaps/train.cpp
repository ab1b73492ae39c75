// The command train from its first line to its last: steps, scorings, saving, and an end that loses nothing.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "examples/common/interrupt.h"
#include "examples/common/shell.h"
#include "examples/common/terminal.h"
#include "examples/common/training_folder.h"
#include "examples/common/version.h"
#include "examples/gaps/checkpoint.h"
#include "examples/gaps/commands.h"
#include "examples/gaps/session.h"
#include "glance/nn/module.h"
#include "glance/tensor/error.h"

namespace glance::gaps {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

// Scorings in a training.
constexpr Index scorings = 6;

// (The folder need not be there yet.)
std::string path_of(const TrainCommand& command) { return (fs::path(command.out) / "model").string(); }

void check_folder(const TrainCommand& command) {
  std::error_code error;
  const std::string path = path_of(command);
  if (command.resume && !fs::exists(path, error))
    throw Error(fmt::format("{}: no training to go on with: start one without --resume", path));
  if (!command.resume && !command.overwrite && fs::exists(path, error))
    throw Error(
        fmt::format("{}: there is a training already: go on with --resume, or start anew with --overwrite", path));
}

void save(const TrainCommand& command, const Session& s, const Ranks& ranks) {
  if (!ranks.is_first()) return;
  DataOptions data = command.data;
  std::error_code error;
  // From any folder, so that a training is gone on with from another.
  if (!data.text.empty()) data.text = fs::absolute(data.text, error).lexically_normal().string();
  save(path_of(command), *s.model, *s.data, data, *s.trainer);
}

void print_start(const TrainCommand& command, const Session& s, const Ranks& ranks) {
  const ModelOptions& o = s.model->options;
  fmt::print("{}\n{} words; {} layers of {} heads, {} wide, which {}: {} parameters\n", s.data->summary,
             o.words - seq2seq::Vocabulary().size(), o.layers, o.heads, o.width,
             o.left_to_right ? "read from left to right" : "see both sides", parameter_count(*s.model));
  fmt::print("products by {}\n", describe_blas());
  if (ranks.count() > 1) fmt::print("{} ranks\n", ranks.count());
  if (command.resume) fmt::print("going on after step {} of {}\n", s.trainer->steps(), s.trainer->options.steps);
  fmt::print("\n{:>9}  {:>6}  {:>10}   held out: loss   words right\n", "step", "time", "train loss");
  flush_output();
}

void print_score(const Trainer& trainer, double seconds, double loss, const Score& score) {
  fmt::print("{:>9}  {:>6}  {:>10.4f}   {:>14.4f}  {:>11.1f}%\n",
             fmt::format("{}/{}", trainer.steps(), trainer.options.steps), duration(seconds), loss, score.loss,
             100 * score.right);
  flush_output();
}

// Trains to the end, or until somebody interrupts.
void run_steps(const TrainCommand& command, Session& s, const InterruptGuard& interrupt, const Ranks& ranks) {
  constexpr auto save_after = std::chrono::seconds(30);
  Trainer& trainer = *s.trainer;
  const Index interval = std::max<Index>((trainer.options.steps + scorings - 1) / scorings, 1);
  StatusLine status(stdout);
  const auto begin = Clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(Clock::now() - begin).count(); };
  auto saved = begin;
  const Index first = trainer.steps();
  double sum = 0;
  Index counted = 0;
  while (!trainer.is_over() && !ranks.any(interrupt.interrupted())) {
    try {
      sum += trainer.step();
    } catch (const Error& error) {
      save(command, s, ranks);
      throw_with_file(error, path_of(command));
    }
    ++counted;
    if (trainer.steps() % interval == 0 || trainer.is_over()) {
      status.clear();
      print_score(trainer, seconds(), sum / static_cast<double>(counted),
                  score(*s.model, s.data->test, trainer.options, &ranks));
      sum = 0, counted = 0;
    }
    if (Clock::now() - saved > save_after) {
      save(command, s, ranks);
      saved = Clock::now();
    }
    status.show([&] {
      const double left = seconds() * static_cast<double>(trainer.options.steps - trainer.steps()) /
                          static_cast<double>(trainer.steps() - first);
      return fmt::format("step {}/{}  loss {:.3f}  {} left", trainer.steps(), trainer.options.steps,
                         counted > 0 ? sum / static_cast<double>(counted) : 0, duration(left));
    });
  }
}

}  // namespace

int train(TrainCommand command, const Ranks& ranks) {
  HeldFolder held(ranks, command.out, [&] { check_folder(command); });
  const HandedFile last(ranks, command.resume ? path_of(command) : "");
  Workers workers(command.threads);
  std::optional<Session> begun;
  ranks.together([&] {
    begun.emplace(command.resume ? go_on(command, last.path(), workers, &ranks)
                                 : start(command.model, command.data, command.training, workers, &ranks));
  });
  Session& s = *begun;
  check_alike(ranks, s.trainer->options.shards, start_values(s));
  ranks.together([&] {
    if (!ranks.is_first()) return;
    warn_of_slow_kernels("gaps");
    held.make();
    print_start(command, s, ranks);
    if (!command.resume) save(command, s, ranks);
  });
  const InterruptGuard interrupt;
  run_steps(command, s, interrupt, ranks);
  save(command, s, ranks);
  if (!s.trainer->is_over()) {
    fmt::print("\nstopped after step {} of {}, and saved; go on with: {} train --resume --out {}\n", s.trainer->steps(),
               s.trainer->options.steps, command.program, from_anywhere(command.out));
    return 130;
  }
  fmt::print("\nthe model is {}\n", one_line(path_of(command)));
  return 0;
}

}  // namespace glance::gaps
