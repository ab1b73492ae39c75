// The recurrent kernels against their equations, PyTorch and differences, for each kind of cell; pads are never
// touched.
#include "glance/tensor/kernels/recurrent.h"

#include <cmath>

#include "tests/catch.h"
#include "tests/tensor/kernel_check.h"

using namespace glance;
using namespace glance::kernel_check;

namespace {

using Inputs = RecurrentInputs<Tensor>;
using Destinations = RecurrentInputs<Destination>;

constexpr CellKind kinds[] = {CellKind::lstm, CellKind::rnn, CellKind::gru, CellKind::rnn_relu};

struct Case {
  Index batch, time, in, hidden;
  std::vector<Index> lengths = {};  // empty: all full
  bool states = true, biases = true, reverse = false;
};

const std::vector<Case> cases{
    {3, 4, 2, 5},
    {1, 3, 4, 3, {}, false, true},
    {4, 5, 3, 7, {2, 5, 0, 3}},
    {4, 5, 3, 7, {2, 5, 0, 3}, true, true, true},
    {5, 4, 1, 1, {4, 4, 1, 2, 4}, false, false},
    {2, 6, 19, 37, {5, 4}},
    {2, 6, 19, 37, {5, 4}, true, true, true},
    {2, 3, 2, 16, {0, 0}},
    {3, 3, 2, 4, {3, 3, 3}, true, false, true},
    {4, 5, 3, 7, {2, 5, 0, 3}, false, true, true},
};

std::string text(CellKind kind, const Case& c) {
  return std::string(describe(kind).name) + (kind == CellKind::rnn_relu ? " relu " : " ") + std::to_string(c.batch) +
         " " + std::to_string(c.time) + " " + std::to_string(c.in) + " " + std::to_string(c.hidden) +
         (c.reverse ? " reverse" : "");
}

Inputs inputs_for(CellKind kind, const Case& c, DType dtype) {
  const CellDescription cell = describe(kind);
  const Index width = cell.gates * c.hidden;
  Inputs a;
  a.x = noise({c.batch, c.time, c.in}, dtype, 1);
  a.weight_ih = noise({width, c.in}, dtype, 2);
  a.weight_hh = noise({width, c.hidden}, dtype, 3);
  if (c.biases) {
    a.bias_ih = noise({width}, dtype, 4);
    a.bias_hh = noise({width}, dtype, 5);
  }
  if (c.states) a.hidden = noise({c.batch, c.hidden}, dtype, 6);
  if (c.states && cell.has_cell) a.cell = noise({c.batch, c.hidden}, dtype, 7);
  return a;
}

const Scan one_step{.one_step = true};

Scan scan_for(const Case& c) {
  return {c.lengths.empty() ? Tensor() : integers(c.lengths), c.reverse ? Direction::reverse : Direction::forward};
}

// A step of the first of the sequences' rows: [batch, in].
Inputs one_step_of(Inputs a) {
  const Index batch = a.x.shape(0), in = a.x.shape(2);
  a.x = Tensor(a.x, {batch, in}, {in, 1}, 0);
  return a;
}

RecurrentResult run(CellKind kind, const Case& c, const Inputs& a) { return recurrent_forward(kind, a, scan_for(c)); }

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

// The new hidden number j of a row, and its new cell: from the products of every gate with x and with h, biases
// included.
double next_state(CellKind kind, const std::vector<double>& from_x, const std::vector<double>& from_h, Index j,
                  Index size, double hidden, double& cell) {
  const auto x = [&](Index gate) { return from_x[static_cast<std::size_t>(gate * size + j)]; };
  const auto h = [&](Index gate) { return from_h[static_cast<std::size_t>(gate * size + j)]; };
  const auto z = [&](Index gate) { return x(gate) + h(gate); };
  if (kind == CellKind::rnn) return std::tanh(z(0));
  if (kind == CellKind::rnn_relu) return std::max(z(0), 0.0);
  if (kind == CellKind::gru) {
    const double update = sigmoid(z(1));
    return (1 - update) * std::tanh(x(2) + sigmoid(z(0)) * h(2)) + update * hidden;
  }
  cell = sigmoid(z(1)) * cell + sigmoid(z(0)) * std::tanh(z(2));
  return sigmoid(z(3)) * std::tanh(cell);
}

// The equations of the cells, one number at a time.
struct Reference {
  std::vector<double> output, hidden, cell;

