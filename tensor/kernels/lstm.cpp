#include "glance/tensor/kernels/lstm.h"

#include <algorithm>
#include <vector>

#include "glance/tensor/check.h"
#include "glance/tensor/kernels/packed_steps.h"
#include "glance/tensor/matmul.h"
#include "glance/tensor/vector_math.h"

namespace glance {

namespace {

struct Sizes {
  Index batch, time, in, hidden;
};

// What holds for a sequence and for a step, apart from x.
Sizes check_weights(const char* operation, const LstmArguments& a, Index batch, Index time) {
  const DType dtype = a.x.dtype();
  if (!is_floating(dtype)) throw_not_floating(operation, dtype);
  check_rank(operation, "weight_hh", a.weight_hh, 2, "[4 hidden, hidden]");
  check_features(operation, a.x, "weight_ih", a.weight_ih, "[4 hidden, in]");
  const Sizes n{batch, time, a.x.shape().back(), a.weight_hh.shape()[1]};
  check_argument(operation, "weight_hh", a.weight_hh, {4 * n.hidden, n.hidden}, dtype);
  check_argument(operation, "weight_ih", a.weight_ih, {4 * n.hidden, n.in}, dtype);
  if (a.bias_ih.defined()) check_argument(operation, "bias_ih", a.bias_ih, {4 * n.hidden}, dtype);
  if (a.bias_hh.defined()) check_argument(operation, "bias_hh", a.bias_hh, {4 * n.hidden}, dtype);
  if (a.hidden.defined()) check_argument(operation, "hidden", a.hidden, {batch, n.hidden}, dtype);
  if (a.cell.defined()) check_argument(operation, "cell", a.cell, {batch, n.hidden}, dtype);
  return n;
}

void check_destinations(const char* operation, const LstmArguments& a, const Sizes& n, const LstmDestinations& to) {
  const DType dtype = a.x.dtype();
  check_destination(operation, "the gradient of x", to.x, a.x.shape(), dtype);
  check_destination(operation, "the gradient of weight_ih", to.weight_ih, {4 * n.hidden, n.in}, dtype);
  check_destination(operation, "the gradient of weight_hh", to.weight_hh, {4 * n.hidden, n.hidden}, dtype);
  check_destination(operation, "the gradient of bias_ih", to.bias_ih, {4 * n.hidden}, dtype);
  check_destination(operation, "the gradient of bias_hh", to.bias_hh, {4 * n.hidden}, dtype);
  check_destination(operation, "the gradient of hidden", to.hidden, {n.batch, n.hidden}, dtype);
  check_destination(operation, "the gradient of cell", to.cell, {n.batch, n.hidden}, dtype);
}

// Activates one row of the four gates in place, and moves cell and hidden state on.
template <class T>
void activate(Index hidden, T* __restrict input, T* __restrict forget, T* __restrict candidate, T* __restrict output,
              const T* __restrict bias, const T* __restrict cell, T* __restrict next_cell, T* __restrict next_hidden) {
  for (Index j = 0; j < hidden; ++j) {
    const T i = vector_math::sigmoid(input[j] + bias[j]);
    const T f = vector_math::sigmoid(forget[j] + bias[hidden + j]);
    const T g = vector_math::tanh(candidate[j] + bias[2 * hidden + j]);
    const T o = vector_math::sigmoid(output[j] + bias[3 * hidden + j]);
    const T c = f * cell[j] + i * g;
    input[j] = i;
    forget[j] = f;
    candidate[j] = g;
    output[j] = o;
    next_cell[j] = c;
    next_hidden[j] = o * vector_math::tanh(c);
  }
}

// The derivative of one row: from dh' (in two parts) and dc' to the pre-activations' and, in place of dc', dc.
template <class T>
void activate_backward(Index hidden, const T* __restrict input, const T* __restrict forget,
                       const T* __restrict candidate, const T* __restrict output, const T* __restrict cell,
                       const T* __restrict next_cell, const T* __restrict d_shown, const T* __restrict d_carried,
                       T* __restrict d_cell, T* __restrict d_input, T* __restrict d_forget, T* __restrict d_candidate,
                       T* __restrict d_output) {
  for (Index j = 0; j < hidden; ++j) {
    const T i = input[j], f = forget[j], g = candidate[j], o = output[j];
    const T d_h = d_shown[j] + d_carried[j];
    const T tanh_c = vector_math::tanh(next_cell[j]);
    const T d_c = d_cell[j] + d_h * o * (1 - tanh_c * tanh_c);
    d_input[j] = d_c * g * i * (1 - i);
    d_forget[j] = d_c * cell[j] * f * (1 - f);
    d_candidate[j] = d_c * i * (1 - g * g);
    d_output[j] = d_h * tanh_c * o * (1 - o);
    d_cell[j] = d_c * f;
  }
}

// b_ih + b_hh, zeros where undefined.
template <class T>
Tensor sum_biases(const LstmArguments& a, Index width) {
  Tensor sum({width}, a.x.dtype());
  T* to = sum.write<T>();
  std::fill_n(to, width, T{0});
  for (const Tensor& bias : {a.bias_ih, a.bias_hh})
    if (bias.defined()) {
      const Tensor dense = contiguous(bias);
      const T* from = dense.read<T>();
      for (Index j = 0; j < width; ++j) to[j] += from[j];
    }
  return sum;
}

template <class T>
Tensor zero_row(Index width, DType dtype) {
  Tensor row({width}, dtype);
  std::fill_n(row.write<T>(), width, T{0});
  return row;
}

// xᵀ, copied tile by tile: both sides of a tile stay in the nearest cache.
template <class T>
Tensor transposed_copy(const Tensor& x) {
  const Index rows = x.shape()[0], columns = x.shape()[1], tile = 16;
  const Tensor result({columns, rows}, x.dtype());
  const T* __restrict from = x.read<T>();
  T* __restrict to = result.write<T>();
  for (Index r = 0; r < rows; r += tile)
    for (Index c = 0; c < columns; c += tile)
      for (Index j = c; j < std::min(columns, c + tile); ++j)
        for (Index i = r; i < std::min(rows, r + tile); ++i) to[j * rows + i] = from[i * columns + j];
  return result;
}

// x with contiguous rows; undefined stays so.
Tensor defined_rows(const Tensor& x) { return x.defined() ? contiguous(x) : Tensor(); }

template <class T>
void put_row(const T* from, Index width, T* to, bool accumulate) {
  if (accumulate)
    for (Index j = 0; j < width; ++j) to[j] += from[j];
  else
    std::copy_n(from, width, to);
}

// The gradients that need no order in time: one product each over all steps. Rows of `previous` before `first` are
// zeros, and not stored.
template <class T>
void weight_gradients(const Sizes& n, Index rows, const T* d_gates, const T* x, const T* previous, Index first,
                      const LstmDestinations& to) {
  const Index width = 4 * n.hidden;
  // Where all are zeros there is no `previous` to count from.
  const T* stored = first < rows ? previous + first * n.hidden : previous;
  if (to.weight_ih.wanted())
    multiply(true, false, width, n.in, rows, d_gates, width, x, n.in, to.weight_ih.tensor.write<T>(), n.in,
             to.weight_ih.accumulate);
  if (to.weight_hh.wanted())
    multiply(true, false, width, n.hidden, rows - first, d_gates + first * width, width, stored, n.hidden,
             to.weight_hh.tensor.write<T>(), n.hidden, to.weight_hh.accumulate);
  if (!to.bias_ih.wanted() && !to.bias_hh.wanted()) return;
  const Tensor sum = zero_row<T>(width, dtype_of<T>);
  T* total = sum.write<T>();
  for (Index row = 0; row < rows; ++row)
    for (Index j = 0; j < width; ++j) total[j] += d_gates[row * width + j];
  for (const Destination& bias : {to.bias_ih, to.bias_hh})
    if (bias.wanted()) put_row(total, width, bias.tensor.write<T>(), bias.accumulate);
}

template <class T>
LstmResult forward(const LstmArguments& a, const Sizes& n) {
  const DType dtype = dtype_of<T>;
  const Index width = 4 * n.hidden;
  const PackedSteps packed("lstm", n.batch, n.time, a.lengths, a.reverse);
  // Small products are up to 1.7 times as fast with W_hhᵀ laid out as such, which a few steps repay.
  const bool lay_out = packed.steps() >= 4 && width * n.hidden <= 1 << 17;
  const Tensor x = packed.pack<T>(a.x), weight_ih = contiguous(a.weight_ih), given_hh = contiguous(a.weight_hh);
  const Tensor weight_hh = lay_out ? transposed_copy<T>(given_hh) : given_hh;
  const Tensor bias = sum_biases<T>(a, width), zeros = zero_row<T>(n.hidden, dtype);
  const Tensor start_hidden = defined_rows(a.hidden);
  const Tensor start_cell = defined_rows(a.cell);

  LstmResult result{Tensor({n.batch, n.time, n.hidden}, dtype),
                    Tensor({n.batch, n.hidden}, dtype),
                    Tensor({n.batch, n.hidden}, dtype),
                    {Tensor({packed.rows(), width}, dtype), Tensor({packed.rows(), n.hidden}, dtype),
                     Tensor({packed.rows(), n.hidden}, dtype)}};
  T* output = result.output.write<T>();
  T* last_hidden = result.hidden.write<T>();
  T* last_cell = result.cell.write<T>();
  T* gates = result.saved.gates.write<T>();
  T* cells = result.saved.cells.write<T>();
  T* previous = result.saved.previous.write<T>();

  // Every row starts from its state; one without a step ends there too.
  for (Index place = 0; place < n.batch; ++place) {
    const Index at = packed.batch_row(place) * n.hidden;
    const T* hidden = start_hidden.defined() ? start_hidden.read<T>() + at : zeros.read<T>();
    const T* cell = start_cell.defined() ? start_cell.read<T>() + at : zeros.read<T>();
    if (packed.length(place) > 0) {
      std::copy_n(hidden, n.hidden, previous + place * n.hidden);
    } else {
      std::copy_n(hidden, n.hidden, last_hidden + at);
      std::copy_n(cell, n.hidden, last_cell + at);
    }
  }

  multiply(false, true, packed.rows(), width, n.in, x.read<T>(), n.in, weight_ih.read<T>(), n.in, gates, width, false);
  for (Index step = 0; step < packed.steps(); ++step) {
    const Index begin = packed.offset(step), count = packed.running(step), next_count = packed.running(step + 1);
    if (step > 0 || a.hidden.defined())
      multiply(false, !lay_out, count, width, n.hidden, previous + begin * n.hidden, n.hidden, weight_hh.read<T>(),
               weight_hh.shape()[1], gates + begin * width, width, true);
    for (Index place = 0; place < count; ++place) {
      const Index row = begin + place, batch_row = packed.batch_row(place);
      const T* cell = step > 0               ? cells + (packed.offset(step - 1) + place) * n.hidden
                      : start_cell.defined() ? start_cell.read<T>() + batch_row * n.hidden
                                             : zeros.read<T>();
      T* i = gates + row * width;
      const bool ends = place >= next_count;
      T* next_hidden = ends ? last_hidden + batch_row * n.hidden : previous + (begin + count + place) * n.hidden;
      activate(n.hidden, i, i + n.hidden, i + 2 * n.hidden, i + 3 * n.hidden, bias.read<T>(), cell,
               cells + row * n.hidden, next_hidden);
      std::copy_n(next_hidden, n.hidden, output + (batch_row * n.time + packed.time(place, step)) * n.hidden);
      if (ends) std::copy_n(cells + row * n.hidden, n.hidden, last_cell + batch_row * n.hidden);
    }
  }
  for (Index place = 0; place < n.batch; ++place) {
    T* row = output + packed.batch_row(place) * n.time * n.hidden;
    std::fill(row + packed.length(place) * n.hidden, row + n.time * n.hidden, T{0});
  }
  return result;
}

template <class T>
void backward(const LstmArguments& a, const Sizes& n, const LstmSaved& saved, const LstmGradients& gradients,
              const LstmDestinations& to) {
  const DType dtype = dtype_of<T>;
  const Index width = 4 * n.hidden;
  const PackedSteps packed("lstm", n.batch, n.time, a.lengths, a.reverse);
  check_argument("lstm", "saved gates", saved.gates, {packed.rows(), width}, dtype);
  check_argument("lstm", "saved cells", saved.cells, {packed.rows(), n.hidden}, dtype);
  check_argument("lstm", "saved previous states", saved.previous, {packed.rows(), n.hidden}, dtype);
  const Tensor weight_hh = contiguous(a.weight_hh), zeros = zero_row<T>(n.hidden, dtype);
  const Tensor start_cell = defined_rows(a.cell);
  const Tensor d_output = defined_rows(gradients.output), d_last_hidden = defined_rows(gradients.hidden),
               d_last_cell = defined_rows(gradients.cell);
  const T* gates = saved.gates.read<T>();
  const T* cells = saved.cells.read<T>();

  // dL/dh' and dL/dc' of the step at hand, a row for each place; each starts at its sequence's last step.
  const Tensor d_hidden_rows({n.batch, n.hidden}, dtype), d_cell_rows({n.batch, n.hidden}, dtype);
  T* d_hidden = d_hidden_rows.write<T>();
  T* d_cell = d_cell_rows.write<T>();
  const auto start_rows = [&](Index from, Index until) {
    for (Index place = from; place < until; ++place) {
      const Index at = packed.batch_row(place) * n.hidden;
      std::copy_n(d_last_hidden.defined() ? d_last_hidden.read<T>() + at : zeros.read<T>(), n.hidden,
                  d_hidden + place * n.hidden);
      std::copy_n(d_last_cell.defined() ? d_last_cell.read<T>() + at : zeros.read<T>(), n.hidden,
                  d_cell + place * n.hidden);
    }
  };

  const Tensor d_gates_rows({packed.rows(), width}, dtype);
  T* d_gates = d_gates_rows.write<T>();
  for (Index step = packed.steps() - 1; step >= 0; --step) {
    const Index begin = packed.offset(step), count = packed.running(step), next_count = packed.running(step + 1);
    if (next_count > 0)
      multiply(false, false, next_count, n.hidden, width, d_gates + (begin + count) * width, width, weight_hh.read<T>(),
               n.hidden, d_hidden, n.hidden, false);
    start_rows(next_count, count);
    for (Index place = 0; place < count; ++place) {
      const Index row = begin + place, batch_row = packed.batch_row(place);
      const T* cell = step > 0               ? cells + (packed.offset(step - 1) + place) * n.hidden
                      : start_cell.defined() ? start_cell.read<T>() + batch_row * n.hidden
                                             : zeros.read<T>();
      const T* d_shown = d_output.defined()
                             ? d_output.read<T>() + (batch_row * n.time + packed.time(place, step)) * n.hidden
                             : zeros.read<T>();
      const T* i = gates + row * width;
      T* d_i = d_gates + row * width;
      activate_backward(n.hidden, i, i + n.hidden, i + 2 * n.hidden, i + 3 * n.hidden, cell, cells + row * n.hidden,
                        d_shown, d_hidden + place * n.hidden, d_cell + place * n.hidden, d_i, d_i + n.hidden,
                        d_i + 2 * n.hidden, d_i + 3 * n.hidden);
    }
  }

  const Index first_count = packed.running(0);
  if (to.hidden.wanted() && first_count > 0)
    multiply(false, false, first_count, n.hidden, width, d_gates, width, weight_hh.read<T>(), n.hidden, d_hidden,
             n.hidden, false);
  start_rows(first_count, n.batch);  // those without a step
  for (Index place = 0; place < n.batch; ++place) {
    const Index at = packed.batch_row(place) * n.hidden;
    if (to.hidden.wanted())
      put_row(d_hidden + place * n.hidden, n.hidden, to.hidden.tensor.write<T>() + at, to.hidden.accumulate);
    if (to.cell.wanted())
      put_row(d_cell + place * n.hidden, n.hidden, to.cell.tensor.write<T>() + at, to.cell.accumulate);
  }

  const Tensor x = to.weight_ih.wanted() ? packed.pack<T>(a.x) : Tensor();
  weight_gradients(n, packed.rows(), d_gates, x.defined() ? x.read<T>() : nullptr, saved.previous.read<T>(),
                   a.hidden.defined() ? Index{0} : first_count, to);
  if (to.x.wanted()) {
    const Tensor weight_ih = contiguous(a.weight_ih), d_x({packed.rows(), n.in}, dtype);
    multiply(false, false, packed.rows(), n.in, width, d_gates, width, weight_ih.read<T>(), n.in, d_x.write<T>(), n.in,
             false);
    packed.unpack<T>(d_x, to.x.tensor, to.x.accumulate);
  }
}

template <class T>
LstmCellResult cell_forward(const LstmArguments& a, const Sizes& n) {
  const DType dtype = dtype_of<T>;
  const Index width = 4 * n.hidden;
  const Tensor x = contiguous(a.x), weight_ih = contiguous(a.weight_ih), bias = sum_biases<T>(a, width);
  const Tensor zeros = zero_row<T>(n.hidden, dtype);
  const Tensor cell = defined_rows(a.cell);
  LstmCellResult result{Tensor({n.batch, n.hidden}, dtype), Tensor({n.batch, n.hidden}, dtype),
                        Tensor({n.batch, width}, dtype)};
  T* gates = result.gates.write<T>();
  multiply(false, true, n.batch, width, n.in, x.read<T>(), n.in, weight_ih.read<T>(), n.in, gates, width, false);
  if (a.hidden.defined()) {
    const Tensor hidden = contiguous(a.hidden), weight_hh = contiguous(a.weight_hh);
    multiply(false, true, n.batch, width, n.hidden, hidden.read<T>(), n.hidden, weight_hh.read<T>(), n.hidden, gates,
             width, true);
  }
  T* next_cell = result.cell.write<T>();
  T* next_hidden = result.hidden.write<T>();
  for (Index row = 0; row < n.batch; ++row) {
    const Index at = row * n.hidden;
    T* i = gates + row * width;
    activate(n.hidden, i, i + n.hidden, i + 2 * n.hidden, i + 3 * n.hidden, bias.read<T>(),
             cell.defined() ? cell.read<T>() + at : zeros.read<T>(), next_cell + at, next_hidden + at);
  }
  return result;
}

template <class T>
void cell_backward(const LstmArguments& a, const Sizes& n, const Tensor& gates_rows, const Tensor& next_cell_rows,
                   const Tensor& d_hidden_rows, const Tensor& d_cell_rows, const LstmDestinations& to) {
  const DType dtype = dtype_of<T>;
  const Index width = 4 * n.hidden;
  const Tensor zeros = zero_row<T>(n.hidden, dtype);
  const Tensor cell = defined_rows(a.cell), d_hidden = defined_rows(d_hidden_rows), d_next = defined_rows(d_cell_rows);
  const Tensor d_gates_rows({n.batch, width}, dtype), d_cell({n.hidden}, dtype);
  const T* gates = gates_rows.read<T>();
  const T* next_cell = next_cell_rows.read<T>();
  T* d_gates = d_gates_rows.write<T>();
  T* d_c = d_cell.write<T>();
  const auto row_of = [&](const Tensor& x, Index row) {
    return x.defined() ? x.read<T>() + row * n.hidden : zeros.read<T>();
  };
  for (Index row = 0; row < n.batch; ++row) {
    const T* i = gates + row * width;
    T* d_i = d_gates + row * width;
    std::copy_n(row_of(d_next, row), n.hidden, d_c);
    activate_backward(n.hidden, i, i + n.hidden, i + 2 * n.hidden, i + 3 * n.hidden, row_of(cell, row),
                      next_cell + row * n.hidden, row_of(d_hidden, row), zeros.read<T>(), d_c, d_i, d_i + n.hidden,
                      d_i + 2 * n.hidden, d_i + 3 * n.hidden);
    if (to.cell.wanted()) put_row(d_c, n.hidden, to.cell.tensor.write<T>() + row * n.hidden, to.cell.accumulate);
  }
  const Tensor x = contiguous(a.x), hidden = defined_rows(a.hidden);
  weight_gradients(n, n.batch, d_gates, x.read<T>(), hidden.defined() ? hidden.read<T>() : nullptr,
                   hidden.defined() ? Index{0} : n.batch, to);
  if (to.x.wanted()) {
    const Tensor weight_ih = contiguous(a.weight_ih);
    multiply(false, false, n.batch, n.in, width, d_gates, width, weight_ih.read<T>(), n.in, to.x.tensor.write<T>(),
             n.in, to.x.accumulate);
  }
  if (to.hidden.wanted()) {
    const Tensor weight_hh = contiguous(a.weight_hh);
    multiply(false, false, n.batch, n.hidden, width, d_gates, width, weight_hh.read<T>(), n.hidden,
             to.hidden.tensor.write<T>(), n.hidden, to.hidden.accumulate);
  }
}

}  // namespace

LstmResult lstm_forward(const LstmArguments& arguments) {
  check_rank("lstm", "x", arguments.x, 3, "[batch, time, in]");
  const Sizes n = check_weights("lstm", arguments, arguments.x.shape()[0], arguments.x.shape()[1]);
  return dispatch_floating("lstm", arguments.x.dtype(), [&]<class T>() { return forward<T>(arguments, n); });
}

void lstm_backward(const LstmArguments& arguments, const LstmSaved& saved, const LstmGradients& gradients,
                   const LstmDestinations& destinations) {
  const char* operation = "lstm";
  check_rank(operation, "x", arguments.x, 3, "[batch, time, in]");
  const DType dtype = arguments.x.dtype();
  const Sizes n = check_weights(operation, arguments, arguments.x.shape()[0], arguments.x.shape()[1]);
  if (gradients.output.defined())
    check_argument(operation, "the gradient of output", gradients.output, {n.batch, n.time, n.hidden}, dtype);
  if (gradients.hidden.defined())
    check_argument(operation, "the gradient of hidden", gradients.hidden, {n.batch, n.hidden}, dtype);
  if (gradients.cell.defined())
    check_argument(operation, "the gradient of cell", gradients.cell, {n.batch, n.hidden}, dtype);
  check_destinations(operation, arguments, n, destinations);
  dispatch_floating(operation, dtype, [&]<class T>() { backward<T>(arguments, n, saved, gradients, destinations); });
}

LstmCellResult lstm_cell_forward(const LstmArguments& arguments) {
  check_rank("lstm_cell", "x", arguments.x, 2, "[batch, in]");
  const Sizes n = check_weights("lstm_cell", arguments, arguments.x.shape()[0], 1);
  return dispatch_floating("lstm_cell", arguments.x.dtype(), [&]<class T>() { return cell_forward<T>(arguments, n); });
}

void lstm_cell_backward(const LstmArguments& arguments, const Tensor& gates, const Tensor& cell, const Tensor& d_hidden,
                        const Tensor& d_cell, const LstmDestinations& destinations) {
  const char* operation = "lstm_cell";
  check_rank(operation, "x", arguments.x, 2, "[batch, in]");
  const DType dtype = arguments.x.dtype();
  const Sizes n = check_weights(operation, arguments, arguments.x.shape()[0], 1);
  check_argument(operation, "gates", gates, {n.batch, 4 * n.hidden}, dtype);
  check_argument(operation, "the new cell", cell, {n.batch, n.hidden}, dtype);
  if (d_hidden.defined()) check_argument(operation, "the gradient of hidden", d_hidden, {n.batch, n.hidden}, dtype);
  if (d_cell.defined()) check_argument(operation, "the gradient of cell", d_cell, {n.batch, n.hidden}, dtype);
  check_destinations(operation, arguments, n, destinations);
  dispatch_floating(operation, dtype, [&]<class T>() {
    cell_backward<T>(arguments, n, contiguous(gates), contiguous(cell), d_hidden, d_cell, destinations);
  });
}

}  // namespace glance
