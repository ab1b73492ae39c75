// gradcheck accepts what is right, and names each kind of wrong derivative.
#include "glance/autograd/gradcheck.h"

#include <string>

#include "glance/autograd/activations.h"
#include "glance/autograd/arithmetic.h"
#include "glance/autograd/modes.h"
#include "glance/autograd/record.h"
#include "glance/autograd/reductions.h"
#include "tests/autograd/layouts.h"
#include "tests/catch.h"

namespace glance {
namespace {

using Rule = Variable (*)(const Saved&, const Variable&);

// x² with whatever it says its derivative is.
auto square_with(Rule rule) {
  return [rule](const Variable& x) { return record("square_with", {x}, square(x.value()), Save::inputs, rule); };
}

std::string failure(const Differentiable& f, std::initializer_list<Tensor> inputs,
                    const GradcheckOptions& options = {}) {
  try {
    gradcheck(f, inputs, options);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

bool begins_with(const std::string& text, const std::string& beginning) { return text.rfind(beginning, 0) == 0; }
bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

TEST_CASE("gradcheck accepts what is right") {
  const Tensor x = random_values({2, 3});
  const Tensor y = random_values({3}, -2, 2, 2);
  const Rule right = [](const Saved& s, const Variable& grad) { return grad * s.input(0) * 2; };
  CHECK_NOTHROW(gradcheck(square_with(right), {x}));
  CHECK_NOTHROW(gradcheck([](const Variable& a, const Variable& b) { return a * b; }, {x, y}));
  CHECK_NOTHROW(gradcheck([](std::span<const Variable> in) { return in[0] * in[1]; }, {x, y}));
  CHECK_NOTHROW(gradcheck([](const Variable& a) { return std::vector<Variable>{exp(a), sum(a)}; }, {x}));
}

TEST_CASE("gradcheck catches a wrong sign") {
  const Rule wrong = [](const Saved& s, const Variable& grad) { return grad * s.input(0) * -2; };
  const std::string text = failure(square_with(wrong), {tensor({3}, f64)});
  CHECK(begins_with(text, "gradcheck, order 1: input 0 [1] at [0]: "));
  CHECK(text.find(" by autograd but ") != std::string::npos);
  CHECK(ends_with(text, " by differences (1 of 1 elements disagree)"));
}

TEST_CASE("gradcheck says which element of which input disagrees most") {
  // Wrong by 1% where y > 1, and by 11% where y > 50.
  const auto f = [](const Variable& x, const Variable& y) {
    return x + record("square_with", {y}, square(y.value()), Save::inputs, [](const Saved& s, const Variable& grad) {
             const Tensor in = s.input(0).value();
             return grad * in * (2 + to(greater(in, 1), f64) * 0.02 + to(greater(in, 50), f64) * 0.2);
           });
  };
  const Tensor x = zeros({2, 3}, f64);
  const std::string text = failure(f, {x, tensor({{0, 2, 1}, {-5, 1, 90}}, f64)});
  CHECK(begins_with(text, "gradcheck, order 1: input 1 [2, 3] at [1, 2]: "));
  CHECK(ends_with(text, "(2 of 6 elements disagree)"));
}

TEST_CASE("gradcheck catches a rule that forgets the history of what it saved") {
  const Rule forgetful = [](const Saved& s, const Variable& grad) { return grad * (s.input(0).value() * 2); };
  const auto f = square_with(forgetful);
  CHECK(failure(f, {tensor({3}, f64)}, {.order = 1}).empty());
  CHECK(begins_with(failure(f, {tensor({3}, f64)}), "gradcheck, order 2: input 0 [1] at [0]: 0 by autograd but "));
}

TEST_CASE("gradcheck catches a rule that forgets the history of the gradient it was given") {
  const Rule forgetful = [](const Saved& s, const Variable& grad) { return grad.detach() * s.input(0) * 2; };
  CHECK(begins_with(failure(square_with(forgetful), {tensor({3}, f64)}),
                    "gradcheck, order 2: the gradient of output 0 [1] at [0]: 0 by autograd but "));
  const Rule without_any = [](const Saved& s, const Variable& grad) {
    return Variable(grad.value() * s.input(0).value() * 2);
  };
  CHECK(begins_with(failure(square_with(without_any), {tensor({3}, f64)}),
                    "gradcheck, order 2: input 0 [1] at [0]: 0 by autograd but "));
}

TEST_CASE("gradcheck catches a second form of a rule that differs from the first") {
  const auto f = [](const Variable& x) {
    return record(
        "triple", {x}, x.value() * 3, Save::nothing,
        InPlaceRule{[](const Saved&, const Variable& grad) { return grad * 2; },
                    [](const Saved&, const Tensor& grad, const Tensor& buffer) { add_into(buffer, grad * 3); }});
  };
  CHECK(failure(f, {tensor({3}, f64)}, {.order = 1}).empty());
  CHECK(begins_with(failure(f, {tensor({3}, f64)}), "gradcheck, order 2: the gradient of output 0"));
}

TEST_CASE("gradcheck catches an output that lost its history") {
  const auto f = [](const Variable& x) { return std::vector<Variable>{x * 2, exp(x).detach()}; };
  CHECK(begins_with(failure(f, {tensor({3}, f64)}), "gradcheck, order 1: input 0"));
  CHECK(failure([](const Variable& x) { return exp(x).detach(); }, {tensor({3}, f64)}) ==
        "gradcheck: no output depends on the inputs by differentiable operations");
}

TEST_CASE("gradcheck catches NaN where there should be a number") {
  const Rule wrong = [](const Saved& s, const Variable& grad) { return grad * log(s.input(0) * -1); };
  CHECK(failure(square_with(wrong), {tensor({3}, f64)}).find("nan by autograd") != std::string::npos);
}

TEST_CASE("gradcheck looks at outputs that are numbers only") {
  const auto f = [](const Variable& x) {
    return std::vector<Variable>{exp(x), Variable(greater(x.value(), 0)), Variable(tensor({1}, i64))};
  };
  CHECK_NOTHROW(gradcheck(f, {random_values({3})}));
}

TEST_CASE("gradcheck keeps strides, and leaves the inputs alone") {
  const Tensor x = random_values({3, 2});
  const Tensor before = copy(x);
  bool strided = true;
  const auto f = [&](const Variable& a, const Variable& b) {
    strided &= !a.value().is_dense() && a.value().strides() == transpose(x).strides();
    return a * b;
  };
  CHECK_NOTHROW(gradcheck(f, {transpose(x), expand(tensor({2}, f64), {2, 3})}));
  CHECK(strided);
  CHECK(same(x, before));
}

TEST_CASE("gradcheck moves a tensor that is given twice once at a time") {
  const Tensor x = random_values({3});
  CHECK_NOTHROW(gradcheck([](const Variable& a, const Variable& b) { return a * b; }, {x, x}));
}

TEST_CASE("gradcheck records even under NoGrad") {
  const NoGrad no_grad;
  CHECK_NOTHROW(gradcheck([](const Variable& x) { return exp(x); }, {random_values({3})}));
}

TEST_CASE("gradcheck: bad input is an error") {
  const Tensor x = random_values({2});
  const auto f = [](const Variable& a) { return exp(a); };
  CHECK(failure(f, {to(x, f32)}) == "gradcheck: input 0 is f32, too coarse for differences: convert with to(x, f64)");
  CHECK(failure(f, {x}, {.order = 3}) == "gradcheck: order 3: only 1 and 2 can be checked");
  CHECK(failure(f, {x}, {.step = 0}) == "gradcheck: step 0 and tolerance 1e-06: both must be positive");
  CHECK(failure(f, {}) == "gradcheck: no inputs: there is nothing to differentiate by");
  CHECK(failure(f, {x, x}) == "gradcheck: the function takes 1 Variables, but 2 inputs were given");
  CHECK(failure([](const Variable& a) { return log(a); }, {tensor({-1}, f64)}) ==
        "gradcheck: the function gives NaN or infinity at these inputs");
  CHECK(failure(
            [](const Variable& a) {
              return std::vector<Variable>{a * 2, Variable(to(a.value(), f32))};
            },
            {x}) == "gradcheck: output 1 is f32 though the inputs are f64: the function must keep the dtype");
  Generator noise(1);
  CHECK(failure([&](const Variable& a) { return dropout(a, 0.5, &noise); }, {random_values({20})}) ==
        "gradcheck: the function gives different values for the same inputs: start its generator from the same seed "
        "in each call");
}

}  // namespace
}  // namespace glance
