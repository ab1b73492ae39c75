// The cross-entropy kernel against its definition, PyTorch and differences, with weights and huge logits.
#include "glance/tensor/kernels/cross_entropy.h"

#include <cmath>

#include "glance/tensor/create.h"
#include "tests/catch.h"
#include "tests/tensor/kernel_check.h"

using namespace glance;
using namespace glance::kernel_check;

namespace {

CrossEntropyArguments arguments_for(const Shape& rows, Index classes, DType dtype, double smoothing) {
  Shape shape = rows;
  shape.push_back(classes);
  CrossEntropyArguments a;
  a.logits = from(numbers(noise(shape, f64, 1)), shape, dtype);
  a.targets = Tensor(rows, i64);
  for (Index i = 0; i < rows.numel(); ++i) a.targets.write<Index>()[i] = i % 3 == 2 ? -100 : (i * 7 + 3) % classes;
  a.label_smoothing = smoothing;
  return a;
}

// The definition, one number at a time.
double row_loss(const CrossEntropyArguments& a, Index row) {
  const auto z = numbers(a.logits);
  const Index classes = a.logits.shape(-1), target = a.targets.read<Index>()[row];
  if (target == a.ignore_index) return 0;
  const auto at = [&](Index j) { return z[static_cast<std::size_t>(row * classes + j)]; };
  double sum = 0, smooth = 0;
  for (Index j = 0; j < classes; ++j) sum += std::exp(at(j));
  for (Index j = 0; j < classes; ++j) smooth -= (at(j) - std::log(sum)) / static_cast<double>(classes);
  return (1 - a.label_smoothing) * (std::log(sum) - at(target)) + a.label_smoothing * smooth;
}

}  // namespace

TEST_CASE("cross-entropy follows its definition", "[cross_entropy]") {
  for (const Shape& rows : {Shape{5}, Shape{2, 4}, Shape{}})
    for (const Index classes : {1, 3, 37, 1000})
      for (const double smoothing : {0.0, 0.1, 1.0})
        for (const DType dtype : {f64, f32}) {
          INFO(to_string(rows) << " " << classes << " " << smoothing << " " << name(dtype));
          const CrossEntropyArguments a = arguments_for(rows, classes, dtype, smoothing);
          const CrossEntropyResult result = cross_entropy_forward(a);
          const double tolerance = dtype == f64 ? 1e-13 : 2e-6;
          double total = 0, count = 0;
          REQUIRE(result.losses.shape() == rows);
          for (Index row = 0; row < rows.numel(); ++row) {
            const double expected = row_loss(a, row);
            REQUIRE(numbers(result.losses)[static_cast<std::size_t>(row)] == Approx(expected).margin(tolerance * 10));
            total += expected;
            count += a.targets.read<Index>()[row] != -100;
          }
          REQUIRE(result.count == count);
          REQUIRE(result.loss.shape() == Shape{});
          REQUIRE(result.loss.item() == Approx(total / count).margin(tolerance * 10));
        }
}

TEST_CASE("cross-entropy's derivative is that of its value", "[cross_entropy]") {
  for (const Index classes : {1, 4, 37})
    for (const double smoothing : {0.0, 0.1}) {
      CrossEntropyArguments a = arguments_for({5}, classes, f64, smoothing);
      a.count = 7;
      const CrossEntropyResult result = cross_entropy_forward(a);
      const Tensor expected = numeric_gradient([&] { return 3 * cross_entropy_forward(a).loss.item(); }, a.logits);
      const Destination over{filled(a.logits.shape(), f64, 9), false}, onto{filled(a.logits.shape(), f64, 9), true};
      cross_entropy_backward(a, result.normaliser, scalar(3, a.logits.dtype()), over);
      check_close(over.tensor, expected, 1e-9);
      cross_entropy_backward(a, result.normaliser, scalar(3, a.logits.dtype()), onto);
      std::vector<double> sum = numbers(expected);
      for (double& value : sum) value += 9;
      check_close(onto.tensor, from(sum, a.logits.shape(), f64), 1e-9);

      CrossEntropyArguments single = a;
      single.logits = to_f32(a.logits);
      const Destination rounded{filled(a.logits.shape(), f32, 9), false};
      cross_entropy_backward(single, cross_entropy_forward(single).normaliser, scalar(3), rounded);
      check_close(rounded.tensor, expected, 1e-6);
    }
}

