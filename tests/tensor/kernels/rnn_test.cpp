#include "glance/tensor/kernels/rnn.h"

#include <cmath>

#include "tests/catch.h"
#include "tests/tensor/kernel_check.h"

using namespace glance;
using namespace glance::kernel_check;

namespace {

struct Case {
  Index batch, time, in, hidden;
  std::vector<Index> lengths;  // empty: all full
  Nonlinearity nonlinearity = Nonlinearity::tanh;
  bool state = true, biases = true, reverse = false;
};

const std::vector<Case> cases{
    {3, 4, 2, 5, {}},
    {1, 3, 4, 3, {}, Nonlinearity::relu, false},
    {4, 5, 3, 7, {2, 5, 0, 3}},
    {4, 5, 3, 7, {2, 5, 0, 3}, Nonlinearity::relu, true, true, true},
    {5, 4, 1, 1, {4, 4, 1, 2, 4}, Nonlinearity::tanh, false, false},
    {2, 6, 19, 37, {5, 4}, Nonlinearity::tanh, true, true, true},
    {2, 3, 2, 16, {0, 0}},
};

RnnArguments arguments_for(const Case& c, DType dtype) {
  RnnArguments a;
  a.x = noise({c.batch, c.time, c.in}, dtype, 1);
  a.weight_ih = noise({c.hidden, c.in}, dtype, 2);
  a.weight_hh = noise({c.hidden, c.hidden}, dtype, 3);
  if (c.biases) {
    a.bias_ih = noise({c.hidden}, dtype, 4);
    a.bias_hh = noise({c.hidden}, dtype, 5);
  }
  if (c.state) a.hidden = noise({c.batch, c.hidden}, dtype, 6);
  if (!c.lengths.empty()) a.lengths = integers(c.lengths);
  a.nonlinearity = c.nonlinearity;
  a.reverse = c.reverse;
  return a;
}

// The equation, one number at a time.
struct Reference {
  std::vector<double> output, hidden;

  explicit Reference(const RnnArguments& a) {
    const Index batch = a.x.shape(0), time = a.x.shape(1), in = a.x.shape(2), size = a.weight_hh.shape(1);
    const auto read = [](const Tensor& x, Index count) {
      return x.defined() ? numbers(x) : std::vector<double>(static_cast<std::size_t>(count));
    };
    const auto at = [](const std::vector<double>& v, Index i) { return v[static_cast<std::size_t>(i)]; };
    const auto x = numbers(a.x), w = numbers(a.weight_ih), u = numbers(a.weight_hh);
    const auto b = read(a.bias_ih, size), d = read(a.bias_hh, size);
    hidden = read(a.hidden, batch * size);
    output.assign(static_cast<std::size_t>(batch * time * size), 0);
    for (Index row = 0; row < batch; ++row) {
      const Index length = a.lengths.defined() ? a.lengths.read<Index>()[row] : time;
      for (Index step = 0; step < length; ++step) {
        const Index t = a.reverse ? length - 1 - step : step;
        std::vector<double> next;
        for (Index k = 0; k < size; ++k) {
          double z = at(b, k) + at(d, k);
          for (Index j = 0; j < in; ++j) z += at(w, k * in + j) * at(x, (row * time + t) * in + j);
          for (Index j = 0; j < size; ++j) z += at(u, k * size + j) * at(hidden, row * size + j);
          next.push_back(a.nonlinearity == Nonlinearity::tanh ? std::tanh(z) : std::max(z, 0.0));
        }
        for (Index k = 0; k < size; ++k) {
          hidden[static_cast<std::size_t>(row * size + k)] = at(next, k);
          output[static_cast<std::size_t>((row * time + t) * size + k)] = at(next, k);
        }
      }
    }
  }
};

RnnDestinations destinations_for(const RnnArguments& a, double start, bool accumulate) {
  const auto make = [&](const Tensor& x) {
    return x.defined() ? Destination{filled(x.shape(), x.dtype(), start), accumulate} : Destination{};
  };
  return {make(a.x), make(a.weight_ih), make(a.weight_hh), make(a.bias_ih), make(a.bias_hh), make(a.hidden)};
}

}  // namespace

