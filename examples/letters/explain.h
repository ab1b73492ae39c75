#pragma once

#include <optional>
#include <string>
#include <vector>

#include "examples/common/heatmap.h"
#include "examples/letters/checkpoint.h"

// What a model of letters looked at, and how well it foretold a text.
namespace glance::gpt {

// What a person asks for.
struct ExplainCommand {
  std::string model;                 // a checkpoint, or the folder of a training
  std::string text;                  // what it is to read
  std::optional<std::size_t> layer;  // counted from 1; none: the mean over all
  std::optional<std::size_t> head;   // of each layer, counted from 1; none: the mean over all
  std::string svg;                   // a file to save the picture to; empty: none
  bool json = false;
};

// What a model made of a text that it read.
struct Reading {
  std::vector<std::string> letters;
  std::vector<std::vector<double>> weights;  // row t: how letter t weighted the letters 0 … t
  // Of each letter after the first, given those before it.
  struct Guess {
    double probability;  // of the letter that came
    std::size_t rank;    // how many letters were thought likelier
    Index likeliest;     // the letter that was thought likeliest
    double highest;      // and its probability
  };
  std::vector<Guess> guesses;  // one less than letters
};

// Reads a text of 1 to as many letters as the model sees at once. Error for more or none, and for a layer or head that
// the model does not have.
Reading look(const Checkpoint& checkpoint, const Numbers& text, std::optional<std::size_t> layer = {},
             std::optional<std::size_t> head = {});

// Shows it on standard output: the weights as a triangle, and how surprised the model was by each letter.
void explain(const ExplainCommand& command);

}  // namespace glance::gpt
