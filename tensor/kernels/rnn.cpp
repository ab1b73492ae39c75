#include "glance/tensor/kernels/rnn.h"

#include <algorithm>

#include "glance/tensor/check.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/kernels/packed_steps.h"
#include "glance/tensor/matmul.h"
#include "glance/tensor/reduce.h"
#include "glance/tensor/vector_math.h"
#include "glance/tensor/view.h"

namespace glance {

namespace {

constexpr const char* operation = "rnn";

struct Sizes {
  Index batch, time, in, hidden;
};

Sizes check(const RnnArguments& a) {
  check_rank(operation, "x", a.x, 3, "[batch, time, in]");
  const DType dtype = a.x.dtype();
  if (!is_floating(dtype)) throw_not_floating(operation, dtype);
  check_rank(operation, "weight_hh", a.weight_hh, 2, "[hidden, hidden]");
  check_features(operation, a.x, "weight_ih", a.weight_ih, "[hidden, in]");
  const Sizes n{a.x.shape()[0], a.x.shape()[1], a.x.shape()[2], a.weight_hh.shape()[1]};
  check_argument(operation, "weight_hh", a.weight_hh, {n.hidden, n.hidden}, dtype);
  check_argument(operation, "weight_ih", a.weight_ih, {n.hidden, n.in}, dtype);
  if (a.bias_ih.defined()) check_argument(operation, "bias_ih", a.bias_ih, {n.hidden}, dtype);
  if (a.bias_hh.defined()) check_argument(operation, "bias_hh", a.bias_hh, {n.hidden}, dtype);
  if (a.hidden.defined()) check_argument(operation, "hidden", a.hidden, {n.batch, n.hidden}, dtype);
  return n;
}

void check_destinations(const RnnArguments& a, const Sizes& n, const RnnDestinations& to) {
  const DType dtype = a.x.dtype();
  check_destination(operation, "the gradient of x", to.x, a.x.shape(), dtype);
  check_destination(operation, "the gradient of weight_ih", to.weight_ih, {n.hidden, n.in}, dtype);
  check_destination(operation, "the gradient of weight_hh", to.weight_hh, {n.hidden, n.hidden}, dtype);
  check_destination(operation, "the gradient of bias_ih", to.bias_ih, {n.hidden}, dtype);
  check_destination(operation, "the gradient of bias_hh", to.bias_hh, {n.hidden}, dtype);
  check_destination(operation, "the gradient of hidden", to.hidden, {n.batch, n.hidden}, dtype);
}

Tensor start_state(const RnnArguments& a, const Sizes& n) {
  return a.hidden.defined() ? contiguous(a.hidden) : zeros({n.batch, n.hidden}, a.x.dtype());
}

// h' = φ(z), in place.
template <class T>
void activate(Nonlinearity nonlinearity, Index n, T* __restrict z) {
  if (nonlinearity == Nonlinearity::tanh)
    for (Index j = 0; j < n; ++j) z[j] = vector_math::tanh(z[j]);
  else
    for (Index j = 0; j < n; ++j) z[j] = z[j] < 0 ? T{0} : z[j];  // NaN stays
}

// dL/dz = dL/dh' · φ'(z), in terms of h': 1 - h'² for tanh, and for relu 1 where h' > 0.
template <class T>
void activate_backward(Nonlinearity nonlinearity, Index n, const T* __restrict state, const T* __restrict d_shown,
                       const T* __restrict d_carried, T* __restrict d_z) {
  if (nonlinearity == Nonlinearity::tanh)
    for (Index j = 0; j < n; ++j) d_z[j] = (d_shown[j] + d_carried[j]) * (1 - state[j] * state[j]);
  else
    for (Index j = 0; j < n; ++j) d_z[j] = state[j] > 0 ? d_shown[j] + d_carried[j] : T{0};
}

void put(const Tensor& value, const Destination& to) {
  if (!to.wanted()) return;
  if (to.accumulate)
    add_into(to.tensor, value);
  else
    assign(to.tensor, value);
}

template <class T>
RnnResult forward(const RnnArguments& a, const Sizes& n) {
  const DType dtype = dtype_of<T>;
  const PackedSteps packed(operation, n.batch, n.time, a.lengths, a.reverse);
  const Tensor x = packed.pack<T>(a.x), weight_ih = contiguous(a.weight_ih), weight_hh = contiguous(a.weight_hh);
  const Tensor start = start_state(a, n);
  RnnResult result{zeros({n.batch, n.time, n.hidden}, dtype),
                   copy(start),
                   {Tensor({packed.rows(), n.hidden}, dtype), Tensor({packed.rows(), n.hidden}, dtype)}};
  T* states = result.saved.states.write<T>();
  T* previous = result.saved.previous.write<T>();
  T* last = result.hidden.write<T>();

  // x W_ihᵀ + b_ih + b_hh for every step at once.
  const Tensor& z = result.saved.states;
  if (a.bias_ih.defined() || a.bias_hh.defined()) {
    const Tensor bias = zeros({n.hidden}, dtype);
    if (a.bias_ih.defined()) add_into(bias, a.bias_ih);
    if (a.bias_hh.defined()) add_into(bias, a.bias_hh);
    assign(z, bias);
    multiply_into(z, x, transpose(weight_ih), true);
  } else {
    multiply_into(z, x, transpose(weight_ih), false);
  }
  for (Index step = 0; step < packed.steps(); ++step) {
    const Index begin = packed.offset(step), count = packed.running(step);
    for (Index place = 0; place < count; ++place) {
      const T* before = step > 0 ? states + (packed.offset(step - 1) + place) * n.hidden
                                 : start.read<T>() + packed.batch_row(place) * n.hidden;
      std::copy_n(before, n.hidden, previous + (begin + place) * n.hidden);
    }
    multiply(false, true, count, n.hidden, n.hidden, previous + begin * n.hidden, n.hidden, weight_hh.read<T>(),
             n.hidden, states + begin * n.hidden, n.hidden, true);
    activate(a.nonlinearity, count * n.hidden, states + begin * n.hidden);
    for (Index place = packed.running(step + 1); place < count; ++place)
      std::copy_n(states + (begin + place) * n.hidden, n.hidden, last + packed.batch_row(place) * n.hidden);
  }
  packed.unpack<T>(result.saved.states, result.output, false);
  return result;
}

template <class T>
void backward(const RnnArguments& a, const Sizes& n, const RnnSaved& saved, const RnnGradients& gradients,
              const RnnDestinations& to) {
  const DType dtype = dtype_of<T>;
  const PackedSteps packed(operation, n.batch, n.time, a.lengths, a.reverse);
  check_argument(operation, "saved states", saved.states, {packed.rows(), n.hidden}, dtype);
  check_argument(operation, "saved previous states", saved.previous, {packed.rows(), n.hidden}, dtype);
  const Tensor weight_hh = contiguous(a.weight_hh), none = zeros({n.batch, n.hidden}, dtype);
  const Tensor d_shown =
      gradients.output.defined() ? packed.pack<T>(gradients.output) : zeros({packed.rows(), n.hidden}, dtype);
  const Tensor d_last = gradients.hidden.defined() ? contiguous(gradients.hidden) : none;
  const Tensor d_z({packed.rows(), n.hidden}, dtype), carried({n.batch, n.hidden}, dtype);
  const T* states = saved.states.read<T>();
  T* d = d_z.write<T>();
  T* d_carried = carried.write<T>();  // dL/dh of the step at hand, a row for each place

  // Each sequence starts, at its own last step, from the gradient of its final state.
  const auto start_rows = [&](Index from, Index until) {
    for (Index place = from; place < until; ++place)
      std::copy_n(d_last.read<T>() + packed.batch_row(place) * n.hidden, n.hidden, d_carried + place * n.hidden);
  };
  // What the steps after `step` hand back to the states they started from.
  const auto carry_back = [&](Index step) {
    const Index count = packed.running(step);
    if (count > 0)
      multiply(false, false, count, n.hidden, n.hidden, d + packed.offset(step) * n.hidden, n.hidden,
               weight_hh.read<T>(), n.hidden, d_carried, n.hidden, false);
    return count;
  };
  for (Index step = packed.steps() - 1; step >= 0; --step) {
    const Index next_count = step + 1 < packed.steps() ? carry_back(step + 1) : 0;
    start_rows(next_count, packed.running(step));
    const Index at = packed.offset(step) * n.hidden;
    activate_backward(a.nonlinearity, packed.running(step) * n.hidden, states + at, d_shown.read<T>() + at, d_carried,
                      d + at);
  }
  if (to.hidden.wanted()) {
    start_rows(packed.steps() > 0 ? carry_back(0) : 0, n.batch);
    const Tensor d_start({n.batch, n.hidden}, dtype);
    T* rows = d_start.write<T>();
    for (Index place = 0; place < n.batch; ++place)
      std::copy_n(d_carried + place * n.hidden, n.hidden, rows + packed.batch_row(place) * n.hidden);
    put(d_start, to.hidden);
  }
  if (to.weight_ih.wanted())
    multiply_into(to.weight_ih.tensor, transpose(d_z), packed.pack<T>(a.x), to.weight_ih.accumulate);
  if (to.weight_hh.wanted())
    multiply_into(to.weight_hh.tensor, transpose(d_z), saved.previous, to.weight_hh.accumulate);
  if (to.bias_ih.wanted() || to.bias_hh.wanted()) {
    const Tensor d_bias = sum(d_z, 0);
    put(d_bias, to.bias_ih);
    put(d_bias, to.bias_hh);
  }
  if (to.x.wanted()) {
    const Tensor d_x({packed.rows(), n.in}, dtype);
    multiply_into(d_x, d_z, contiguous(a.weight_ih), false);
    packed.unpack<T>(d_x, to.x.tensor, to.x.accumulate);
  }
}

}  // namespace

RnnResult rnn_forward(const RnnArguments& arguments) {
  const Sizes n = check(arguments);
  return dispatch_floating(operation, arguments.x.dtype(), [&]<class T>() { return forward<T>(arguments, n); });
}

void rnn_backward(const RnnArguments& arguments, const RnnSaved& saved, const RnnGradients& gradients,
                  const RnnDestinations& destinations) {
  const Sizes n = check(arguments);
  const DType dtype = arguments.x.dtype();
  check_destinations(arguments, n, destinations);
  if (gradients.output.defined())
    check_argument(operation, "the gradient of the output", gradients.output, {n.batch, n.time, n.hidden}, dtype);
  if (gradients.hidden.defined())
    check_argument(operation, "the gradient of the last hidden state", gradients.hidden, {n.batch, n.hidden}, dtype);
  dispatch_floating(operation, dtype, [&]<class T>() { backward<T>(arguments, n, saved, gradients, destinations); });
}

}  // namespace glance