  Reference(CellKind kind, const Inputs& a, const Scan& scan) {
    const Index batch = a.x.shape(0), time = a.x.shape(1), in = a.x.shape(2), size = a.weight_hh.shape(1);
    const Index width = a.weight_hh.shape(0);
    const auto read = [](const Tensor& x, Index count) {
      return x.defined() ? numbers(x) : std::vector<double>(static_cast<std::size_t>(count));
    };
    const auto at = [](const std::vector<double>& v, Index i) { return v[static_cast<std::size_t>(i)]; };
    const auto x = numbers(a.x), w = numbers(a.weight_ih), u = numbers(a.weight_hh);
    const auto b = read(a.bias_ih, width), d = read(a.bias_hh, width);
    hidden = read(a.hidden, batch * size);
    cell = read(a.cell, batch * size);
    output.assign(static_cast<std::size_t>(batch * time * size), 0);
    for (Index row = 0; row < batch; ++row) {
      const Index length = scan.lengths.defined() ? scan.lengths.read<Index>()[row] : time;
      for (Index step = 0; step < length; ++step) {
        const Index t = scan.direction == Direction::reverse ? length - 1 - step : step;
        std::vector<double> from_x, from_h;
        for (Index k = 0; k < width; ++k) {
          from_x.push_back(at(b, k));
          from_h.push_back(at(d, k));
          for (Index j = 0; j < in; ++j) from_x.back() += at(w, k * in + j) * at(x, (row * time + t) * in + j);
          for (Index j = 0; j < size; ++j) from_h.back() += at(u, k * size + j) * at(hidden, row * size + j);
        }
        for (Index j = 0; j < size; ++j) {
          const auto place = static_cast<std::size_t>(row * size + j);
          hidden[place] = next_state(kind, from_x, from_h, j, size, hidden[place], cell[place]);
          output[static_cast<std::size_t>((row * time + t) * size + j)] = hidden[place];
        }
      }
    }
  }
};

void check_forward(CellKind kind, const Case& c, const Inputs& a, double tolerance) {
  const RecurrentResult result = run(kind, c, a);
  const Reference expected(kind, a, scan_for(c));
  check_close(result.output, from(expected.output, result.output.shape(), f64), tolerance);
  check_close(result.hidden, from(expected.hidden, result.hidden.shape(), f64), tolerance);
  CHECK(result.cell.defined() == (kind == CellKind::lstm));
  if (result.cell.defined()) check_close(result.cell, from(expected.cell, result.cell.shape(), f64), tolerance);
}

// Overwrites the pads of [batch, time, features].
void fill_pads(const Tensor& x, const std::vector<Index>& lengths, double value) {
  const Index time = x.shape(1), features = x.shape(2);
  for (Index row = 0; row < x.shape(0); ++row)
    for (Index j = lengths[static_cast<std::size_t>(row)] * features; j < time * features; ++j)
      x.write<float>()[row * time * features + j] = static_cast<float>(value);
}

// Calls f(member of a, member of b, …) for each input.
template <class F, class... Of>
void for_each(F&& f, const Of&... of) {
  f(of.x...), f(of.weight_ih...), f(of.weight_hh...), f(of.bias_ih...), f(of.bias_hh...), f(of.hidden...);
  f(of.cell...);
}

Destinations destinations_for(const Inputs& a, double start, bool accumulate) {
  const auto make = [&](const Tensor& x) {
    return x.defined() ? Destination{filled(x.shape(), x.dtype(), start), accumulate} : Destination{};
  };
  return {make(a.x),       make(a.weight_ih), make(a.weight_hh), make(a.bias_ih),
          make(a.bias_hh), make(a.hidden),    make(a.cell)};
}

RecurrentGradients gradients_for(CellKind kind, const Case& c, DType dtype) {
  return {noise({c.batch, c.time, c.hidden}, dtype, 11), noise({c.batch, c.hidden}, dtype, 12),
          describe(kind).has_cell ? noise({c.batch, c.hidden}, dtype, 13) : Tensor()};
}

Tensor plus_seven(const Tensor& x) {
  std::vector<double> values = numbers(x);
  for (double& value : values) value += 7;
  return from(values, x.shape(), f64);
}

}  // namespace

