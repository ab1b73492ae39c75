// Why scores are divided by √d: what a softmax makes of products of d random numbers, and how fast its weights can
// still be moved. Nothing is trained.
#include <fmt/format.h>

#include <cmath>

#include "glance/glance.h"

namespace {

using namespace glance;

// [measure]
struct Measured {
  double spread = 0;   // standard deviation of the scores
  double largest = 0;  // of ten weights, on average
  double slope = 0;    // how fast the largest weight rises with its own score: w (1 - w)
};

// A thousand queries, each with ten keys of its own, of d numbers around 0 with a spread of 1.
Measured measure(Index d, double scale) {
  Generator generator(1);
  const Tensor query = normal({1000, 1, d}, generator, 0, 1, f64), keys = normal({1000, 10, d}, generator, 0, 1, f64);
  const Tensor scores = attention_scores(query, keys).value() * scale;
  const Tensor largest = max(softmax(scores, -1), {-1});
  return {std::sqrt(mean(square(scores)).item()), mean(largest).item(), mean(largest * (1 - largest)).item()};
}
// [measure end]

}  // namespace

int main() {
  fmt::print("{:>6}{:>27}{:>32}\n", "", "as they are", "divided by √d");
  fmt::print("{:>6}{:>12}{:>9}{:>8}{:>14}{:>9}{:>8}\n", "d", "spread", "largest", "slope", "spread", "largest",
             "slope");
  for (const Index d : {4, 16, 64, 256, 1024}) {
    const Measured raw = measure(d, 1), scaled = measure(d, 1 / std::sqrt(static_cast<double>(d)));
    fmt::print("{:>6}{:>12.1f}{:>9.2f}{:>8.3f}{:>14.1f}{:>9.2f}{:>8.3f}\n", d, raw.spread, raw.largest, raw.slope,
               scaled.spread, scaled.largest, scaled.slope);
  }
}
