#include "tensor/lstm.h"

#include <algorithm>
#include <vector>

#include "tensor/check.h"
#include "tensor/matmul.h"
#include "tensor/packed_steps.h"
#include "tensor/vector_math.h"

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

// Activates one row of the four gates in place and moves the cell on. `shown` and `carried` both get h': the one where
// the caller looks for it, the other where the next step does.
template <class T>
void activate(Index hidden, T* __restrict input, T* __restrict forget, T* __restrict candidate, T* __restrict output,
              const T* __restrict bias, const T* __restrict cell, T* __restrict next_cell, T* __restrict shown,
              T* __restrict carried) {
  for (Index j = 0; j < hidden; ++j) {
    const T i = vector_math::sigmoid(input[j] + bias[j]);
    const T f = vector_math::sigmoid(forget[j] + bias[hidden + j]);
    const T g = vector_math::tanh(candidate[j] + bias[2 * hidden + j]);
    const T o = vector_math::sigmoid(output[j] + bias[3 * hidden + j]);
    const T c = f * cell[j] + i * g;
    const T h = o * vector_math::tanh(c);
    input[j] = i;
    forget[j] = f;
    candidate[j] = g;
    output[j] = o;
    next_cell[j] = c;
    shown[j] = h;
    carried[j] = h;
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
void weight_gradients(const Sizes& n, Index rows, const T* d_gates, const T* x, Index x_stride, const T* previous,
                      Index first, const LstmDestinations& to) {
  const Index width = 4 * n.hidden;
  if (to.weight_ih.wanted())
    multiply(true, false, width, n.in, rows, d_gates, width, x, x_stride, to.weight_ih.tensor.write<T>(), n.in,
             to.weight_ih.accumulate);
  if (to.weight_hh.wanted())
    multiply(true, false, width, n.hidden, rows - first, d_gates + first * width, width, previous + first * n.hidden,
             n.hidden, to.weight_hh.tensor.write<T>(), n.hidden, to.weight_hh.accumulate);
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
  const Tensor x = packed.pack<T>(a.x), weight_ih = contiguous(a.weight_ih), weight_hh = contiguous(a.weight_hh);
  const Tensor bias = sum_biases<T>(a, width), zeros = zero_row<T>(n.hidden, dtype);
  const Tensor start_hidden = a.hidden.defined() ? contiguous(a.hidden) : Tensor();
  const Tensor start_cell = a.cell.defined() ? contiguous(a.cell) : Tensor();

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
      multiply(false, true, count, width, n.hidden, previous + begin * n.hidden, n.hidden, weight_hh.read<T>(),
               n.hidden, gates + begin * width, width, true);
    for (Index place = 0; place < count; ++place) {
      const Index row = begin + place, batch_row = packed.batch_row(place);
      const T* cell = step > 0               ? cells + (packed.offset(step - 1) + place) * n.hidden
                      : start_cell.defined() ? start_cell.read<T>() + batch_row * n.hidden
                                             : zeros.read<T>();
      T* i = gates + row * width;
      const bool ends = place >= next_count;
      activate(n.hidden, i, i + n.hidden, i + 2 * n.hidden, i + 3 * n.hidden, bias.read<T>(), cell,
               cells + row * n.hidden, output + (batch_row * n.time + packed.time(place, step)) * n.hidden,
               ends ? last_hidden + batch_row * n.hidden : previous + (begin + count + place) * n.hidden);
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
  const Tensor weight_hh = contiguous(a.weight_hh), zeros = zero_row<T>(n.hidden, dtype);
  const Tensor start_cell = a.cell.defined() ? contiguous(a.cell) : Tensor();
  const auto rows_of = [](const Tensor& x) { return x.defined() ? contiguous(x) : Tensor(); };
  const Tensor d_output = rows_of(gradients.output), d_last_hidden = rows_of(gradients.hidden),
               d_last_cell = rows_of(gradients.cell);
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
  weight_gradients(n, packed.rows(), d_gates, x.defined() ? x.read<T>() : nullptr, n.in, saved.previous.read<T>(),
                   a.hidden.defined() ? Index{0} : first_count, to);
  if (to.x.wanted()) {
    const Tensor weight_ih = contiguous(a.weight_ih), d_x({packed.rows(), n.in}, dtype);
    multiply(false, false, packed.rows(), n.in, width, d_gates, width, weight_ih.read<T>(), n.in, d_x.write<T>(), n.in,
             false);
    packed.unpack<T>(d_x, to.x.tensor, to.x.accumulate);
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
  const char* operation = "lstm backward";
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

}  // namespace glance
