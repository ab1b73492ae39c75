#include "examples/translate/train.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <thread>
#include <utility>

#include "examples/seq2seq/checkpoint.h"
#include "examples/seq2seq/evaluation.h"
#include "examples/seq2seq/terminal.h"
#include "examples/translate/interrupt.h"
#include "examples/translate/log.h"
#include "nn/module.h"

namespace glance::seq2seq {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

std::string last_path(const TrainCommand& command) { return (fs::path(command.out) / "last").string(); }
std::string best_path(const TrainCommand& command) { return (fs::path(command.out) / "best").string(); }
std::string log_path(const TrainCommand& command) { return (fs::path(command.out) / "log.jsonl").string(); }

void prepare_folder(const TrainCommand& command) {
  std::error_code error;
  if (!command.resume && !command.overwrite && fs::exists(last_path(command), error))
    throw Error(
        fmt::format("{}: holds a training already: go on with --resume, or start anew with --overwrite", command.out));
  fs::create_directories(command.out, error);
  if (error || !fs::is_directory(command.out))
    throw Error(fmt::format("{}: cannot be made a folder{}", command.out, error ? ": " + error.message() : ""));
}

// A training under way: everything that a checkpoint keeps, in one place.
struct Session {
  Data data;
  Vocabulary source, target;
  std::unique_ptr<Translator> model;
  std::vector<Example> train, test;
  std::string description;
  std::unique_ptr<Trainer> trainer;
  double best_score = -1;
};

Session start(const TrainCommand& command, Workers& workers) {
  Session s;
  s.data = load_data(command.data, command.training.seed);
  s.description = describe(command.data, s.data);
  s.source = Vocabulary::of(s.data.train, &Pair::source, command.data.min_count);
  s.target = Vocabulary::of(s.data.train, &Pair::target, command.data.min_count);
  ModelOptions options = command.model;
  options.source_words = s.source.size();
  options.target_words = s.target.size();
  Generator generator(command.training.seed);
  s.model = std::make_unique<Translator>(options, generator);
  s.train = encode(s.data.train, s.source, s.target);
  s.test = encode(s.data.test, s.source, s.target);
  s.trainer = std::make_unique<Trainer>(*s.model, s.train, command.training, workers);
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
  command.data = data_options(stored.data);
  command.model = checkpoint.model->options;
  command.training = stored.options;
  s.data = load_data(command.data, command.training.seed);
  check_same(stored.data, command.data, s.data);
  s.source = std::move(checkpoint.source);
  s.target = std::move(checkpoint.target);
  s.model = std::move(checkpoint.model);
  s.train = encode(s.data.train, s.source, s.target);
  s.test = encode(s.data.test, s.source, s.target);
  s.trainer = std::make_unique<Trainer>(*s.model, s.train, command.training, workers);
  s.trainer->progress = stored.progress;
  s.trainer->adam.state.load_state_dict(stored.optimiser);
  s.best_score = stored.best_score;
  return s;
}

void save_last(const TrainCommand& command, const Session& s) {
  save_checkpoint(last_path(command), *s.model, s.source, s.target,
                  Checkpoint::Training{.options = s.trainer->options,
                                       .progress = s.trainer->progress,
                                       .optimiser = s.trainer->adam.state.state_dict(),
                                       .best_score = s.best_score,
                                       .data = s.description});
}

void print_start(const TrainCommand& command, const Session& s, int threads) {
  const auto& model = s.model->options;
  fmt::print("{}\n", s.data.summary);
  fmt::print("{} source words, {} target words\n", s.source.size(), s.target.size());
  fmt::print("{} with {} attention, hidden {}, embedding {}: {} parameters; {} thread{}\n",
             model.cell == CellKind::lstm ? "LSTM" : "RNN", model.attention ? "dot" : "no", model.hidden,
             model.embedding, parameter_count(*s.model), threads, threads == 1 ? "" : "s");
  if (command.resume) fmt::print("going on after step {} of {}\n", s.trainer->progress.steps, s.trainer->total_steps());
  std::fflush(stdout);
}

std::string status(const Trainer& trainer, Clock::time_point begin, Index first_step, double words) {
  const double spent = std::chrono::duration<double>(Clock::now() - begin).count();
  const auto& p = trainer.progress;
  const double a_step = spent / static_cast<double>(std::max<Index>(p.steps - first_step, 1));
  return fmt::format("epoch {}/{}  step {}/{}  loss {:.3f}  {:.1f}k words/s  {} left", p.epochs + 1,
                     trainer.options.epochs, p.steps, trainer.total_steps(), trainer.mean_loss(), words / spent / 1000,
                     duration(a_step * static_cast<double>(trainer.total_steps() - p.steps)));
}

void print_epoch(const EpochRecord& r, Index epochs, bool has_test, bool is_best) {
  std::string held_out;
  if (has_test)
    held_out = fmt::format("   held out: loss {:.4f}  words {:.1f}%  sentences {:.1f}%  BLEU {:.2f}", r.test.loss,
                           100 * r.test.token_accuracy, 100 * r.test.exact, r.test.bleu);
  fmt::print("epoch {:>2}/{}  {:>5}  loss {:.4f}{}{}\n", r.epoch, epochs, duration(r.seconds), r.train_loss, held_out,
             is_best ? "  (best)" : "");
  std::fflush(stdout);
}

// BLEU decides, and the loss among equals; without held-out pairs the training loss alone.
double score_of(const EpochRecord& record, bool has_test) {
  return has_test ? 1 + record.test.bleu + 0.001 / (1 + record.test.loss) : 1 / (1 + record.train_loss);
}

void end_epoch(const TrainCommand& command, Session& s, const TrainingLog& log, Workers& workers) {
  const auto& p = s.trainer->progress;
  const EpochRecord record{.epoch = p.epochs,
                           .step = p.steps,
                           .seconds = p.seconds,
                           .train_loss = s.trainer->mean_loss(),
                           .test = evaluate(*s.model, s.test, s.target, workers)};
  const double score = score_of(record, !s.test.empty());
  const bool is_best = score > s.best_score;
  if (is_best) {
    s.best_score = score;
    save_checkpoint(best_path(command), *s.model, s.source, s.target);
  }
  log.add(record);
  save_last(command, s);
  print_epoch(record, s.trainer->options.epochs, !s.test.empty(), is_best);
}

}  // namespace

