// Probabilities after temperature, top-k and top-p, worked out by hand, and how often letters are drawn.
#include "examples/letters/sampler.h"

#include <cmath>
#include <limits>

#include "glance/tensor/error.h"
#include "tests/catch.h"

using namespace glance;
using namespace glance::gpt;

namespace {

// Letters of probability 0.4, 0.1, 0.3, 0.2.
const std::vector<float> logits = {std::log(4.0f), std::log(1.0f), std::log(3.0f), std::log(2.0f)};

void check_near(const std::vector<double>& values, const std::vector<double>& wanted) {
  REQUIRE(values.size() == wanted.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    INFO("letter " << i);
    CHECK(values[i] == Approx(wanted[i]).margin(1e-7));
    CHECK((values[i] == 0) == (wanted[i] == 0));
  }
}

}  // namespace

TEST_CASE("without options a letter is drawn as the model says") {
  check_near(sampling_probabilities(logits, {}), {0.4, 0.1, 0.3, 0.2});
  check_near(sampling_probabilities(std::vector<float>{7}, {}), {1});
}

TEST_CASE("temperature is what logits are divided by") {
  // Probabilities to the power of 1 / temperature, made to add up to 1 again.
  check_near(sampling_probabilities(logits, {.temperature = 0.5}), {16. / 30, 1. / 30, 9. / 30, 4. / 30});
  const double sum = std::sqrt(4.0) + 1 + std::sqrt(3.0) + std::sqrt(2.0);
  check_near(sampling_probabilities(logits, {.temperature = 2}),
             {2 / sum, 1 / sum, std::sqrt(3.0) / sum, std::sqrt(2.0) / sum});
  check_near(sampling_probabilities(logits, {.temperature = 1e300}), {0.25, 0.25, 0.25, 0.25});
  check_near(sampling_probabilities(logits, {.temperature = 5e-324}), {1, 0, 0, 0});
}

TEST_CASE("temperature 0 is the likeliest letter, the first of equals") {
  check_near(sampling_probabilities(logits, {.temperature = 0}), {1, 0, 0, 0});
  check_near(sampling_probabilities(std::vector<float>{1, 3, 3}, {.temperature = 0, .top_k = 3, .top_p = 0.1}),
             {0, 1, 0});
}

TEST_CASE("top-k keeps the likeliest letters") {
  check_near(sampling_probabilities(logits, {.top_k = 1}), {1, 0, 0, 0});
  check_near(sampling_probabilities(logits, {.top_k = 2}), {4. / 7, 0, 3. / 7, 0});
  for (const Index all : {0, 4, 5, 1000000000})
    check_near(sampling_probabilities(logits, {.top_k = all}), {0.4, 0.1, 0.3, 0.2});
  check_near(sampling_probabilities(std::vector<float>{1, 1, 1}, {.top_k = 2}), {0.5, 0.5, 0});
}

TEST_CASE("top-p keeps the fewest likely letters that come to it") {
  check_near(sampling_probabilities(logits, {.top_p = 1e-9}), {1, 0, 0, 0});
  check_near(sampling_probabilities(logits, {.top_p = 0.39}), {1, 0, 0, 0});
  check_near(sampling_probabilities(logits, {.top_p = 0.41}), {4. / 7, 0, 3. / 7, 0});
  check_near(sampling_probabilities(logits, {.top_p = 0.71}), {4. / 9, 0, 3. / 9, 2. / 9});
  check_near(sampling_probabilities(logits, {.top_p = 1}), {0.4, 0.1, 0.3, 0.2});
}

TEST_CASE("top-p is of what temperature and top-k have left") {
  // Of 4/7 and 3/7 the first alone comes to 0.5, where of all four it would not.
  check_near(sampling_probabilities(logits, {.top_k = 2, .top_p = 0.5}), {1, 0, 0, 0});
  check_near(sampling_probabilities(logits, {.top_p = 0.5}), {4. / 7, 0, 3. / 7, 0});
  check_near(sampling_probabilities(logits, {.temperature = 0.5, .top_p = 0.5}), {1, 0, 0, 0});
}

TEST_CASE("a letter that is hidden by minus infinity is never drawn") {
  constexpr float hidden = -std::numeric_limits<float>::infinity();
  check_near(sampling_probabilities(std::vector<float>{hidden, 2, hidden}, {.temperature = 3}), {0, 1, 0});
}

TEST_CASE("options and logits that make no sense are refused") {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr float infinite = std::numeric_limits<float>::infinity();
  for (const SamplingOptions& options :
       {SamplingOptions{.temperature = -1}, SamplingOptions{.temperature = nan},
        SamplingOptions{.temperature = infinite}, SamplingOptions{.top_k = -1}, SamplingOptions{.top_p = 0},
        SamplingOptions{.top_p = 1.1}, SamplingOptions{.top_p = nan}})
    CHECK_THROWS_AS(sampling_probabilities(logits, options), Error);
  CHECK_THROWS_AS(sampling_probabilities({}, {}), Error);
  CHECK_THROWS_AS(sampling_probabilities(std::vector<float>{1, std::nanf("")}, {}), Error);
  CHECK_THROWS_AS(sampling_probabilities(std::vector<float>{1, infinite}, {}), Error);
  CHECK_THROWS_AS(sampling_probabilities(std::vector<float>{-infinite}, {}), Error);
}

TEST_CASE("letters are drawn as often as their probabilities say") {
  const std::vector<double> probabilities = {0.5, 0, 0.2, 0.3};
  std::vector<int> counts(4);
  Generator generator(1);
  constexpr int draws = 20000;
  for (int i = 0; i < draws; ++i) ++counts[static_cast<std::size_t>(draw(probabilities, generator))];
  CHECK(counts[1] == 0);
  // Within four standard deviations, √(draws p (1 - p)).
  for (const std::size_t i : {0u, 2u, 3u})
    CHECK(std::abs(counts[i] - draws * probabilities[i]) <
          4 * std::sqrt(draws * probabilities[i] * (1 - probabilities[i])));
}

TEST_CASE("each letter takes one number, also where there is no choice") {
  Generator one(7), other(7);
  CHECK(draw(std::vector<double>{0, 1}, one) == 1);
  draw(std::vector<double>{0.5, 0.5}, other);
  CHECK(one.state() == other.state());
}
