#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "glance/tensor/shape.h"

// What an experiment is: a few small trainings that differ in one thing, and what each reaches.
namespace glance::experiments {

// Is told after each step which training is under way, how many of its steps are done, and their last loss.
using OnStep = std::function<void(const std::string& training, Index step, Index steps, double loss)>;

// How an experiment is run.
struct Settings {
  std::uint64_t seed = 1;             // decides all that is random
  std::optional<Index> steps = {};    // of each training, instead of the experiment's own number
  OnStep on_step = [](auto&&...) {};  // to show what goes on
};

// What one of the trainings reached: a value for each column of the experiment.
struct Row {
  std::string training;
  std::vector<double> values;
};

// What an experiment found.
struct Finding {
  std::vector<Row> rows;
  std::string picture = {};  // in text, for the reader; may be empty
};

// An experiment as the command line knows it.
struct Experiment {
  std::string name;
  std::string question;              // in one line
  std::string setting;               // what is trained on what, in a few lines
  std::vector<std::string> columns;  // of the values of each row
  Finding (*run)(const Settings& settings);
};

// All experiments, in the order in which they are told.
std::span<const Experiment> all();

// The families, each in a file of its own.
std::vector<Experiment> task_experiments();         // tasks.cpp
std::vector<Experiment> induction_experiments();    // induction.cpp
std::vector<Experiment> translation_experiments();  // translation.cpp
std::vector<Experiment> length_experiments();       // length.cpp

}  // namespace glance::experiments
