// Attention in three steps on five words, every number printed; then one step of training that moves the weights.
#include <fmt/format.h>

#include <iostream>
#include <string>
#include <vector>

#include "examples/common/terminal.h"
#include "glance/glance.h"

namespace {

using namespace glance;

constexpr const char* usage =
    "Usage: attention\n"
    "\n"
    "Shows how a decoder that is about to write \"la\" looks at \"the cat ate the apple\": scores, softmax,\n"
    "weights, context. Then takes one gradient step and shows how the weights move.\n"
    "\n"
    "Example: attention\n";

const std::vector<std::string> words = {"the", "cat", "ate", "the", "apple"};

// What the encoder might say of each word in three features: an article?, masculine or feminine?, how late it comes.
Tensor encoder_states() {
  return tensor({{1.0, 0.0, -1.0}, {0.0, 1.0, -0.5}, {-1.0, 0.0, 0.0}, {1.0, 0.0, 0.5}, {0.0, -1.0, 1.0}});
}

// A decoder state that asks for an article that comes late: the next word is the article of "apple".
Tensor decoder_state() { return tensor({{0.8, -0.6, 1.0}}); }

std::string numbers(const Tensor& row) {
  std::string text;
  for (const float value : row.to_vector<float>()) text += fmt::format("{:8.3f}", value);
  return text;
}

std::string header() {
  std::string text;
  for (const auto& word : words) text += fmt::format("{:>8}", word);
  return text;
}

void print_scores(const Tensor& query, const Tensor& keys) {
  const auto q = query.to_vector<float>();
  fmt::print("1. scores: how well each key answers the query, query . key\n\n");
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto k = select(keys, 0, static_cast<Index>(i)).to_vector<float>();
    fmt::print("   {:>6}   ", words[i]);
    float score = 0;
    for (std::size_t j = 0; j < q.size(); ++j) {
      fmt::print("{}{:5.2f} x {:5.2f}", j > 0 ? "  +  " : "", q[j], k[j]);
      score += q[j] * k[j];
    }
    fmt::print("  = {:6.3f}\n", score);
  }
}

void print_softmax(const Tensor& scores, const Tensor& weights) {
  const Tensor exponentials = exp(scores);
  fmt::print("\n2. weights: the scores as a distribution, exp(score) / sum of exp(scores)\n\n");
  fmt::print("            {}\n", header());
  fmt::print("   score    {}\n", numbers(scores));
  fmt::print("   exp      {}   sum {:.3f}\n", numbers(exponentials), sum(exponentials).item());
  fmt::print("   weight   {}   sum {:.3f}\n", numbers(weights), sum(weights).item());
}

void print_context(const Tensor& weights, const Tensor& values, const Tensor& context) {
  const auto a = weights.to_vector<float>();
  fmt::print("\n3. context: the values, averaged by those weights\n\n");
  for (std::size_t i = 0; i < words.size(); ++i)
    fmt::print("   {:>6}   {:.3f} x [{} ]\n", words[i], a[i], numbers(select(values, 0, static_cast<Index>(i))));
  fmt::print("   {:>6}       sum [{} ]\n", "", numbers(context));
}

void run() {
  const Variable query = parameter(decoder_state());
  const Variable keys = encoder_states();
  const Variable values = keys;

  const Variable scores = attention_scores(query, keys);
  const Variable weights = attention_weights(scores);
  const Variable context = attention_context(weights, values);
  fmt::print("The source: the cat ate the apple. The decoder is about to write \"la\".\n\n");
  print_scores(query.value(), keys.value());
  print_softmax(scores.value(), weights.value());
  print_context(weights.value(), values.value(), context.value());

  // "la" would be right if the context said: an article, feminine. How far is it from that?
  const Variable wanted = tensor({{0.5, -0.5, 0.75}});
  const Variable loss = sum(square(context - wanted));
  const Tensor gradient = grad(loss, {query})[0].value();
  const Tensor stepped = query.value() - 2.0 * gradient;
  const Attended after = attend(stepped, keys, values);
  fmt::print("\nOne step of training: nobody says where to look. The loss says what the context should have been,\n");
  fmt::print("and its gradient moves the query, and the weights with it.\n\n");
  fmt::print("   query    {}   loss {:.3f}\n", numbers(query.value()), loss.item());
  fmt::print("   gradient {}\n", numbers(gradient));
  fmt::print("   stepped  {}   loss {:.3f}\n\n", numbers(stepped), sum(square(after.context - wanted)).item());
  fmt::print("            {}\n", header());
  fmt::print("   before   {}\n", numbers(weights.value()));
  fmt::print("   after    {}\n", numbers(after.weights.value()));
  fmt::print("   moved    {}\n", numbers(after.weights.value() - weights.value()));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string option = argc > 1 ? argv[1] : "";
  if (option == "--help" || option == "-h") {
    std::cout << usage;
    return 0;
  }
  if (argc > 1) {
    std::cerr << "attention: unknown option " << option << "\n\n" << usage;
    return 2;
  }
  try {
    run();
    flush_output();
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "attention: " << error.what() << "\n";
    drop_output();
    return 1;
  }
}