TEST_CASE("a recurrent layer follows its equations", "[recurrent]") {
  for (const CellKind kind : kinds)
    for (const Case& c : cases) {
      INFO(text(kind, c));
      check_forward(kind, c, inputs_for(kind, c, f64), 1e-12);
      // Some networks without gates amplify what is rounded.
      check_forward(kind, c, inputs_for(kind, c, f32), describe(kind).gates > 1 ? 5e-6 : 3e-5);
    }
}

TEST_CASE("a recurrent layer's derivatives are those of its values", "[recurrent]") {
  for (const CellKind kind : kinds)
    for (const Case& c : cases) {
      INFO(text(kind, c));
      const Inputs a = inputs_for(kind, c, f64);
      const RecurrentGradients gradients = gradients_for(kind, c, f64);
      const auto loss = [&] {
        const RecurrentResult r = run(kind, c, a);
        return dot(r.output, gradients.output) + dot(r.hidden, gradients.hidden) +
               (r.cell.defined() ? dot(r.cell, gradients.cell) : 0.0);
      };
      const Destinations to = destinations_for(a, 7, false), onto = destinations_for(a, 7, true);
      recurrent_backward(kind, a, scan_for(c), run(kind, c, a).saved, gradients, to);
      recurrent_backward(kind, a, scan_for(c), run(kind, c, a).saved, gradients, onto);
      const Inputs single = inputs_for(kind, c, f32);
      const Destinations rounded = destinations_for(single, 7, false);
      recurrent_backward(kind, single, scan_for(c), run(kind, c, single).saved, gradients_for(kind, c, f32), rounded);
      for_each(
          [&](const Tensor& x, const Destination& once, const Destination& added, const Destination& in_f32) {
            if (!x.defined()) return;
            check_gradient(once.tensor, loss, x, 1e-7);
            check_close(added.tensor, plus_seven(once.tensor), 1e-12);
            check_close(in_f32.tensor, once.tensor, describe(kind).gates > 1 ? 2e-5 : 2e-3);
          },
          a, to, onto, rounded);
    }
}