TEST_CASE("an RNN follows its equation", "[rnn]") {
  for (const Case& c : cases)
    for (const DType dtype : {f64, f32}) {
      INFO(c.batch << " " << c.time << " " << c.in << " " << c.hidden << " " << name(dtype));
      const RnnArguments a = arguments_for(c, dtype);
      const RnnResult result = rnn_forward(a);
      const Reference expected(a);
      const double tolerance = dtype == f64 ? 1e-12 : 3e-5;  // some of these networks amplify
      check_close(result.output, from(expected.output, result.output.shape(), f64), tolerance);
      check_close(result.hidden, from(expected.hidden, result.hidden.shape(), f64), tolerance);
    }
}

TEST_CASE("an RNN's derivatives are those of its values", "[rnn]") {
  for (const Case& c : cases) {
    INFO(c.batch << " " << c.time << " " << c.in << " " << c.hidden);
    const RnnArguments a = arguments_for(c, f64);
    const Tensor d_output = noise({c.batch, c.time, c.hidden}, f64, 11), d_hidden = noise({c.batch, c.hidden}, f64, 12);
    const auto loss = [&] {
      const RnnResult r = rnn_forward(a);
      return dot(r.output, d_output) + dot(r.hidden, d_hidden);
    };
    for (const bool accumulate : {false, true}) {
      const RnnDestinations to = destinations_for(a, 7, accumulate);
      rnn_backward(a, rnn_forward(a).saved, {d_output, d_hidden}, to);
      const auto check = [&](const Destination& gradient, const Tensor& x) {
        if (!x.defined()) return;
        std::vector<double> expected = numbers(numeric_gradient(loss, x));
        for (double& value : expected) value += accumulate ? 7 : 0;
        check_close(gradient.tensor, from(expected, x.shape(), f64), 1e-7);
      };
      check(to.x, a.x);
      check(to.weight_ih, a.weight_ih);
      check(to.weight_hh, a.weight_hh);
      check(to.bias_ih, a.bias_ih);
      check(to.bias_hh, a.bias_hh);
      check(to.hidden, a.hidden);
    }
    // Only what is wanted, from what is given.
    const RnnDestinations all = destinations_for(a, 0, false);
    rnn_backward(a, rnn_forward(a).saved, {filled(d_output.shape(), f64, 0), d_hidden}, all);
    RnnDestinations one;
    one.weight_hh = {filled(a.weight_hh.shape(), f64, 0), false};
    rnn_backward(a, rnn_forward(a).saved, {{}, d_hidden}, one);
    check_close(one.weight_hh.tensor, all.weight_hh.tensor, 0);
  }
}

TEST_CASE("an RNN agrees with PyTorch", "[rnn]") {
  // torch 2.13: nn.RNN(2, 3) on packed sequences of lengths 3 and 2, and the gradient of output.sum().
  RnnArguments a = arguments_for({2, 3, 2, 3, {3, 2}}, f64);
  check_close(
      rnn_forward(a).output,
      from({0.0820758816, -0.988418067, 0.982857429, -0.137090172, -0.995698103, 0.471049671, 0.82464234, -0.971167761,
            0.362336993, -0.738622838, -0.952319955, 0.990743702, 0.509318009, -0.979239686, 0.611664935, 0, 0, 0},
           {2, 3, 3}, f64),
      1e-8);
  a.nonlinearity = Nonlinearity::relu;
  const RnnResult result = rnn_forward(a);
  check_close(result.output,
              from({0.0822609302, 0, 2.37536465, 0, 0, 0.222426115, 0.488546275, 0, 0.912853663, 0, 0, 2.68547967, 0, 0,
                    0, 0, 0, 0},
                   {2, 3, 3}, f64),
              1e-8);
  const RnnDestinations to = destinations_for(a, 7, false);
  rnn_backward(a, result.saved, {filled({2, 3, 3}, f64, 1), {}}, to);
  check_close(
      to.weight_hh.tensor,
      from({-0.708711774, -0.75298292, -0.260948937, 0, 0, 0, -1.51504843, -0.137688986, -0.115853479}, {3, 3}, f64),
      1e-8);
}

