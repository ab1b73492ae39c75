// The lines for elementwise functions in the table of random programs.
#include <cmath>
#include <numbers>

#include "glance/autograd/activations.h"
#include "glance/autograd/arithmetic.h"
#include "glance/autograd/reductions.h"
#include "glance/autograd/views.h"
#include "glance/nn/loss.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/random.h"
#include "tests/fuzz/builder.h"

namespace glance::fuzz {

namespace {

using Unary = std::function<Variable(const Variable&)>;

// A function of each element, named alike in PyTorch unless `python` says otherwise.
Operation unary(const std::string& name, const Unary& f, const Domain& domain = {}, const std::string& cpp = "",
                const std::string& python = "", const Unary& twin = {}) {
  Operation result{name,
                   [domain](Builder& b, Step& step) {
                     step.arguments = {b.any(0, domain)};
                     return true;
                   },
                   [f](Arguments x, const Attributes&) { return Values{f(x[0])}; }, cpp.empty() ? name + "($0)" : cpp,
                   python.empty() ? "torch." + name + "($0)" : python};
  if (twin) result.twin = [twin](Arguments x, const Attributes&) { return Values{twin(x[0])}; };
  result.draw_for_sequences = [domain](Builder& b, Step& step) {
    step.arguments = {b.sequences(domain)};
    return true;
  };
  return result;
}

using WithNumber = std::function<Variable(const Variable&, double)>;

// A function of each element and a number $c from `low` to `high`, never 0.
Operation with_number(const std::string& name, const WithNumber& f, double low, double high, const Domain& domain,
                      const std::string& form) {
  const auto choose = [low, high](Builder& b, Step& step) {
    const double c = b.number(low, high);
    step.attributes.all["c"] = c;
    return c != 0;
  };
  return {name,
          [=](Builder& b, Step& step) {
            step.arguments = {b.any(0, domain)};
            return choose(b, step);
          },
          [f](Arguments x, const Attributes& a) { return Values{f(x[0], a.number("c"))}; },
          form,
          form,
          {},
          [=](Builder& b, Step& step) {
            step.arguments = {b.sequences(domain)};
            return choose(b, step);
          }};
}

using Binary = std::function<Variable(const Variable&, const Variable&)>;
using FitTogether = std::function<bool(const Tensor&, const Tensor&)>;

bool stretch_together(const Shape& a, const Shape& b) {
  const Shape& longer = a.rank() < b.rank() ? b : a;
  const Shape& shorter = a.rank() < b.rank() ? a : b;
  for (int d = 1; d <= shorter.rank(); ++d) {
    const Index x = longer[longer.rank() - d], y = shorter[shorter.rank() - d];
    if (x != y && x != 1 && y != 1) return false;
  }
  return true;
}

// Two arguments that broadcast; the second within `second`, and both as `fit` asks.
Draw pair(const Domain& first, const Domain& second, const FitTogether& fit = {}) {
  return [=](Builder& b, Step& step) {
    int x = b.any(0, first);
    int y = b.existing(
        [&](const Tensor& other) { return stretch_together(b.shape_of(x), other.shape()) && second.holds(other); });
    if (y == no_argument || b.chance(0.4)) {
      if (b.chance(0.5)) {
        y = b.input(b.shape_that_stretches_to(b.shape_of(x)), second);
      } else {
        y = b.any(0, second);
        x = b.input(b.shape_that_stretches_to(b.shape_of(y)), first);
      }
    }
    step.arguments = {x, y};
    return !fit || fit(b.value(x), b.value(y));
  };
}

Draw pair_of_sequences(const Domain& first, const Domain& second, const FitTogether& fit = {}) {
  return [=](Builder& b, Step& step) {
    const int x = b.sequences(first);
    const Index features = b.shape_of(x)[2];
    const int y = b.chance(0.5) ? b.sequences(second, features) : b.input({features}, second);
    step.arguments = {x, y};
    return !fit || fit(b.value(x), b.value(y));
  };
}

Operation binary(const std::string& name, const Binary& f, const std::string& cpp, const std::string& python,
                 const Domain& first = {}, const Domain& second = {}, const FitTogether& fit = {},
                 const Binary& twin = {}) {
  Operation result{name, pair(first, second, fit),
                   [f](Arguments x, const Attributes&) { return Values{f(x[0], x[1])}; }, cpp, python};
  if (twin) result.twin = [twin](Arguments x, const Attributes&) { return Values{twin(x[0], x[1])}; };
  result.draw_for_sequences = pair_of_sequences(first, second, fit);
  return result;
}

// Whether neither is close to the other anywhere, as where a maximum has a kink.
bool are_apart(const Tensor& a, const Tensor& b) { return Domain{.kinks = {0}}.holds(a - b); }

// A bool attribute `name` that stretches to the argument's shape.
Draw with_mask(const char* name, int arguments) {
  return [=](Builder& b, Step& step) {
    const int x = b.any();
    step.arguments = {x};
    if (arguments == 2) step.arguments.push_back(b.of_shape(b.shape_that_stretches_to(b.shape_of(x))));
    step.attributes.all[name] = b.mask(b.shape_that_stretches_to(b.shape_of(x)));
    step.attributes.all["c"] = b.number(-2, 2);
    return true;
  };
}

const Domain positive{.low = 0.3};
const Domain away_from_zero{.kinks = {0}, .margin = 0.3};

std::vector<Operation> arithmetic() {
  return {
      binary(
          "add", [](const Variable& a, const Variable& b) { return a + b; }, "$0 + $1", "$0 + $1"),
      binary(
          "subtract", [](const Variable& a, const Variable& b) { return a - b; }, "$0 - $1", "$0 - $1", {}, {}, {},
          [](const Variable& a, const Variable& b) { return a + -b; }),
      binary(
          "multiply", [](const Variable& a, const Variable& b) { return a * b; }, "$0 * $1", "$0 * $1"),
      binary(
          "divide", [](const Variable& a, const Variable& b) { return a / b; }, "$0 / $1", "$0 / $1", {},
          away_from_zero, {}, [](const Variable& a, const Variable& b) { return a * (1 / b); }),
      binary(
          "pow", [](const Variable& a, const Variable& b) { return pow(a, b); }, "pow($0, $1)", "torch.pow($0, $1)",
          positive, {}, {}, [](const Variable& a, const Variable& b) { return exp(b * log(a)); }),
      binary(
          "maximum", [](const Variable& a, const Variable& b) { return maximum(a, b); }, "maximum($0, $1)",
          "torch.maximum($0, $1)", {}, {}, are_apart,
          [](const Variable& a, const Variable& b) { return (a + b + abs(a - b)) / 2; }),
      binary(
          "minimum", [](const Variable& a, const Variable& b) { return minimum(a, b); }, "minimum($0, $1)",
          "torch.minimum($0, $1)", {}, {}, are_apart,
          [](const Variable& a, const Variable& b) { return (a + b - abs(a - b)) / 2; }),
      with_number(
          "add_number", [](const Variable& x, double c) { return x + c; }, -2, 2, {}, "$0 + $c"),
      with_number(
          "subtract_number", [](const Variable& x, double c) { return x - c; }, -2, 2, {}, "$0 - $c"),
      with_number(
          "multiply_number", [](const Variable& x, double c) { return x * c; }, -2, 2, {}, "$0 * $c"),
      with_number(
          "divide_number", [](const Variable& x, double c) { return x / c; }, 0.5, 2, {}, "$0 / $c"),
      with_number(
          "number_add", [](const Variable& x, double c) { return c + x; }, -2, 2, {}, "$c + $0"),
      with_number(
          "number_subtract", [](const Variable& x, double c) { return c - x; }, -2, 2, {}, "$c - $0"),
      with_number(
          "number_multiply", [](const Variable& x, double c) { return c * x; }, -2, 2, {}, "$c * $0"),
      with_number(
          "number_divide", [](const Variable& x, double c) { return c / x; }, -2, 2, away_from_zero, "$c / $0"),
      with_number(
          "pow_number", [](const Variable& x, double c) { return pow(x, c); }, -2, 3, positive, "pow($0, $c)"),
      {"pow_whole",
       [](Builder& b, Step& step) {
         step.arguments = {b.any()};
         step.attributes.all["n"] = static_cast<double>(b.between(0, 3));
         return true;
       },
       [](Arguments x, const Attributes& a) { return Values{pow(x[0], a.number("n"))}; }, "pow($0, $n)",
       "torch.pow($0, $n)",
       [](Arguments x, const Attributes& a) {
         Variable power = x[0] * 0 + 1;
         for (double n = a.number("n"); n > 0; --n) power = power * x[0];
         return Values{power};
       }},
  };
}

std::vector<Operation> functions() {
  using V = const Variable&;
  return {
      unary(
          "negate", [](V x) { return -x; }, {}, "-$0", "-$0"),
      unary(
          "square", [](V x) { return square(x); }, {}, "", "", [](V x) { return x * x; }),
      unary(
          "sqrt", [](V x) { return sqrt(x); }, {.low = 0.2}, "", "", [](V x) { return pow(x, 0.5); }),
      unary(
          "abs", [](V x) { return abs(x); }, {.kinks = {0}}, "", "", [](V x) { return relu(x) + relu(-x); }),
      unary("exp", [](V x) { return exp(x); }, {.high = 2.5}),
      unary("log", [](V x) { return log(x); }, {.low = 0.2}),
      unary(
          "tanh", [](V x) { return tanh(x); }, {}, "", "", [](V x) { return 2 * sigmoid(2 * x) - 1; }),
      unary(
          "sigmoid", [](V x) { return sigmoid(x); }, {}, "", "", [](V x) { return 1 / (1 + exp(-x)); }),
      unary("erf", [](V x) { return erf(x); }),
      unary(
          "relu", [](V x) { return relu(x); }, {.kinks = {0}}, "", "", [](V x) { return (x + abs(x)) / 2; }),
      unary(
          "gelu", [](V x) { return gelu(x); }, {}, "", "torch.nn.functional.gelu($0)",
          [](V x) { return x * (1 + erf(x / std::numbers::sqrt2)) / 2; }),
      unary(
          "expm1", [](V x) { return expm1(x); }, {.high = 2.5}, "", "", [](V x) { return exp(x) - 1; }),
      unary(
          "log1p", [](V x) { return log1p(x); }, {.low = -0.7}, "", "", [](V x) { return log(1 + x); }),
      unary(
          "sin", [](V x) { return sin(x); }, {}, "", "", [](V x) { return cos(x - std::numbers::pi / 2); }),
      unary("cos", [](V x) { return cos(x); }),
      unary(
          "tan", [](V x) { return tan(x); }, {.low = -1.2, .high = 1.2}, "", "", [](V x) { return sin(x) / cos(x); }),
      unary(
          "silu", [](V x) { return silu(x); }, {}, "", "torch.nn.functional.silu($0)",
          [](V x) { return x * sigmoid(x); }),
      unary(
          "softplus", [](V x) { return softplus(x); }, {.high = 18}, "", "torch.nn.functional.softplus($0)",
          [](V x) { return log(1 + exp(x)); }),
      unary(
          "to", [](V x) { return to(to(x, f64), x.dtype()); }, {}, "to($0, f64)", "$0.to(torch.float64)"),
      {"clamp",
       [](Builder& b, Step& step) {
         const double low = b.number(-1.5, 0), high = b.number(0, 1.5);
         step.arguments = {b.any(0, {.kinks = {low, high}})};
         step.attributes.all["low"] = low;
         step.attributes.all["high"] = high;
         return true;
       },
       [](Arguments x, const Attributes& a) { return Values{clamp(x[0], a.number("low"), a.number("high"))}; },
       "clamp($0, $low, $high)", "torch.clamp($0, $low, $high)",
       [](Arguments x, const Attributes& a) {
         const Variable low = scalar(a.number("low"), x[0].dtype()), high = scalar(a.number("high"), x[0].dtype());
         return Values{minimum(maximum(x[0], low), high)};
       }},
      {"dropout",
       [](Builder& b, Step& step) {
         step.arguments = {b.any()};
         step.attributes.all["p"] = b.number(0, 0.75);
         step.attributes.all["seed"] = b.below(1000);
         return true;
       },
       [](Arguments x, const Attributes& a) {
         Generator noise(static_cast<std::uint64_t>(a.integer("seed")));
         return Values{dropout(x[0], a.number("p"), &noise)};
       },
       "Generator noise_of_$r0($seed); const Variable $r0 = dropout($0, $p, &noise_of_$r0);", ""},
  };
}

std::vector<Operation> choices() {
  return {
      {"where", with_mask("condition", 2),
       [](Arguments x, const Attributes& a) { return Values{where(a.tensor("condition"), x[0], x[1])}; },
       "where($condition, $0, $1)", "torch.where($condition, $0, $1)",
       [](Arguments x, const Attributes& a) {
         const Tensor taken = to(a.tensor("condition"), x[0].dtype());
         return Values{x[0] * taken + x[1] * (1 - taken)};
       }},
      {"where_else_number", with_mask("condition", 1),
       [](Arguments x, const Attributes& a) { return Values{where(a.tensor("condition"), x[0], a.number("c"))}; },
       "where($condition, $0, $c)", "torch.where($condition, $0, $c)",
       [](Arguments x, const Attributes& a) {
         return Values{masked_fill(x[0], logical_not(a.tensor("condition")), a.number("c"))};
       }},
      {"where_number", with_mask("condition", 1),
       [](Arguments x, const Attributes& a) { return Values{where(a.tensor("condition"), a.number("c"), x[0])}; },
       "where($condition, $c, $0)", "torch.where($condition, $c, $0)",
       [](Arguments x, const Attributes& a) {
         return Values{masked_fill(x[0], a.tensor("condition"), a.number("c"))};
       }},
      {"masked_fill", with_mask("mask", 1),
       [](Arguments x, const Attributes& a) { return Values{masked_fill(x[0], a.tensor("mask"), a.number("c"))}; },
       "masked_fill($0, $mask, $c)", "$0.masked_fill($mask, $c)",
       [](Arguments x, const Attributes& a) { return Values{where(a.tensor("mask"), a.number("c"), x[0])}; }},
      binary(
          "mse_loss", [](const Variable& a, const Variable& b) { return mse_loss(a, b); }, "mse_loss($0, $1)",
          "(($0 - $1) ** 2).mean()"),
      binary(
          "binary_cross_entropy_with_logits",
          [](const Variable& a, const Variable& b) { return binary_cross_entropy_with_logits(a, b); },
          "binary_cross_entropy_with_logits($0, $1)",
          "torch.nn.functional.binary_cross_entropy_with_logits(*torch.broadcast_tensors($0, $1))", {.kinks = {0}},
          {.low = 0, .high = 1}, {},
          [](const Variable& z, const Variable& t) { return -mean(t * log(sigmoid(z)) + (1 - t) * log(sigmoid(-z))); }),
  };
}

}  // namespace

std::vector<Operation> elementwise_operations() {
  std::vector<Operation> result = arithmetic();
  for (Operation& operation : functions()) result.push_back(std::move(operation));
  for (Operation& operation : choices()) result.push_back(std::move(operation));
  // These bring a batch down to one number, so they cannot be a part of a program over sequences.
  result[result.size() - 1].draw_for_sequences = result[result.size() - 2].draw_for_sequences = {};
  return result;
}

}  // namespace glance::fuzz