TEST_CASE("an LSTM agrees with PyTorch", "[recurrent]") {
  // torch 2.13: nn.LSTM(2, 3) on packed sequences of lengths 3 and 2, and the gradients of
  // (output.sum() + 2 * c_n.sum()).
  const Case c{2, 3, 2, 3, {3, 2}};
  const Inputs a = inputs_for(CellKind::lstm, c, f64);
  const RecurrentResult result = run(CellKind::lstm, c, a);
  check_close(result.output,
              from({0.425775138, -0.0109712543, -0.388510194, 0.36283785, -0.0374843322, -0.553931746, 0.611399347,
                    -0.0885505107, -0.156157859, 0.168675066, -0.0333903743, 0.127990565, 0.440914838, -0.0778292545,
                    0.0584747562, 0, 0, 0},
                   {2, 3, 3}, f64),
              1e-8);
  check_close(result.cell,
              from({0.994104892, -0.194694343, -0.308992286, 0.667012547, -0.161925336, 0.120138683}, {2, 3}, f64),
              1e-8);
  const Destinations to = destinations_for(a, 7, false);
  recurrent_backward(CellKind::lstm, a, scan_for(c), result.saved,
                     {filled({2, 3, 3}, f64, 1), {}, filled({2, 3}, f64, 2)}, to);
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

TEST_CASE("a GRU agrees with PyTorch", "[recurrent]") {
  // torch 2.13: nn.GRU(2, 3) on packed sequences of lengths 3 and 2, and the gradients of
  // (output.sum() + 2 * h_n.sum()).
  const Case c{2, 3, 2, 3, {3, 2}};
  const Inputs a = inputs_for(CellKind::gru, c, f64);
  const RecurrentResult result = run(CellKind::gru, c, a);
  check_close(result.output,
              from({-0.0359925163, -0.646206312, -0.730370092, 0.225513616, -0.578495646, -0.806998506, 0.395249251,
                    -0.931353154, -0.516579508, -0.546788834, -0.581870548, 0.0133607865, -0.18369721, -0.889886486,
                    -0.121145472, 0, 0, 0},
                   {2, 3, 3}, f64),
              1e-8);
  const Destinations to = destinations_for(a, 7, false);
  recurrent_backward(CellKind::gru, a, scan_for(c), result.saved,
                     {filled({2, 3, 3}, f64, 1), filled({2, 3}, f64, 2), {}}, to);
  check_close(to.x.tensor,
              from({-0.485545492, -0.297439227, -0.464433644, -0.0638059359, 1.13866584, 1.33646591, -0.161317417,
                    1.39101772, 0.731658976, 1.6079301, 0, 0},
                   {2, 3, 2}, f64),
              1e-8);
  // The biases of the candidate have gradients of their own: the reset gate stands between them.
  check_close(to.bias_ih.tensor,
              from({0.489115805, 0.0496295759, -0.206146795, -2.62301355, 0.418921629, 0.078968677, 4.1682754,
                    2.63312824, 5.61808357},
                   {9}, f64),
              1e-8);
  check_close(to.bias_hh.tensor,
              from({0.489115805, 0.0496295759, -0.206146795, -2.62301355, 0.418921629, 0.078968677, 2.25493209,
                    0.302093826, 4.53044132},
                   {9}, f64),
              1e-8);
  check_close(to.hidden.tensor,
              from({1.24327321, -0.78820228, 1.15297534, 1.49579376, 0.902728558, 1.2710577}, {2, 3}, f64), 1e-8);
}

TEST_CASE("an RNN agrees with PyTorch", "[recurrent]") {
  // torch 2.13: nn.RNN(2, 3) on packed sequences of lengths 3 and 2, and the gradient of output.sum().
  const Case c{2, 3, 2, 3, {3, 2}};
  const Inputs a = inputs_for(CellKind::rnn, c, f64);
  check_close(
      run(CellKind::rnn, c, a).output,
      from({0.0820758816, -0.988418067, 0.982857429, -0.137090172, -0.995698103, 0.471049671, 0.82464234, -0.971167761,
            0.362336993, -0.738622838, -0.952319955, 0.990743702, 0.509318009, -0.979239686, 0.611664935, 0, 0, 0},
           {2, 3, 3}, f64),
      1e-8);
  const RecurrentResult result = run(CellKind::rnn_relu, c, a);
  check_close(result.output,
              from({0.0822609302, 0, 2.37536465, 0, 0, 0.222426115, 0.488546275, 0, 0.912853663, 0, 0, 2.68547967, 0, 0,
                    0, 0, 0, 0},
                   {2, 3, 3}, f64),
              1e-8);
  const Destinations to = destinations_for(a, 7, false);
  recurrent_backward(CellKind::rnn_relu, a, scan_for(c), result.saved, {filled({2, 3, 3}, f64, 1), {}, {}}, to);
  check_close(
      to.weight_hh.tensor,
      from({-0.708711774, -0.75298292, -0.260948937, 0, 0, 0, -1.51504843, -0.137688986, -0.115853479}, {3, 3}, f64),
      1e-8);
}

TEST_CASE("pads of a recurrent layer are never looked at and never change", "[recurrent]") {
  for (const CellKind kind : kinds) {
    INFO(describe(kind).name);
    const Case c{4, 5, 3, 6, {2, 5, 0, 3}};
    const Inputs a = inputs_for(kind, c, f32);
    fill_pads(a.x, c.lengths, std::nan(""));
    const RecurrentResult result = run(kind, c, a);
    const RecurrentGradients gradients{noise({4, 5, 6}, f32, 11), {}, {}};
    fill_pads(gradients.output, c.lengths, std::nan(""));
    const Destinations to = destinations_for(a, 7, false);
    recurrent_backward(kind, a, scan_for(c), result.saved, gradients, to);
    for (const Tensor& x : {result.output, result.hidden, result.cell, to.x.tensor, to.weight_ih.tensor,
                            to.weight_hh.tensor, to.bias_ih.tensor, to.hidden.tensor, to.cell.tensor})
      if (x.defined())
        for (const double value : numbers(x)) REQUIRE(std::isfinite(value));
    const Tensor d_x = copy(to.x.tensor), output = copy(result.output);
    fill_pads(d_x, c.lengths, 0);
    fill_pads(output, c.lengths, 0);
    check_close(to.x.tensor, d_x, 0);
    check_close(result.output, output, 0);
  }
}

TEST_CASE("a recurrent layer computes only the gradients that are wanted, from those that are given", "[recurrent]") {
  for (const CellKind kind : kinds) {
    INFO(describe(kind).name);
    const Case c{3, 4, 2, 5, {4, 1, 3}};
    const Inputs a = inputs_for(kind, c, f64);
    const RecurrentResult result = run(kind, c, a);
    const bool has_cell = describe(kind).has_cell;
    const Tensor zeros = filled({3, 4, 5}, f64, 0), d_hidden = noise({3, 5}, f64, 12);
    const Destinations all = destinations_for(a, 0, false);
    recurrent_backward(kind, a, scan_for(c), result.saved,
                       {zeros, d_hidden, has_cell ? filled({3, 5}, f64, 0) : Tensor()}, all);
    for (Destination Destinations::*member :
         {&Destinations::x, &Destinations::weight_ih, &Destinations::weight_hh, &Destinations::bias_ih,
          &Destinations::bias_hh, &Destinations::hidden, &Destinations::cell}) {
      if (!(all.*member).wanted()) continue;
      Destinations one;
      one.*member = {filled((all.*member).tensor.shape(), f64, 0)};
      recurrent_backward(kind, a, scan_for(c), result.saved, {{}, d_hidden, {}}, one);
      check_close((one.*member).tensor, (all.*member).tensor, 0);
    }
    recurrent_backward(kind, a, scan_for(c), result.saved, {}, all);
    for (const double value : numbers(all.weight_ih.tensor)) REQUIRE(value == 0);
  }
}

TEST_CASE("a step of a recurrent layer is a sequence of one", "[recurrent]") {
  for (const CellKind kind : kinds)
    for (const Case& c : {Case{3, 1, 4, 5}, Case{2, 1, 3, 17, {}, false, false}}) {
      INFO(text(kind, c));
      const Inputs sequence = inputs_for(kind, c, f64), step = one_step_of(sequence);
      const RecurrentResult expected = run(kind, c, sequence), result = recurrent_forward(kind, step, one_step);
      CHECK_FALSE(result.output.defined());
      check_close(result.hidden, expected.hidden, 1e-15);
      check_close(result.saved.gates, expected.saved.gates, 1e-15);
      if (expected.cell.defined()) check_close(result.cell, expected.cell, 1e-15);

      const Tensor d_hidden = noise({c.batch, c.hidden}, f64, 12), d_cell = noise({c.batch, c.hidden}, f64, 13);
      for (const bool with_cell : {true, false})
        for (const bool accumulate : {false, true}) {
          const Tensor d_c = with_cell && describe(kind).has_cell ? d_cell : Tensor();
          Destinations all = destinations_for(sequence, 7, accumulate);
          const Destinations to = destinations_for(step, 7, accumulate);
          recurrent_backward(kind, sequence, {}, expected.saved, {{}, d_hidden, d_c}, all);
          recurrent_backward(kind, step, one_step, result.saved, {{}, d_hidden, d_c}, to);
          all.x.tensor = Tensor(all.x.tensor, {c.batch, c.in}, {c.in, 1}, 0);
          for_each(
              [](const Destination& one, const Destination& whole) {
                if (one.wanted()) check_close(one.tensor, whole.tensor, 1e-14);
              },
              to, all);
        }
      CHECK_THROWS_AS(recurrent_forward(kind, sequence, one_step), Error);
    }
}

TEST_CASE("a recurrent layer takes strided arguments", "[recurrent]") {
  const auto reversed_layout =
      [](const Tensor& x) {  // the same numbers, with the first two dimensions' strides swapped
        const Index rows = x.shape(0), columns = x.shape(1), rest = x.numel() / (rows * columns);
        Tensor base({columns, rows, rest}, f64);
        Strides strides{rest, rows * rest, 1};
        const Tensor view(base, x.shape(), strides, 0);
        assign(view, x);
        return view;
      };
  for (const CellKind kind : kinds) {
    const Case c{3, 4, 2, 5};
    Inputs a = inputs_for(kind, c, f64);
    const RecurrentResult expected = run(kind, c, a);
    const RecurrentResult expected_step = recurrent_forward(kind, one_step_of(a), one_step);
    Inputs step = one_step_of(a);
    for (Tensor* x : {&a.x, &a.weight_ih, &a.weight_hh, &a.hidden, &a.cell})
      if (x->defined()) *x = reversed_layout(*x);
    REQUIRE_FALSE(a.weight_hh.is_dense());
    check_close(run(kind, c, a).output, expected.output, 0);
    step = {reversed_layout(step.x), a.weight_ih, a.weight_hh, a.bias_ih, a.bias_hh, a.hidden, a.cell};
    check_close(recurrent_forward(kind, step, one_step).hidden, expected_step.hidden, 0);
  }
}

TEST_CASE("empty inputs of a recurrent layer, and NaN in relu", "[recurrent]") {
  for (const CellKind kind : kinds)
    for (const Case& c : {Case{0, 3, 2, 4}, Case{2, 0, 2, 4}, Case{2, 3, 0, 4}, Case{2, 3, 2, 0}}) {
      INFO(text(kind, c));
      const Inputs a = inputs_for(kind, c, f64);
      check_forward(kind, c, a, 1e-14);
      const RecurrentResult result = run(kind, c, a);
      const Destinations to = destinations_for(a, 7, false);
      recurrent_backward(kind, a, {}, result.saved, {noise(result.output.shape(), f64, 1), {}, {}}, to);
      if (c.batch == 0 || c.time == 0)
        for (const double value : numbers(to.weight_hh.tensor)) REQUIRE(value == 0);
    }
  const Case one{1, 1, 1, 1};
  const Inputs a = inputs_for(CellKind::rnn_relu, one, f32);
  a.x.write<float>()[0] = std::nanf("");
  CHECK(std::isnan(numbers(run(CellKind::rnn_relu, one, a).output)[0]));
}

namespace {

// What recurrent_forward says of the inputs after a change.
std::string message(CellKind kind, const std::function<void(Inputs&, Scan&)>& change) {
  Inputs a = inputs_for(kind, {2, 3, 4, 5}, f32);
  Scan scan;
  change(a, scan);
  try {
    recurrent_forward(kind, a, scan);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a recurrent layer's errors say what does not fit", "[recurrent]") {
  const auto lstm = [](const auto& change) { return message(CellKind::lstm, change); };
  CHECK(lstm([](Inputs& a, Scan&) { a.x = noise({2, 3}, f32, 1); }) == "lstm: x is [2, 3], expected [batch, time, in]");
  CHECK(lstm([](Inputs& a, Scan&) { a.x = {}; }) == "lstm: x is undefined: give a tensor");
  CHECK(lstm([](Inputs& a, Scan&) {
          a.x = noise({2, 3, 6}, f32, 1);
        }) == "lstm: x [2, 3, 6] and weight_ih [20, 4]: wanted x [..., in] and weight_ih [4 hidden, in]");
  CHECK(lstm([](Inputs& a, Scan&) {
          a.weight_hh = noise({20, 4}, f32, 1);
        }) == "lstm: weight_hh is [20, 4], expected [16, 4]");
  CHECK(lstm([](Inputs& a, Scan&) { a.bias_hh = noise({5}, f32, 1); }) == "lstm: bias_hh is [5], expected [20]");
  CHECK(lstm([](Inputs& a, Scan&) { a.cell = noise({3, 5}, f32, 1); }) == "lstm: cell is [3, 5], expected [2, 5]");
  CHECK(lstm([](Inputs& a, Scan&) { a.weight_ih = to(a.weight_ih, f64); }) ==
        "lstm: x is f32, and weight_ih is f64: convert x with to(x, f64), or make the layer of f32");
  CHECK(lstm([](Inputs& a, Scan&) { a.x = to(a.x, i64); }).find("i64") != std::string::npos);
  CHECK(lstm([](Inputs&, Scan& s) { s.lengths = integers({1, 2, 3}); }) == "lstm: lengths is [3], expected [2]");
  CHECK(lstm([](Inputs&, Scan& s) {
          s.lengths = integers({1, 4});
        }) == "lstm: length 4 of row 1 is not from 0 to 3, the steps of x");
  CHECK(lstm([](Inputs&, Scan& s) {
          s.lengths = integers({-1, 2});
        }) == "lstm: length -1 of row 0 is not from 0 to 3, the steps of x");

  const auto rnn = [](const auto& change) { return message(CellKind::rnn, change); };
  CHECK(rnn([](Inputs& a, Scan&) {
          a.x = noise({2, 3, 6}, f32, 1);
        }) == "rnn: x [2, 3, 6] and weight_ih [5, 4]: wanted x [..., in] and weight_ih [hidden, in]");
  CHECK(rnn([](Inputs& a, Scan&) {
          a.weight_ih = noise({6, 4}, f32, 1);
        }) == "rnn: weight_ih is [6, 4], expected [5, 4]");
  CHECK(rnn([](Inputs& a, Scan&) { a.bias_ih = noise({4}, f32, 1); }) == "rnn: bias_ih is [4], expected [5]");
  CHECK(rnn([](Inputs& a, Scan&) {
          a.hidden = noise({2, 5}, f64, 1);
        }) == "rnn: hidden is f64, expected f32: convert with to(x, f32)");
  CHECK(message(CellKind::gru, [](Inputs& a, Scan&) {
          a.weight_hh = noise({20, 5}, f32, 1);
        }) == "gru: weight_hh is [20, 5], expected [15, 5]");
  CHECK(message(CellKind::gru, [](Inputs& a, Scan&) {
          a.cell = noise({2, 5}, f32, 1);
        }) == "gru: a cell state was given, but its state is `hidden` alone");
}

TEST_CASE("gradients that do not fit a recurrent layer are refused", "[recurrent]") {
  for (const CellKind kind : kinds) {
    const Case c{2, 3, 4, 5};
    const Inputs a = inputs_for(kind, c, f32);
    const RecurrentSaved saved = run(kind, c, a).saved;
    CHECK_THROWS_AS(recurrent_backward(kind, a, {}, saved, {noise({2, 3, 4}, f32, 1), {}, {}}, {}), Error);
    CHECK_THROWS_AS(recurrent_backward(kind, a, {}, {}, {}, {}), Error);
    Destinations to;
    to.weight_hh = {noise({5, 20}, f32, 1)};
    CHECK_THROWS_AS(recurrent_backward(kind, a, {}, saved, {}, to), Error);
    to = {};
    to.x = {Tensor({2, 3, 5}, f32)};
    CHECK_THROWS_AS(recurrent_backward(kind, a, {}, saved, {}, to), Error);
    CHECK_THROWS_AS(recurrent_backward(kind, one_step_of(a), one_step, {}, {}, {}), Error);
  }
}
