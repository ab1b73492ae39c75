// How a random program is built: a step is kept when it runs and its numbers stay in bounds.
#include "tests/fuzz/builder.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "glance/autograd/modes.h"
#include "glance/nn/batch.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/reduce.h"

namespace glance::fuzz {

namespace {

// Values and gradients beyond these would leave nothing of f32 or of differences to compare.
constexpr double largest_value = 20;
constexpr double largest_gradient = 100;
constexpr Index most_elements = 64;

bool is_within(const Tensor& x, double bound) {
  const auto values = x.to_vector<double>();
  return std::all_of(values.begin(), values.end(), [&](double v) { return std::abs(v) <= bound; });
}

std::vector<std::pair<const Operation*, const Draw*>> draws(bool for_sequences) {
  std::vector<std::pair<const Operation*, const Draw*>> result;
  for (const Operation& operation : operations())
    if (const Draw& draw = for_sequences ? operation.draw_for_sequences : operation.draw; draw)
      result.emplace_back(&operation, &draw);
  return result;
}

}  // namespace

bool Domain::holds(const Tensor& x) const {
  auto values = x.to_vector<double>();
  for (const double v : values) {
    if (!(v >= low && v <= high)) return false;
    for (const double kink : kinks)
      if (std::abs(v - kink) < margin) return false;
  }
  if (!distinct) return true;
  std::sort(values.begin(), values.end());
  return std::adjacent_find(values.begin(), values.end(), [&](double a, double b) { return b - a < margin; }) ==
         values.end();
}

Builder::Builder(std::uint64_t seed) : generator_(seed) { program_.seed = seed; }

double Builder::number(double low, double high) {
  return std::round((low + (high - low) * generator_.uniform01<double>()) * 8) / 8;
}

Shape Builder::shape(int min_rank, int max_rank) {
  for (;;) {
    Shape result;
    const Index rank = between(min_rank, std::min<Index>(max_rank, min_rank + between(0, 3)));
    for (Index i = 0; i < rank; ++i) result.push_back(chance(0.03) ? 0 : chance(0.1) ? between(6, 33) : between(1, 4));
    if (result.numel() <= most_elements) return result;
  }
}

Shape Builder::shape_that_stretches_to(const Shape& full) {
  Shape result;
  for (int d = static_cast<int>(between(0, full.rank())); d < full.rank(); ++d)
    result.push_back(chance(0.3) ? 1 : full[d]);
  return result;
}

std::vector<Index> Builder::some_axes(const Shape& full) {
  std::vector<Index> all, result;
  for (int d = 0; d < full.rank(); ++d) all.push_back(d);
  while (!all.empty() && chance(0.6)) {
    const auto at = all.begin() + below(static_cast<Index>(all.size()));
    result.push_back(chance(0.5) ? *at : *at - full.rank());
    all.erase(at);
  }
  return result;
}

Tensor Builder::mask(const Shape& full, double probability) { return bernoulli(full, probability, generator_); }

Tensor Builder::indices(const Shape& full, Index bound) {
  const Tensor result(full, i64);
  auto* out = result.write<Index>();
  for (Index i = 0; i < result.numel(); ++i) out[i] = below(bound);
  return result;
}

int Builder::existing(const std::function<bool(const Tensor&)>& fits) {
  std::vector<int> fitting;
  if (program_.lengths) {  // a layer's weights belong to no sequence, so none is taken from what a layer gave
    for (const Input& given : program_.inputs)
      if (!given.batched && fits(given.value)) fitting.push_back(given.id);
  } else {
    for (const auto& [id, x] : values_)
      if (fits(x)) fitting.push_back(id);
  }
  if (fitting.empty()) return no_argument;
  const auto count = static_cast<Index>(fitting.size());
  return fitting[static_cast<std::size_t>(std::max(below(count), below(count)))];
}

int Builder::input(const Shape& full, const Domain& domain, bool batched) {
  const double low = std::max(domain.low, -2.0), high = std::min(domain.high, std::max(2.0, low + 2));
  const Tensor value(full, f64);
  auto* out = value.write<double>();
  if (domain.distinct) {
    // Evenly spaced, in random order, each moved a little.
    const auto order = permutation(value.numel(), generator_).to_vector<Index>();
    const double spacing = (high - low) / static_cast<double>(std::max<Index>(value.numel(), 1));
    for (std::size_t i = 0; i < order.size(); ++i)
      out[i] = low + spacing * (static_cast<double>(order[i]) + 0.4 * generator_.uniform01<double>());
  } else {
    const auto near_kink = [&](double v) {
      return std::any_of(domain.kinks.begin(), domain.kinks.end(),
                         [&](double kink) { return std::abs(v - kink) < domain.margin; });
    };
    for (Index i = 0; i < value.numel(); ++i) {
      do {
        out[i] = low + (high - low) * generator_.uniform01<double>();
      } while (near_kink(out[i]));
    }
  }
  program_.inputs.push_back({next_id_, value, batched});
  values_[next_id_] = value;
  if (batched) batched_.push_back(next_id_);
  return next_id_++;
}

int Builder::any(int min_rank, const Domain& domain, int max_rank) {
  const int found =
      existing([&](const Tensor& x) { return x.rank() >= min_rank && x.rank() <= max_rank && domain.holds(x); });
  return found != no_argument && chance(0.85) ? found : input(shape(min_rank, max_rank), domain);
}

int Builder::of_shape(const Shape& wanted, const Domain& domain) {
  const int found = existing([&](const Tensor& x) { return x.shape() == wanted && domain.holds(x); });
  return found != no_argument && chance(0.7) ? found : input(wanted, domain);
}

int Builder::sequences(const Domain& domain, Index features) {
  std::vector<int> fitting;
  for (const int id : batched_)
    if ((features == 0 || shape_of(id)[2] == features) && domain.holds(value(id))) fitting.push_back(id);
  if (fitting.empty() || chance(0.1))
    return input({batch(), time(), features ? features : between(1, 5)}, domain, true);
  const auto count = static_cast<Index>(fitting.size());
  return fitting[static_cast<std::size_t>(std::max(below(count), below(count)))];
}

Tensor Builder::lengths() const { return Lengths(*program_.lengths, time_).values; }

Tensor Builder::visible() const { return Lengths(*program_.lengths, time_).visible_to_queries(); }

// The step's results. What an operation refuses though it was drawn as fit for it is told with its shapes.
Values Builder::try_out(const Step& step) const {
  const NoGrad no_grad;
  std::vector<Variable> arguments;
  std::string shapes;
  for (const int id : step.arguments) {
    arguments.push_back(id == no_argument ? Variable() : Variable(value(id)));
    shapes += id == no_argument ? " none" : " " + to_string(shape_of(id));
  }
  try {
    return step.operation->run(arguments, step.attributes);
  } catch (const Error& error) {
    throw Error(step.operation->name + " of" + shapes + ": " + error.what());
  }
}

bool Builder::add_step(const Operation& operation, const Draw& draw) {
  const Program before = program_;
  const auto values_before = values_;
  const auto batched_before = batched_;
  const auto undo = [&] {
    program_ = before;
    values_ = values_before;
    batched_ = batched_before;
    return false;
  };
  Step step{&operation, {}, {}, {}};
  if (!draw(*this, step)) return undo();

  for (const Variable& result : try_out(step)) {
    if (!is_within(result.value(), largest_value) || result.numel() > 4 * most_elements) return undo();
    values_[next_id_] = result.value();
    // Of several results only the first has features: the others are weights over time, or states.
    const bool is_batched = program_.lengths && result.rank() == 3 && step.results.empty();
    if (is_batched) batched_.push_back(next_id_);
    step.results.push_back(next_id_++);
  }
  if (step.results.empty()) return undo();
  program_.steps.push_back(std::move(step));
  return true;
}

Program Builder::general_program() {
  static const auto choices = draws(false);
  const auto wanted = static_cast<std::size_t>(between(1, 8));
  while (program_.steps.size() < wanted) {
    const auto& [operation, draw] = choices[static_cast<std::size_t>(below(static_cast<Index>(choices.size())))];
    add_step(*operation, *draw);
  }
  for (const Step& step : program_.steps)
    for (const int id : step.results) {
      const auto uses = [&](const Step& other) {
        return std::find(other.arguments.begin(), other.arguments.end(), id) != other.arguments.end();
      };
      if (std::none_of(program_.steps.begin(), program_.steps.end(), uses)) program_.outputs.push_back(id);
    }
  prune(program_);
  return std::move(program_);
}

Program Builder::sequence_program() {
  static const auto choices = draws(true);
  time_ = between(1, 6);
  auto& lengths = program_.lengths.emplace();
  for (Index b = between(1, 5); b > 0; --b) lengths.push_back(between(0, time_));
  lengths[static_cast<std::size_t>(below(batch()))] = between(1, time_);
  const auto wanted = static_cast<std::size_t>(between(1, 6));
  while (program_.steps.size() < wanted) {
    const auto& [operation, draw] = choices[static_cast<std::size_t>(below(static_cast<Index>(choices.size())))];
    if (operation->name != "softmax_cross_entropy") add_step(*operation, *draw);
  }
  const auto loss = std::find_if(choices.begin(), choices.end(),
                                 [](const auto& choice) { return choice.first->name == "softmax_cross_entropy"; });
  while (!add_step(*loss->first, *loss->second)) {
  }
  program_.outputs = program_.steps.back().results;
  prune(program_);
  return std::move(program_);
}

Program random_program(std::uint64_t seed) {
  for (std::uint64_t attempt = 0;; ++attempt) {
    Builder builder(Generator(seed, attempt, 0).next_u64());
    Program program = seed % 4 == 0 ? builder.sequence_program() : builder.general_program();
    program.seed = seed;
    const Results results = differentiate(program);
    if (std::all_of(results.gradients.begin(), results.gradients.end(),
                    [](const Tensor& gradient) { return is_within(gradient, largest_gradient); }))
      return program;
  }
}

}  // namespace glance::fuzz