int train(TrainCommand command) {
  prepare_folder(command);
  const int processors = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  Workers workers(command.threads > 0 ? command.threads : std::min(processors, command.training.shards));
  Session s = command.resume ? go_on(command, workers) : start(command, workers);
  Trainer& trainer = *s.trainer;
  print_start(command, s, workers.threads());
  const TrainingLog log(log_path(command), command.resume ? trainer.progress.epochs : -1);
  if (!command.resume) save_last(command, s);

  const InterruptGuard interrupt;
  StatusLine line(stdout);
  const auto begin = Clock::now();
  auto saved = begin;
  const Index first_step = trainer.progress.steps;
  Index answers_before = trainer.progress.batches > 0 ? trainer.progress.answers : 0;
  double words = 0;
  while (trainer.progress.epochs < trainer.options.epochs && !interrupt.interrupted()) {
    trainer.step();
    words += static_cast<double>(trainer.progress.answers - answers_before);
    answers_before = trainer.progress.batches > 0 ? trainer.progress.answers : 0;
    if (!std::isfinite(trainer.mean_loss()))
      throw Error(
          fmt::format("training: the loss is no longer a finite number after step {}: lower --rate; {} holds the last "
                      "state before",
                      trainer.progress.steps, last_path(command)));
    if (trainer.progress.batches == 0) {
      line.clear();
      end_epoch(command, s, log, workers);
      saved = Clock::now();
    } else if (Clock::now() - saved > std::chrono::seconds(30)) {
      save_last(command, s);
      saved = Clock::now();
    }
    line.show([&] { return status(trainer, begin, first_step, words); });
  }
  line.clear();
  if (interrupt.interrupted() && trainer.progress.epochs < trainer.options.epochs) {
    save_last(command, s);
    fmt::print("stopped after step {} of {}, and saved; go on with: translate train --resume --out {}\n",
               trainer.progress.steps, trainer.total_steps(), command.out);
    return 130;
  }
  fmt::print("trained in {}; the best model is {}\n", duration(trainer.progress.seconds), best_path(command));
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
