#include "glance/tensor/kernels/lstm.h"

#include <cmath>

#include "tests/catch.h"
#include "tests/tensor/kernel_check.h"

using namespace glance;
using namespace glance::kernel_check;

namespace {

struct Case {
  Index batch, time, in, hidden;
  std::vector<Index> lengths;  // empty: all full
  bool states = true, biases = true, reverse = false;
};

const std::vector<Case> cases{
    {3, 4, 2, 5, {}},
    {1, 3, 4, 3, {}, false, true},
    {4, 5, 3, 7, {2, 5, 0, 3}},
    {4, 5, 3, 7, {2, 5, 0, 3}, true, true, true},
    {5, 4, 1, 1, {4, 4, 1, 2, 4}, false, false},
    {2, 6, 19, 37, {5, 4}},
    {2, 3, 2, 16, {0, 0}},
    {3, 3, 2, 4, {3, 3, 3}, true, false, true},
};

LstmArguments arguments_for(const Case& c, DType dtype) {
  LstmArguments a;
  a.x = noise({c.batch, c.time, c.in}, dtype, 1);
  a.weight_ih = noise({4 * c.hidden, c.in}, dtype, 2);
  a.weight_hh = noise({4 * c.hidden, c.hidden}, dtype, 3);
  if (c.biases) {
    a.bias_ih = noise({4 * c.hidden}, dtype, 4);
    a.bias_hh = noise({4 * c.hidden}, dtype, 5);
  }
  if (c.states) {
    a.hidden = noise({c.batch, c.hidden}, dtype, 6);
    a.cell = noise({c.batch, c.hidden}, dtype, 7);
  }
  if (!c.lengths.empty()) a.lengths = integers(c.lengths);
  a.reverse = c.reverse;
  return a;
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

// The three equations, one number at a time.
struct Reference {
  std::vector<double> output, hidden, cell;

  explicit Reference(const LstmArguments& a) {
    const Index batch = a.x.shape(0), time = a.x.shape(1), in = a.x.shape(2), size = a.weight_hh.shape(1);
    const auto read = [](const Tensor& x, Index count) {
      return x.defined() ? numbers(x) : std::vector<double>(static_cast<std::size_t>(count));
    };
    const auto x = numbers(a.x), w = numbers(a.weight_ih), u = numbers(a.weight_hh);
    const auto b = read(a.bias_ih, 4 * size), d = read(a.bias_hh, 4 * size);
    hidden = read(a.hidden, batch * size);
    cell = read(a.cell, batch * size);
    output.assign(static_cast<std::size_t>(batch * time * size), 0);
    const auto at = [](std::vector<double> const& v, Index i) { return v[static_cast<std::size_t>(i)]; };
    for (Index row = 0; row < batch; ++row) {
      const Index length = a.lengths.defined() ? a.lengths.read<Index>()[row] : time;
      for (Index step = 0; step < length; ++step) {
        const Index t = a.reverse ? length - 1 - step : step;
        std::vector<double> gates;
        for (Index k = 0; k < 4 * size; ++k) {
          double sum = at(b, k) + at(d, k);
          for (Index j = 0; j < in; ++j) sum += at(w, k * in + j) * at(x, (row * time + t) * in + j);
          for (Index j = 0; j < size; ++j) sum += at(u, k * size + j) * at(hidden, row * size + j);
          gates.push_back(sum);
        }
        for (Index j = 0; j < size; ++j) {
          const double i = sigmoid(at(gates, j)), f = sigmoid(at(gates, size + j));
          const double g = std::tanh(at(gates, 2 * size + j)), o = sigmoid(at(gates, 3 * size + j));
          double& c = cell[static_cast<std::size_t>(row * size + j)];
          c = f * c + i * g;
          hidden[static_cast<std::size_t>(row * size + j)] = o * std::tanh(c);
        }
        for (Index j = 0; j < size; ++j)
          output[static_cast<std::size_t>((row * time + t) * size + j)] = at(hidden, row * size + j);
      }
    }
  }
};

void check_forward(const LstmArguments& a, const LstmResult& result, double tolerance) {
  const Reference expected(a);
  check_close(result.output, from(expected.output, result.output.shape(), f64), tolerance);
  check_close(result.hidden, from(expected.hidden, result.hidden.shape(), f64), tolerance);
  check_close(result.cell, from(expected.cell, result.cell.shape(), f64), tolerance);
}

// Overwrites the pads of [batch, time, features].
void fill_pads(const Tensor& x, const std::vector<Index>& lengths, double value) {
  const Index time = x.shape(1), features = x.shape(2);
  for (Index row = 0; row < x.shape(0); ++row)
    for (Index j = lengths[static_cast<std::size_t>(row)] * features; j < time * features; ++j)
      if (x.dtype() == f32)
        x.write<float>()[row * time * features + j] = static_cast<float>(value);
      else
        x.write<double>()[row * time * features + j] = value;
}

LstmDestinations destinations_for(const LstmArguments& a, double start, bool accumulate) {
  const auto make = [&](const Tensor& x) {
    return x.defined() ? Destination{filled(x.shape(), x.dtype(), start), accumulate} : Destination{};
  };
  return {make(a.x),       make(a.weight_ih), make(a.weight_hh), make(a.bias_ih),
          make(a.bias_hh), make(a.hidden),    make(a.cell)};
}

}  // namespace

TEST_CASE("an LSTM follows its equations", "[lstm]") {
  for (const Case& c : cases) {
    INFO(c.batch << " " << c.time << " " << c.in << " " << c.hidden << " reverse " << c.reverse);
    const LstmArguments exact = arguments_for(c, f64);
    check_forward(exact, lstm_forward(exact), 1e-13);
    const LstmArguments a = arguments_for(c, f32);
    check_forward(a, lstm_forward(a), 2e-6);
  }
}

TEST_CASE("an LSTM's derivatives are those of its values", "[lstm]") {
  for (const Case& c : cases) {
    INFO(c.batch << " " << c.time << " " << c.in << " " << c.hidden << " reverse " << c.reverse);
    const LstmArguments a = arguments_for(c, f64);
    const LstmGradients gradients{noise({c.batch, c.time, c.hidden}, f64, 11), noise({c.batch, c.hidden}, f64, 12),
                                  noise({c.batch, c.hidden}, f64, 13)};
    const auto loss = [&] {
      const LstmResult r = lstm_forward(a);
      return dot(r.output, gradients.output) + dot(r.hidden, gradients.hidden) + dot(r.cell, gradients.cell);
    };
    const LstmDestinations to = destinations_for(a, 7, false);
    lstm_backward(a, lstm_forward(a).saved, gradients, to);
    check_close(to.x.tensor, numeric_gradient(loss, a.x), 1e-8);
    check_close(to.weight_ih.tensor, numeric_gradient(loss, a.weight_ih), 1e-8);
    check_close(to.weight_hh.tensor, numeric_gradient(loss, a.weight_hh), 1e-8);
    if (c.biases) {
      check_close(to.bias_ih.tensor, numeric_gradient(loss, a.bias_ih), 1e-8);
      check_close(to.bias_hh.tensor, numeric_gradient(loss, a.bias_hh), 1e-8);
    }
    if (c.states) {
      check_close(to.hidden.tensor, numeric_gradient(loss, a.hidden), 1e-8);
      check_close(to.cell.tensor, numeric_gradient(loss, a.cell), 1e-8);
    }

    // Added onto what is there, and in f32.
    const LstmDestinations onto = destinations_for(a, 7, true);
    lstm_backward(a, lstm_forward(a).saved, gradients, onto);
    const LstmArguments single = arguments_for(c, f32);
    const LstmDestinations rounded = destinations_for(single, 7, false);
    lstm_backward(single, lstm_forward(single).saved,
                  {to_f32(gradients.output), to_f32(gradients.hidden), to_f32(gradients.cell)}, rounded);
    const auto compare = [](const Destination& once, const Destination& added, const Destination& in_f32) {
      if (!once.wanted()) return;
      std::vector<double> plus_seven = numbers(once.tensor);
      for (double& value : plus_seven) value += 7;
      check_close(added.tensor, from(plus_seven, once.tensor.shape(), f64), 1e-12);
      check_close(in_f32.tensor, once.tensor, 1e-5);
    };
    compare(to.x, onto.x, rounded.x);
    compare(to.weight_ih, onto.weight_ih, rounded.weight_ih);
    compare(to.weight_hh, onto.weight_hh, rounded.weight_hh);
    compare(to.bias_ih, onto.bias_ih, rounded.bias_ih);
    compare(to.bias_hh, onto.bias_hh, rounded.bias_hh);
    compare(to.hidden, onto.hidden, rounded.hidden);
    compare(to.cell, onto.cell, rounded.cell);
  }
}

TEST_CASE("an LSTM agrees with PyTorch", "[lstm]") {
  // torch 2.13: nn.LSTM(2, 3) on packed sequences of lengths 3 and 2, and the gradients of
  // (output.sum() + 2 * c_n.sum()).
  const LstmArguments a = arguments_for({2, 3, 2, 3, {3, 2}}, f64);
  const LstmResult result = lstm_forward(a);
  check_close(result.output,
              from({0.425775138, -0.0109712543, -0.388510194, 0.36283785, -0.0374843322, -0.553931746, 0.611399347,
                    -0.0885505107, -0.156157859, 0.168675066, -0.0333903743, 0.127990565, 0.440914838, -0.0778292545,
                    0.0584747562, 0, 0, 0},
                   {2, 3, 3}, f64),
              1e-8);
  check_close(result.cell,
              from({0.994104892, -0.194694343, -0.308992286, 0.667012547, -0.161925336, 0.120138683}, {2, 3}, f64),
              1e-8);
  const LstmDestinations to = destinations_for(a, 7, false);
  lstm_backward(a, result.saved, {filled({2, 3, 3}, f64, 1), {}, filled({2, 3}, f64, 2)}, to);
  check_close(to.x.tensor,
              from({0.483889264, -0.603674751, 1.19719841, -0.167791067, 1.85573011, 0.300506342, 1.31146019, 1.0239861,
                    1.31535307, 0.184582257, 0, 0},
                   {2, 3, 2}, f64),
              1e-8);
  check_close(to.bias_hh.tensor,
              from({1.43277091, -0.76193049, -0.297885331, 1.29434301, -0.184238989, -0.210879072, 3.17695959,
                    0.13851736, 6.3982927, 0.557899288, -0.190274782, -0.440435139},
                   {12}, f64),
              1e-8);
  check_close(to.hidden.tensor,
              from({0.715676081, -0.311303804, 0.789377394, -0.538962929, 1.51096645, 1.2696138}, {2, 3}, f64), 1e-8);
}

TEST_CASE("pads of an LSTM are never looked at and never change", "[lstm]") {
  const Case c{4, 5, 3, 6, {2, 5, 0, 3}};
  const LstmArguments a = arguments_for(c, f32);
  fill_pads(a.x, c.lengths, std::nan(""));
  const LstmResult result = lstm_forward(a);
  const LstmGradients gradients{noise({4, 5, 6}, f32, 11), {}, {}};
  fill_pads(gradients.output, c.lengths, std::nan(""));
  const LstmDestinations to = destinations_for(a, 7, false);
  lstm_backward(a, result.saved, gradients, to);
  for (const Tensor& x : {result.output, result.hidden, result.cell, to.x.tensor, to.weight_ih.tensor,
                          to.weight_hh.tensor, to.bias_ih.tensor, to.hidden.tensor, to.cell.tensor})
    for (const double value : numbers(x)) REQUIRE(std::isfinite(value));
  const Tensor d_x = copy(to.x.tensor), output = copy(result.output);
  fill_pads(d_x, c.lengths, 0);
  fill_pads(output, c.lengths, 0);
  check_close(to.x.tensor, d_x, 0);
  check_close(result.output, output, 0);
}

TEST_CASE("an LSTM computes only the gradients that are wanted, from those that are given", "[lstm]") {
  const Case c{3, 4, 2, 5, {4, 1, 3}};
  const LstmArguments a = arguments_for(c, f64);
  const LstmResult result = lstm_forward(a);
  const Tensor zeros = filled({3, 4, 5}, f64, 0), no_cell = filled({3, 5}, f64, 0), d_hidden = noise({3, 5}, f64, 12);
  const LstmDestinations all = destinations_for(a, 0, false);
  lstm_backward(a, result.saved, {zeros, d_hidden, no_cell}, all);
  LstmDestinations one;
  one.weight_hh = {filled(a.weight_hh.shape(), f64, 0)};
  lstm_backward(a, result.saved, {{}, d_hidden, {}}, one);
  check_close(one.weight_hh.tensor, all.weight_hh.tensor, 0);
  LstmDestinations state;
  state.cell = {filled({3, 5}, f64, 0)};
  lstm_backward(a, result.saved, {{}, d_hidden, {}}, state);
  check_close(state.cell.tensor, all.cell.tensor, 0);
  lstm_backward(a, result.saved, {}, all);
  for (const double value : numbers(all.weight_ih.tensor)) REQUIRE(value == 0);
}

TEST_CASE("a step of an LSTM is a sequence of one", "[lstm]") {
  for (const Case& c : {Case{3, 1, 4, 5, {}}, Case{2, 1, 3, 17, {}, false, false}}) {
    const LstmArguments sequence = arguments_for(c, f64);
    LstmArguments step = sequence;
    step.x = Tensor(sequence.x, {c.batch, c.in}, {c.in, 1}, 0);
    const LstmResult expected = lstm_forward(sequence);
    const LstmCellResult result = lstm_cell_forward(step);
    check_close(result.hidden, expected.hidden, 1e-15);
    check_close(result.cell, expected.cell, 1e-15);
    check_close(result.gates, expected.saved.gates, 1e-15);

    const Tensor d_hidden = noise({c.batch, c.hidden}, f64, 12), d_cell = noise({c.batch, c.hidden}, f64, 13);
    for (const bool with_cell : {true, false})
      for (const bool accumulate : {false, true}) {
        const LstmDestinations all = destinations_for(sequence, 7, accumulate),
                               to = destinations_for(step, 7, accumulate);
        const Tensor d_c = with_cell ? d_cell : Tensor();
        lstm_backward(sequence, expected.saved, {{}, d_hidden, d_c}, all);
        lstm_cell_backward(step, result.gates, result.cell, d_hidden, d_c, to);
        check_close(to.x.tensor, Tensor(all.x.tensor, {c.batch, c.in}, {c.in, 1}, 0), 1e-14);
        check_close(to.weight_ih.tensor, all.weight_ih.tensor, 1e-14);
        check_close(to.weight_hh.tensor, all.weight_hh.tensor, 1e-14);
        if (c.biases) check_close(to.bias_hh.tensor, all.bias_hh.tensor, 1e-14);
        if (c.states) check_close(to.hidden.tensor, all.hidden.tensor, 1e-14);
        if (c.states) check_close(to.cell.tensor, all.cell.tensor, 1e-14);
      }
  }
  CHECK_THROWS_AS(lstm_cell_forward(arguments_for({3, 1, 4, 5, {}}, f64)), Error);
}

TEST_CASE("an LSTM takes strided arguments", "[lstm]") {
  const Case c{3, 4, 2, 5, {}};
  LstmArguments a = arguments_for(c, f64);
  const LstmResult expected = lstm_forward(a);
  const auto reversed_layout =
      [](const Tensor& x) {  // the same numbers, with the first two dimensions' strides swapped
        const Index rows = x.shape(0), columns = x.shape(1), rest = x.numel() / (rows * columns);
        Tensor base({columns, rows, rest}, f64);
        Strides strides{rest, rows * rest, 1};
        const Tensor view(base, x.shape(), strides, 0);
        assign(view, x);
        return view;
      };
  for (Tensor* x : {&a.x, &a.weight_ih, &a.weight_hh, &a.hidden, &a.cell}) *x = reversed_layout(*x);
  REQUIRE_FALSE(a.weight_hh.is_dense());
  const LstmResult strided = lstm_forward(a);
  check_close(strided.output, expected.output, 0);
  check_close(strided.cell, expected.cell, 0);
}

TEST_CASE("empty LSTM inputs", "[lstm]") {
  for (const Case& c : {Case{0, 3, 2, 4, {}}, Case{2, 0, 2, 4, {}}, Case{2, 3, 0, 4, {}}, Case{2, 3, 2, 0, {}}}) {
    const LstmArguments a = arguments_for(c, f64);
    const LstmResult result = lstm_forward(a);
    check_forward(a, result, 1e-14);
    const LstmDestinations to = destinations_for(a, 7, false);
    lstm_backward(a, result.saved, {noise(result.output.shape(), f64, 1), {}, {}}, to);
    if (c.batch == 0 || c.time == 0)
      for (const double value : numbers(to.weight_hh.tensor)) REQUIRE(value == 0);
  }
}

TEST_CASE("an LSTM's errors say what does not fit", "[lstm]") {
  const Case c{2, 3, 4, 5, {}};
  const auto message = [&](const auto& change) {
    LstmArguments a = arguments_for(c, f32);
    change(a);
    try {
      lstm_forward(a);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  CHECK(message([](LstmArguments& a) {
          a.x = noise({2, 3}, f32, 1);
        }) == "lstm: x is [2, 3], expected [batch, time, in]");
  CHECK(message([](LstmArguments& a) { a.x = {}; }) == "lstm: x is undefined: give a tensor");
  CHECK(message([](LstmArguments& a) {
          a.x = noise({2, 3, 6}, f32, 1);
        }) == "lstm: x [2, 3, 6] and weight_ih [20, 4]: wanted x [..., in] and weight_ih [4 hidden, in]");
  CHECK(message([](LstmArguments& a) {
          a.weight_hh = noise({20, 4}, f32, 1);
        }) == "lstm: weight_hh is [20, 4], expected [16, 4]");
  CHECK(message([](LstmArguments& a) { a.bias_hh = noise({5}, f32, 1); }) == "lstm: bias_hh is [5], expected [20]");
  CHECK(message([](LstmArguments& a) { a.cell = noise({3, 5}, f32, 1); }) == "lstm: cell is [3, 5], expected [2, 5]");
  CHECK(message([](LstmArguments& a) { a.weight_ih = to(a.weight_ih, f64); }) ==
        "lstm: weight_ih is f64, expected f32: convert with to(x, f32)");
  CHECK(message([](LstmArguments& a) { a.x = to(a.x, i64); }).find("i64") != std::string::npos);
  CHECK(message([](LstmArguments& a) { a.lengths = integers({1, 2, 3}); }) == "lstm: lengths is [3], expected [2]");
  CHECK(message([](LstmArguments& a) {
          a.lengths = integers({1, 4});
        }) == "lstm: length 4 of row 1 is not from 0 to 3, the steps of x");
  CHECK(message([](LstmArguments& a) {
          a.lengths = integers({-1, 2});
        }) == "lstm: length -1 of row 0 is not from 0 to 3, the steps of x");

  const LstmArguments a = arguments_for(c, f32);
  const LstmSaved saved = lstm_forward(a).saved;
  CHECK_THROWS_AS(lstm_backward(a, saved, {noise({2, 3, 4}, f32, 1), {}, {}}, {}), Error);
  LstmDestinations to;
  to.weight_hh = {noise({5, 20}, f32, 1)};
  CHECK_THROWS_AS(lstm_backward(a, saved, {}, to), Error);
  CHECK_THROWS_AS(lstm_backward(a, {}, {}, {}), Error);
}
