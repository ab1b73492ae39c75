// The command fill: the likeliest words for each gap of a sentence, as text or JSON.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "examples/common/columns.h"
#include "examples/common/terminal.h"
#include "examples/common/text.h"
#include "examples/gaps/checkpoint.h"
#include "examples/gaps/commands.h"
#include "glance/autograd/indexing.h"
#include "glance/autograd/modes.h"
#include "glance/autograd/reductions.h"
#include "glance/autograd/views.h"
#include "glance/nn/batch.h"
#include "glance/tensor/create.h"
#include "glance/tensor/error.h"
#include "glance/tensor/sort.h"
#include "glance/tensor/view.h"

namespace glance::gaps {

namespace {

using seq2seq::Vocabulary;

// A word that may stand in a gap.
struct Candidate {
  std::string word;
  double probability;
};

// A sentence and what fits into its gaps.
struct Filled {
  std::vector<std::string> words;               // with the likeliest in each gap
  std::vector<std::size_t> gaps;                // their places
  std::vector<std::vector<Candidate>> choices;  // for each, the likeliest first
};

// The `top` likeliest of a row of probabilities, without the marks that no sentence can contain.
std::vector<Candidate> likeliest(const Tensor& probabilities, const Vocabulary& words, Index top) {
  std::vector<Candidate> result;
  const auto order = argsort(probabilities, -1, true).to_vector<std::int64_t>();
  const auto values = probabilities.to_vector<float>();
  for (const Index number : order) {
    if (std::ssize(result) == top) break;
    if (number == Vocabulary::pad || number == Vocabulary::begin || number == Vocabulary::end) continue;
    result.push_back({words.word(number), static_cast<double>(values[static_cast<std::size_t>(number)])});
  }
  return result;
}

// The numbers of a sentence. Error unless it has a gap and the model can read as much; words that it does not know are
// said.
Numbers numbers_of(const std::vector<std::string>& words, const Checkpoint& checkpoint) {
  const Model& model = *checkpoint.model;
  Numbers numbers = checkpoint.words.indices(words);
  std::vector<std::string> unknown;
  bool has_gap = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == gap) {
      numbers[i] = model.mask();
      has_gap = true;
    } else if (numbers[i] == Vocabulary::unknown) {
      unknown.push_back(words[i]);
    }
  }
  if (!has_gap) throw Error(fmt::format("no gap: write {} where a word is missing", gap));
  if (std::ssize(numbers) > model.options.longest)
    throw Error(fmt::format("{} {}: the model reads at most {}", words.size(), plural(checkpoint.data.split.unit),
                            model.options.longest));
  if (!unknown.empty())
    std::fprintf(stderr, "gaps: not in the model's vocabulary: %s\n", shortened_list(unknown).c_str());
  return numbers;
}

Filled fill_one(const std::string& sentence, const Checkpoint& checkpoint, Index top) {
  const NoGrad no_grad;
  Filled filled{to_units(sentence, checkpoint.data.split), {}, {}};
  const Numbers numbers = numbers_of(filled.words, checkpoint);
  const Tensor read = from_values(std::span<const std::int64_t>(numbers), {1, std::ssize(numbers)});
  const Variable logits = checkpoint.model->logits(checkpoint.model->read(read).hidden);
  const Tensor probabilities = softmax(logits, -1).value();
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] != checkpoint.model->mask()) continue;
    filled.gaps.push_back(i);
    filled.choices.push_back(
        likeliest(select(select(probabilities, 0, 0), 0, static_cast<Index>(i)), checkpoint.words, top));
    filled.words[i] = filled.choices.back().front().word;
  }
  return filled;
}

void print(const Filled& filled, const TextOptions& text) {
  fmt::print("{}\n", to_text(filled.words, text));
  for (std::size_t i = 0; i < filled.gaps.size(); ++i) {
    fmt::print("  {}:", filled.choices.size() > 1 ? fmt::format("gap {}", i + 1) : "gap");
    for (const Candidate& candidate : filled.choices[i])
      fmt::print("  {} {:.1f}%", shown_unit(candidate.word), 100 * candidate.probability);
    fmt::print("\n");
  }
}

void print_json(const Filled& filled) {
  using nlohmann::ordered_json;
  ordered_json line{{"words", filled.words}, {"gaps", ordered_json::array()}};
  for (std::size_t i = 0; i < filled.gaps.size(); ++i) {
    ordered_json choices = ordered_json::array();
    for (const Candidate& candidate : filled.choices[i])
      choices.push_back({{"word", candidate.word}, {"probability", candidate.probability}});
    line["gaps"].push_back({{"place", filled.gaps[i] + 1}, {"choices", choices}});
  }
  fmt::print("{}\n", line.dump());
}

}  // namespace

void fill(const FillCommand& command) {
  const Checkpoint checkpoint = load_checkpoint(model_path(command.model));
  const auto one = [&](const std::string& sentence) {
    const Filled filled = fill_one(sentence, checkpoint, command.top);
    command.json ? print_json(filled) : print(filled, checkpoint.data.split);
    flush_output();
  };
  for (const std::string& sentence : command.sentences) one(sentence);
  if (!command.sentences.empty()) return;
  std::size_t number = 0;
  for (std::string line; std::getline(std::cin, line);) {
    ++number;
    try {
      if (!normalise(line).empty()) one(line);
    } catch (const Error& error) {
      throw Error(fmt::format("standard input:{}: {}", number, error.what()));
    }
  }
}

}  // namespace glance::gaps