TEST_CASE("cross-entropy agrees with PyTorch", "[cross_entropy]") {
  // torch 2.13: F.cross_entropy(3 * noise, [0, 4, 2, 1], label_smoothing=0.1, ignore_index=2), and its gradient.
  CrossEntropyArguments a;
  std::vector<double> logits = numbers(noise({4, 5}, f64, 1));
  for (double& value : logits) value *= 3;
  a.logits = from(logits, {4, 5}, f64);
  a.targets = integers({0, 4, 2, 1});
  CHECK(cross_entropy_forward(a).loss.item() == Approx(4.5992577082).epsilon(1e-10));
  a.label_smoothing = 0.1;
  CHECK(cross_entropy_forward(a).loss.item() == Approx(4.47418697402).epsilon(1e-10));
  a.ignore_index = 2;
  const CrossEntropyResult result = cross_entropy_forward(a);
  CHECK(result.loss.item() == Approx(4.59629561553).epsilon(1e-10));
  check_close(result.losses, from({5.2242037, 3.28031362, 0, 5.28436953}, {4}, f64), 1e-8);
  a.count = result.count;
  const Destination d{filled({4, 5}, f64, 9), false};
  cross_entropy_backward(a, result.normaliser, scalar(1, a.logits.dtype()), d);
  check_close(d.tensor,
              from({-0.305117498,
                    -0.00441186753,
                    -0.00454261352,
                    -0.000781339548,
                    0.314853318,
                    0.00453142373,
                    0.00766289832,
                    -0.0006001814,
                    0.283180155,
                    -0.294774295,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0.243873675,
                    -0.305262795,
                    -0.00438962206,
                    0.0715145286,
                    -0.00573578691},
                   {4, 5}, f64),
              1e-8);
}

TEST_CASE("cross-entropy of large logits does not overflow, and of no rows is zero", "[cross_entropy]") {
  CrossEntropyArguments a;
  a.logits = from({1000, 0, -1000, 3e38, 0, -3e38}, {2, 3}, f32);
  a.targets = integers({0, 1});
  const CrossEntropyResult result = cross_entropy_forward(a);
  CHECK(numbers(result.losses)[0] == 0);
  CHECK(numbers(result.losses)[1] == Approx(3e38));
  a.count = 2;
  const Destination d{filled({2, 3}, f32, 9), false};
  cross_entropy_backward(a, result.normaliser, scalar(1, a.logits.dtype()), d);
  CHECK(numbers(d.tensor) == std::vector<double>{0, 0, 0, 0.5, -0.5, 0});

  a.targets = integers({-100, -100});
  a.count = 0;
  CHECK(cross_entropy_forward(a).loss.item() == 0);
  a.logits = Tensor({0, 3}, f32);
  a.targets = Tensor({0}, i64);
  CHECK(cross_entropy_forward(a).loss.item() == 0);
}

