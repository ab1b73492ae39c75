// Five puzzles about shapes, and what to say to an answer. The answers are not written here: they are computed.
#include <fmt/format.h>

#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include "glance/glance.h"

namespace {

using namespace glance;

struct Puzzle {
  std::string text;
  std::function<Tensor()> expression;  // the same as the text
  std::string why;
};

const std::vector<Puzzle> puzzles = {
    {"matmul(zeros({7, 32}), zeros({32, 5}))",  //
     [] {
       return matmul(zeros({7, 32}), zeros({32, 5}));
     },
     "the inner dimensions, both 32, meet and are summed away"},
    {"attention_scores(zeros({2, 7, 32}), zeros({2, 5, 32}))",
     [] {
       return attention_scores(zeros({2, 7, 32}), zeros({2, 5, 32})).value();
     },
     "a score for each pair of a query (7) and a key (5), in each of 2 sentences; the 32 features are summed away"},
    {"sum(softmax(zeros({2, 7, 5}), -1), {-1})",  //
     [] {
       return sum(softmax(zeros({2, 7, 5}), -1), {-1});
     },
     "softmax keeps the shape; the sum over the last dimension, the 5 sources, takes it away (and is 1 everywhere)"},
    {"zeros({7, 1}) + zeros({5})",  //
     [] {
       return zeros({7, 1}) + zeros({5});
     },
     "shapes are laid side by side from the right, and where one has 1 or nothing it is stretched"},
    {"attention_context(zeros({7, 5}), zeros({7, 32}))",
     [] {
       return attention_context(zeros({7, 5}), zeros({7, 32})).value();
     },
     "weights over 5 sources need 5 values, one for each source"},
};

// [answer]
// The right answer: "[7, 5]", or "error".
std::string answer_to(const Puzzle& puzzle) {
  try {
    const Tensor result = puzzle.expression();
    std::string shape;
    for (const Index extent : result.shape()) shape += (shape.empty() ? "" : ", ") + std::to_string(extent);
    return "[" + shape + "]";
  } catch (const Error&) {
    return "error";
  }
}
// [answer end]

// "7,5" and "[ 7, 5 ]" are the same answer.
std::string bare(const std::string& text) {
  std::string result;
  for (const char c : text)
    if (c != ' ' && c != '[' && c != ']' && c != '\r') result += c;
  return result;
}

}  // namespace

int main() {
  fmt::print("What shape does each line give? Answer like [2, 3], or error if it cannot be computed.\n");
  int asked = 0, right = 0;
  for (const auto& puzzle : puzzles) {
    fmt::print("\n{}. {}\n> ", ++asked, puzzle.text);
    std::fflush(stdout);
    std::string answer;
    if (!std::getline(std::cin, answer)) break;
    const std::string truth = answer_to(puzzle);
    const bool correct = bare(answer) == bare(truth);
    right += correct;
    fmt::print("{}: {}, because {}.\n", correct ? "Right" : "Wrong", truth, puzzle.why);
  }
  fmt::print("\n{} of {} right.\n", right, puzzles.size());
}