TEST_CASE("pads of an RNN are never looked at", "[rnn]") {
  const RnnArguments a = arguments_for({2, 3, 2, 4, {1, 2}}, f32);
  float* x = a.x.write<float>();
  for (const Index i : {2, 3, 4, 5, 10, 11}) x[i] = std::nanf("");
  const RnnResult result = rnn_forward(a);
  const RnnDestinations to = destinations_for(a, 7, false);
  const Tensor d_output = noise({2, 3, 4}, f32, 11);
  for (const Index i : {4, 5, 6, 7, 8, 9, 10, 11, 20, 21, 22, 23}) d_output.write<float>()[i] = std::nanf("");
  rnn_backward(a, result.saved, {d_output, {}}, to);
  for (const Tensor& t : {result.output, result.hidden, to.x.tensor, to.weight_ih.tensor, to.weight_hh.tensor,
                          to.bias_ih.tensor, to.hidden.tensor})
    for (const double value : numbers(t)) REQUIRE(std::isfinite(value));
  for (const std::size_t i : {2u, 3u, 4u, 5u, 10u, 11u}) CHECK(numbers(to.x.tensor)[i] == 0);
}

TEST_CASE("an RNN's relu keeps NaN, and empty inputs are taken", "[rnn]") {
  RnnArguments a = arguments_for({1, 1, 1, 1, {}, Nonlinearity::relu}, f32);
  a.x.write<float>()[0] = std::nanf("");
  CHECK(std::isnan(numbers(rnn_forward(a).output)[0]));
  for (const Case& c : {Case{0, 3, 2, 4, {}}, Case{2, 0, 2, 4, {}}, Case{2, 3, 0, 4, {}}, Case{2, 3, 2, 0, {}}}) {
    const RnnArguments empty = arguments_for(c, f64);
    const RnnResult result = rnn_forward(empty);
    const RnnDestinations to = destinations_for(empty, 7, false);
    rnn_backward(empty, result.saved, {noise(result.output.shape(), f64, 1), {}}, to);
    if (c.batch == 0 || c.time == 0)
      for (const double value : numbers(to.weight_hh.tensor)) REQUIRE(value == 0);
  }
}

TEST_CASE("an RNN's errors say what does not fit", "[rnn]") {
  const auto message = [&](const auto& change) {
    RnnArguments a = arguments_for({2, 3, 4, 5, {}}, f32);
    change(a);
    try {
      rnn_forward(a);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  CHECK(message([](auto& a) { a.x = noise({2, 3}, f32, 1); }) == "rnn: x is [2, 3], expected [batch, time, in]");
  CHECK(message([](auto& a) {
          a.x = noise({2, 3, 6}, f32, 1);
        }) == "rnn: x [2, 3, 6] and weight_ih [5, 4]: wanted x [..., in] and weight_ih [hidden, in]");
  CHECK(message([](auto& a) { a.weight_ih = noise({6, 4}, f32, 1); }) == "rnn: weight_ih is [6, 4], expected [5, 4]");
  CHECK(message([](auto& a) { a.weight_hh = noise({5, 4}, f32, 1); }) == "rnn: weight_hh is [5, 4], expected [4, 4]");
  CHECK(message([](auto& a) { a.bias_ih = noise({4}, f32, 1); }) == "rnn: bias_ih is [4], expected [5]");
  CHECK(message([](auto& a) {
          a.hidden = noise({2, 5}, f64, 1);
        }) == "rnn: hidden is f64, expected f32: convert with to(x, f32)");
  CHECK(message([](auto& a) {
          a.lengths = integers({1, 4});
        }) == "rnn: length 4 of row 1 is not from 0 to 3, the steps of x");
  const RnnArguments a = arguments_for({2, 3, 4, 5, {}}, f32);
  const RnnSaved saved = rnn_forward(a).saved;
  CHECK_THROWS_AS(rnn_backward(a, saved, {noise({2, 3, 4}, f32, 1), {}}, {}), Error);
  CHECK_THROWS_AS(rnn_backward(a, {}, {}, {}), Error);
  RnnDestinations to;
  to.x = {Tensor({2, 3, 5}, f32), false};
  CHECK_THROWS_AS(rnn_backward(a, saved, {}, to), Error);
}
