#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "examples/seq2seq/model.h"
#include "glance/nn/workers.h"

// The task is to write a sequence backwards. Nothing in it can be guessed, so every symbol must get from the source to
// the target: through the encoder's last state, or by attention.
namespace glance::bottleneck {

// The task's sizes.
struct Task {
  Index symbols = 10;  // that a sequence is made of
  Index longest = 20;  // training sees the lengths from 1 to this
  Index steps = 2000;  // of training
  Index batch = 64;    // sequences per step
  Index scored = 200;  // sequences of every length that are scored

  // Lengths are summed up in buckets of this many: five that training sees, and two beyond.
  Index bucket() const { return (longest + 4) / 5; }
  // The greatest length that is scored.
  Index beyond() const { return longest + 2 * bucket(); }
};

// A kind of translator that is measured.
struct Contender {
  CellKind cell = CellKind::lstm;
  Index width = 64;  // of the encoder's and the decoder's state, and so of the one vector that is handed over
  bool attention = false;

  std::string name() const;  // "LSTM 64 + attention"
};

// A contender and how well it did, over several seeds.
struct Measured {
  Contender contender;
  Index parameters = 0;
  double seconds = 0;                         // of training and scoring, over all seeds
  std::vector<std::vector<double>> accuracy;  // [seed][length - 1]: the share of sequences right from first to last
};

// Told how training goes: the step, from 1, and the mean loss so far.
using Progress = std::function<void(Index step, double loss)>;

// Trains a contender on the task and scores what it writes by itself on new sequences of every length: one more row of
// measured.accuracy.
void measure(const Task& task, std::uint64_t seed, Workers& workers, const Progress& progress, Measured& measured);

}  // namespace glance::bottleneck
