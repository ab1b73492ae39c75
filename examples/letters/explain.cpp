// The command explain: what each letter looked at as a triangle, and how surprising each one was.
#include "examples/letters/explain.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "examples/common/columns.h"
#include "examples/common/command_line.h"
#include "examples/common/heatmap_svg.h"
#include "examples/common/output_file.h"
#include "examples/common/terminal.h"
#include "examples/common/text.h"
#include "examples/letters/whole_characters.h"
#include "examples/letters/write.h"
#include "glance/autograd/modes.h"
#include "glance/tensor/create.h"
#include "glance/tensor/softmax.h"
#include "glance/tensor/view.h"

namespace glance::gpt {

namespace {

using nlohmann::ordered_json;

void check_place(const char* option, std::optional<std::size_t> place, std::size_t there, const char* what) {
  if (place && (*place < 1 || *place > there))
    throw UsageError(fmt::format("{} {}: the model has {} {}{}", option, *place, there, what, there == 1 ? "" : "s"));
}

// The mean of the chosen layers' and heads' weights, each [1, heads, time, time], as a triangle.
std::vector<std::vector<double>> mean_weights(const std::vector<Variable>& layers, std::size_t time,
                                              std::optional<std::size_t> layer, std::optional<std::size_t> head) {
  std::vector<std::vector<double>> sums;
  for (std::size_t t = 0; t < time; ++t) sums.emplace_back(t + 1, 0.0);
  double added = 0;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    if (layer && *layer != l + 1) continue;
    const auto heads = static_cast<std::size_t>(layers[l].shape(1));
    const auto weights = layers[l].value().to_vector<float>();
    for (std::size_t h = 0; h < heads; ++h) {
      if (head && *head != h + 1) continue;
      ++added;
      for (std::size_t t = 0; t < time; ++t)
        for (std::size_t s = 0; s <= t; ++s) sums[t][s] += static_cast<double>(weights[(h * time + t) * time + s]);
    }
  }
  for (auto& row : sums)
    for (double& weight : row) weight /= added;
  return sums;
}

Reading::Guess guess(const std::vector<float>& probabilities, std::int32_t came) {
  const float of_came = probabilities[static_cast<std::size_t>(came)];
  Reading::Guess result{of_came, 0, 0, 0};
  for (std::size_t i = 0; i < probabilities.size(); ++i) {
    if (probabilities[i] > of_came) ++result.rank;
    if (probabilities[i] > result.highest) {
      result.highest = probabilities[i];
      result.likeliest = static_cast<Index>(i);
    }
  }
  return result;
}

// Bits that it takes to tell what has this probability (Shannon, 1948).
double surprise(double probability) { return -std::log2(probability); }

std::string guesses_text(const Reading& reading, const Alphabet& alphabet) {
  std::vector<std::vector<std::string>> rows = {{"letter", "p", "bits", "likeliest", "p"}};
  double bits = 0;
  for (std::size_t i = 0; i < reading.guesses.size(); ++i) {
    const Reading::Guess& g = reading.guesses[i];
    bits += surprise(g.probability);
    auto& row = rows.emplace_back();
    row = {shown_unit(reading.letters[i + 1]), hundredths(g.probability),
           fmt::format("{:.1f}", surprise(g.probability))};
    if (g.rank > 0) {
      row.push_back(shown_unit(in_picture(alphabet.letter(g.likeliest))));
      row.push_back(hundredths(g.highest));
    }
  }
  return table(rows, "lrrlr") + fmt::format(
                                    "\np: probability, given the letters before. bits: how surprising that is; "
                                    "{:.2f} a letter in the mean.\n",
                                    bits / static_cast<double>(reading.guesses.size()));
}

// "layer 2 of 4, head 1 of 4", or what the mean is over.
std::string description(const ExplainCommand& command, const ModelOptions& o) {
  const std::string layer = command.layer ? fmt::format("layer {} of {}", *command.layer, o.layers)
                                          : fmt::format("mean of {} layer{}", o.layers, o.layers == 1 ? "" : "s");
  const std::string head = command.head ? fmt::format("head {} of {}", *command.head, o.heads)
                                        : fmt::format("mean of {} head{}", o.heads, o.heads == 1 ? "" : "s");
  return layer + ", " + head;
}

void print_json(const ExplainCommand& command, const Reading& reading, const std::vector<std::string>& unknown) {
  ordered_json line{{"letters", reading.letters}};
  line["layer"] = command.layer ? ordered_json(*command.layer) : nullptr;
  line["head"] = command.head ? ordered_json(*command.head) : nullptr;
  line["weights"] = reading.weights;
  auto& entropy = line["entropy"] = ordered_json::array();
  for (const auto& row : reading.weights) entropy.push_back(normalised_entropy(row));
  auto& probabilities = line["probabilities"] = ordered_json::array({nullptr});
  auto& bits = line["bits"] = ordered_json::array({nullptr});
  for (const Reading::Guess& g : reading.guesses) {
    probabilities.push_back(g.probability);
    bits.push_back(surprise(g.probability));
  }
  line["unknown"] = unknown;
  fmt::print("{}\n", line.dump());
}

}  // namespace

Reading look(const Checkpoint& checkpoint, const Numbers& text, std::optional<std::size_t> layer,
             std::optional<std::size_t> head) {
  const Model& model = *checkpoint.model;
  check_place("--layer", layer, static_cast<std::size_t>(model.options.layers), "layer");
  check_place("--head", head, static_cast<std::size_t>(model.options.heads), "head");
  const std::size_t time = text.size();
  if (time == 0) throw Error("a text without a letter that the model knows: there is nothing to look at");
  if (static_cast<Index>(time) > model.options.context)
    throw Error(fmt::format("a text of {} letters, and the model sees {} at once: give it a shorter one", time,
                            model.options.context));
  const NoGrad no_grad;
  const std::vector<std::int64_t> numbers(text.begin(), text.end());
  const Prediction prediction = model(from_values(numbers, {1, static_cast<Index>(time)}));
  const Tensor probabilities = softmax(select(prediction.logits.value(), 0, 0), -1);
  Reading result{{}, mean_weights(prediction.weights, time, layer, head), {}};
  for (std::size_t t = 0; t < time; ++t) {
    result.letters.push_back(in_picture(checkpoint.alphabet.letter(text[t])));
    if (t + 1 < time)
      result.guesses.push_back(guess(select(probabilities, 0, static_cast<Index>(t)).to_vector<float>(), text[t + 1]));
  }
  return result;
}

void explain(const ExplainCommand& command) {
  const Checkpoint checkpoint = load_model(command.model);
  std::vector<std::string> unknown;
  const Numbers text = read_text(checkpoint.alphabet, command.text, "the text", unknown);
  const Reading reading = look(checkpoint, text, command.layer, command.head);
  const AttentionPicture picture{reading.letters, reading.letters, reading.weights, true};
  if (command.json) {
    print_json(command, reading, unknown);
  } else {
    fmt::print("what each letter, from above, weighted of those up to it: {}\n\n{}",
               description(command, checkpoint.model->options), heatmap(picture, terminal_of(stdout)));
    if (!reading.guesses.empty()) fmt::print("\n{}", guesses_text(reading, checkpoint.alphabet));
  }
  std::string whole;
  for (const std::string& letter : reading.letters) whole += letter;
  if (!command.svg.empty()) replace_file("--svg", command.svg, "<svg", heatmap_svg(picture, whole));
}

}  // namespace glance::gpt