TEST_CASE("cross-entropy's errors say what does not fit", "[cross_entropy]") {
  const auto message = [&](const auto& change) {
    CrossEntropyArguments a = arguments_for({4}, 5, f32, 0);
    change(a);
    try {
      cross_entropy_forward(a);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  CHECK(message([](auto& a) {
          a.targets = integers({0, 1, 5, 2});
        }) == "softmax_cross_entropy: target 5 of row 2 is not a class: there are 5, counted from 0");
  CHECK(message([](auto& a) {
          a.targets = integers({0, -1, 3, 2});
        }) == "softmax_cross_entropy: target -1 of row 1 is not a class: there are 5, counted from 0");
  CHECK(message([](auto& a) { a.targets = integers({0, 1, 2}); }).find("[4]") != std::string::npos);
  CHECK(message([](auto& a) { a.targets = noise({4}, f32, 1); }).find("f32") != std::string::npos);
  CHECK(message([](auto& a) { a.logits = {}; }).find("[..., classes]") != std::string::npos);
  CHECK(message([](auto& a) { a.logits = to(a.logits, i64); }).find("i64") != std::string::npos);
  CHECK(message([](auto& a) { a.label_smoothing = 1.5; }) ==
        "softmax_cross_entropy: label smoothing 1.5: give a share from 0 to 1");
  CHECK(message([](auto& a) { a.label_smoothing = std::nan(""); }) != "no error");
  CHECK(message([](auto& a) { a.weight = Tensor({4}, f32); }) ==
        "softmax_cross_entropy: the weight of classes is [4], expected [5]");
  CHECK(message([](auto& a) { a.weight = Tensor({5}, f64); }).find("f64") != std::string::npos);
  const CrossEntropyArguments a = arguments_for({4}, 5, f32, 0);
  CHECK_THROWS_AS(cross_entropy_backward(a, Tensor({4, 3}, f32), scalar(1), {Tensor({4, 5}, f32), false}), Error);
  CHECK_THROWS_AS(cross_entropy_backward(a, Tensor({4, 2}, f32), scalar(1), {Tensor({4, 4}, f32), false}), Error);
  CHECK_THROWS_WITH(cross_entropy_backward(a, Tensor({4, 2}, f32), Tensor({3}, f32), {Tensor({4, 5}, f32), false}),
                    "softmax_cross_entropy: the gradient of the loss is [3], expected [4]");
}

TEST_CASE("cross-entropy with weights of classes, by hand and by differences", "[cross_entropy]") {
  // p = 1/4, 3/4: the losses are 2 ln 4 and 1 ln 4/3, their mean is over the weights 2 + 1.
  CrossEntropyArguments a;
  a.logits = from({0, std::log(3.0), 0, std::log(3.0)}, {2, 2}, f64);
  a.targets = integers({0, 1});
  a.weight = from({2, 1}, {2}, f64);
  CHECK(cross_entropy_forward(a).loss.item() == Approx((2 * std::log(4.0) + std::log(4.0 / 3)) / 3));
  CHECK(cross_entropy_forward(a).count == 3);
  a.label_smoothing = 0.5;
  const double all = (2 * std::log(4.0) + std::log(4.0 / 3)) / 2;
  check_close(cross_entropy_forward(a).losses,
              from({std::log(4.0) + all / 2, std::log(4.0 / 3) / 2 + all / 2}, {2}, f64), 1e-12);

  for (const double smoothing : {0.0, 0.3}) {
    CrossEntropyArguments b = arguments_for({5}, 37, f64, smoothing);
    b.weight = from(numbers(noise({37}, f64, 2)), {37}, f64);
    b.count = 1;
    const CrossEntropyResult result = cross_entropy_forward(b);
    const Tensor expected = numeric_gradient([&] { return cross_entropy_forward(b).loss.item(); }, b.logits);
    const Destination over{filled(b.logits.shape(), f64, 9), false}, onto{filled(b.logits.shape(), f64, 9), true};
    cross_entropy_backward(b, result.normaliser, scalar(1, f64), over);
    check_close(over.tensor, expected, 1e-8);
    cross_entropy_backward(b, result.normaliser, scalar(1, f64), onto);
    std::vector<double> sum = numbers(expected);
    for (double& value : sum) value += 9;
    check_close(onto.tensor, from(sum, b.logits.shape(), f64), 1e-8);
  }
}

TEST_CASE("each row of cross-entropy has a gradient of its own", "[cross_entropy]") {
  CrossEntropyArguments a = arguments_for({5}, 4, f64, 0.1);
  a.count = 1;
  const CrossEntropyResult result = cross_entropy_forward(a);
  const Tensor by_row = from({1, -2, 5, 0, 0.5}, {5}, f64);
  const Tensor expected = numeric_gradient(
      [&] {
        double total = 0;
        const auto losses = numbers(cross_entropy_forward(a).losses);
        for (std::size_t i = 0; i < losses.size(); ++i) total += losses[i] * numbers(by_row)[i];
        return total;
      },
      a.logits);
  const Destination d{filled(a.logits.shape(), f64, 9), false};
  cross_entropy_backward(a, result.normaliser, by_row, d);
  check_close(d.tensor, expected, 1e-9);
}
