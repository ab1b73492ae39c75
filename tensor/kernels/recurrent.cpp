// The frame around every recurrent cell: it packs the sequences, runs the cell over them step by step, and carries the
// gradients back.
#include "glance/tensor/kernels/recurrent.h"

#include <algorithm>

#include "glance/tensor/check.h"
#include "glance/tensor/kernels/packed_steps.h"
#include "glance/tensor/kernels/recurrent_cells.h"
#include "glance/tensor/matmul.h"
#include "glance/tensor/small_product.h"

namespace glance {

namespace {

using Inputs = RecurrentInputs<Tensor>;
using Destinations = RecurrentInputs<Destination>;

// What an input is called in errors, and its gradient.
struct InputName {
  const char *name, *gradient;
  bool optional;
};

// Calls f(name, a's, b's) for each input: the one list of them.
template <class A, class B, class F>
void for_each_input(const RecurrentInputs<A>& a, const RecurrentInputs<B>& b, F&& f) {
  f(InputName{"x", "the gradient of x", false}, a.x, b.x);
  f(InputName{"weight_hh", "the gradient of weight_hh", false}, a.weight_hh, b.weight_hh);
  f(InputName{"weight_ih", "the gradient of weight_ih", false}, a.weight_ih, b.weight_ih);
  f(InputName{"bias_ih", "the gradient of bias_ih", true}, a.bias_ih, b.bias_ih);
  f(InputName{"bias_hh", "the gradient of bias_hh", true}, a.bias_hh, b.bias_hh);
  f(InputName{"hidden", "the gradient of hidden", true}, a.hidden, b.hidden);
  f(InputName{"cell", "the gradient of cell", true}, a.cell, b.cell);
}

struct Sizes {
  Index batch, time, in, hidden, width;  // width: gates times hidden
  bool one_step;                         // x is [batch, in], and `time` is 1
};

RecurrentInputs<Shape> shapes_of(const Shape& x, const Sizes& n) {
  const Shape bias{n.width}, state{n.batch, n.hidden};
  return {x, {n.width, n.in}, {n.width, n.hidden}, bias, bias, state, state};
}

// The sizes of a call, once everything fits.
Sizes check(const CellDescription& cell, const Inputs& in, bool one_step) {
  static constexpr const char* ih[] = {"[hidden, in]", "[2 hidden, in]", "[3 hidden, in]", "[4 hidden, in]"};
  static constexpr const char* hh[] = {"[hidden, hidden]", "[2 hidden, hidden]", "[3 hidden, hidden]",
                                       "[4 hidden, hidden]"};
  const char* operation = one_step ? cell.step_name : cell.name;
  check_rank(operation, "x", in.x, one_step ? 2 : 3, one_step ? "[batch, in]" : "[batch, time, in]");
  if (!is_floating(in.x.dtype())) throw_not_floating(operation, in.x.dtype());
  check_rank(operation, "weight_hh", in.weight_hh, 2, hh[cell.gates - 1]);
  check_features(operation, in.x, "weight_ih", in.weight_ih, ih[cell.gates - 1]);
  const Shape& x = in.x.shape();
  const Index hidden = in.weight_hh.shape()[1];
  const Sizes n{x[0], one_step ? 1 : x[1], x.back(), hidden, cell.gates * hidden, one_step};
  for_each_input(in, shapes_of(x, n), [&](const InputName& of, const Tensor& given, const Shape& expected) {
    if (!of.optional || given.given()) check_argument(operation, of.name, given, expected, in.x.dtype());
  });
  if (!cell.has_cell && in.cell.defined())
    throw Error(std::string(operation) + ": a cell state was given, but its state is `hidden` alone");
  return n;
}

void check_gradients(const char* operation, const Inputs& in, const Sizes& n, const RecurrentGradients& gradients,
                     const Destinations& to) {
  const DType dtype = in.x.dtype();
  const Shape state{n.batch, n.hidden};
  if (gradients.output.defined())
    check_argument(operation, "the gradient of output", gradients.output, {n.batch, n.time, n.hidden}, dtype);
  if (gradients.hidden.defined()) check_argument(operation, "the gradient of hidden", gradients.hidden, state, dtype);
  if (gradients.cell.defined()) check_argument(operation, "the gradient of cell", gradients.cell, state, dtype);
  for_each_input(to, shapes_of(in.x.shape(), n),
                 [&](const InputName& of, const Destination& given, const Shape& shape) {
                   check_destination(operation, of.gradient, given, shape, dtype);
                 });
}

template <class T>
Tensor zeros(const Shape& shape) {
  const Tensor x(shape, dtype_of<T>);
  std::fill_n(x.write<T>(), x.numel(), T{0});
  return x;
}

// The rows of a tensor, whatever its strides; of an undefined one, zeros for every row.
template <class T>
class Rows {
 public:
  Rows(const Tensor& x, Index width)
      : dense_(x.defined() ? contiguous(x) : zeros<T>({width})),
        data_(dense_.template read<T>()),
        distance_(x.defined() ? width : 0) {}
  const T* operator[](Index row) const { return data_ + row * distance_; }

  // Copies so many of them, from `row` on.
  void copy(Index row, Index count, Index width, T* to) const {
    if (distance_ > 0)
      std::copy_n((*this)[row], count * width, to);
    else
      std::fill_n(to, count * width, T{0});
  }

 private:
  Tensor dense_;
  const T* data_;
  Index distance_;
};

// b_ih + b_hh, zeros where undefined.
template <class T>
Tensor sum_biases(const Inputs& in, Index width) {
  const Tensor sum = zeros<T>({width});
  T* to = sum.write<T>();
  for (const Tensor& bias : {in.bias_ih, in.bias_hh})
    if (bias.defined()) {
      const Tensor dense = contiguous(bias);
      const T* from = dense.read<T>();
      for (Index j = 0; j < width; ++j) to[j] += from[j];
    }
  return sum;
}

template <class T>
Tensor transposed_copy(const Tensor& x) {
  const Index rows = x.shape()[0], columns = x.shape()[1];
  const Tensor result({columns, rows}, x.dtype());
  detail::copy_transposed(rows, columns, x.read<T>(), result.write<T>());
  return result;
}

template <class T>
void put_row(const T* from, Index width, T* to, bool accumulate) {
  if (accumulate)
    for (Index j = 0; j < width; ++j) to[j] += from[j];
  else
    std::copy_n(from, width, to);
}

template <class T>
T* writable(const Tensor& x) {
  return x.defined() ? x.write<T>() : nullptr;
}

// Where the state of a sequence before a step is, and its new cell after it.
template <class Cell, class T>
struct States {
  const PackedSteps& packed;
  Index width;
  Rows<T> previous_hidden;  // a row for each step; for a single step the given states
  Rows<T> start_cell;
  const T* cells;  // the new cells, a row for each step; null without

  States(const Inputs& in, const Sizes& n, const PackedSteps& steps, const RecurrentSaved& saved)
      : packed(steps),
        width(n.hidden),
        previous_hidden(n.one_step ? in.hidden : saved.previous, width),
        start_cell(in.cell, width),
        cells(saved.cells.defined() ? saved.cells.read<T>() : nullptr) {}

  const T* previous_cell(Index step, Index place) const {
    if (!Cell::description.has_cell) return nullptr;
    return step > 0 ? cells + (packed.offset(step - 1) + place) * width : start_cell[packed.batch_row(place)];
  }
};

template <class Cell, class T>
RecurrentResult room_for_result(const Sizes& n, Index rows) {
  const auto room = [](bool wanted, Index count, Index width) {
    return wanted ? Tensor({count, width}, dtype_of<T>) : Tensor();
  };
  constexpr bool has_cell = Cell::description.has_cell;
  RecurrentResult result;
  if (!n.one_step) result.output = Tensor({n.batch, n.time, n.hidden}, dtype_of<T>);
  result.hidden = room(true, n.batch, n.hidden);
  result.cell = room(has_cell, n.batch, n.hidden);
  result.saved.gates = room(true, rows, n.width);
  result.saved.cells = n.one_step ? result.cell : room(has_cell, rows, n.hidden);
  result.saved.previous = room(!n.one_step, rows, n.hidden);
  result.saved.products = room(Cell::separate_products, rows, n.hidden);
  return result;
}

// Every sequence starts from its state; one without a step ends there too.
template <class T>
void start_sequences(const Inputs& in, const PackedSteps& packed, const Sizes& n, const RecurrentResult& result) {
  const Rows<T> hidden(in.hidden, n.hidden), cell(in.cell, n.hidden);
  T *previous = result.saved.previous.write<T>(), *last_hidden = result.hidden.write<T>();
  T* last_cell = writable<T>(result.cell);
  for (Index place = 0; place < n.batch; ++place) {
    const Index row = packed.batch_row(place);
    if (packed.length(place) > 0) {
      std::copy_n(hidden[row], n.hidden, previous + place * n.hidden);
    } else {
      std::copy_n(hidden[row], n.hidden, last_hidden + row * n.hidden);
      if (last_cell) std::copy_n(cell[row], n.hidden, last_cell + row * n.hidden);
    }
  }
}

// h W_hhᵀ, onto or over a block of rows.
template <class T>
class HiddenProduct {
 public:
  // Small products are up to 1.7 times as fast with W_hhᵀ laid out as such, which a few steps repay.
  HiddenProduct(const Tensor& weight_hh, Index steps, const Sizes& n)
      : n_(n), laid_out_(steps >= 4 && n.width * n.hidden <= 1 << 17) {
    const Tensor dense = contiguous(weight_hh);
    weight_ = laid_out_ ? transposed_copy<T>(dense) : dense;
  }
  void operator()(Index count, const T* hidden, T* to, bool accumulate) const {
    gemm(false, !laid_out_, count, n_.width, n_.hidden, hidden, n_.hidden, weight_.template read<T>(),
         weight_.shape()[1], to, n_.width, accumulate);
  }

 private:
  Sizes n_;
  bool laid_out_;
  Tensor weight_;
};

// Where the forward pass writes; null for what there is not.
template <class T>
struct Written {
  T *gates, *cells, *previous, *kept, *output, *last_hidden;
  T* last_cell;  // null for a single step too: its new cells are the last

  Written(const RecurrentResult& result, const Sizes& n)
      : gates(result.saved.gates.write<T>()),
        cells(writable<T>(result.saved.cells)),
        previous(writable<T>(result.saved.previous)),
        kept(writable<T>(result.saved.products)),
        output(writable<T>(result.output)),
        last_hidden(result.hidden.write<T>()),
        last_cell(n.one_step ? nullptr : writable<T>(result.cell)) {}
};

// A step of the forward pass, row by row, once its products are there.
template <class Cell, class T>
void activate_step(Index step, const PackedSteps& packed, const States<Cell, T>& states, const T* bias,
                   const T* bias_hh, const T* products, const Sizes& n, const Written<T>& to) {
  const Index hidden = n.hidden, begin = packed.offset(step), count = packed.running(step);
  const Index next_count = packed.running(step + 1);
  for (Index place = 0; place < count; ++place) {
    const Index row = begin + place, batch_row = packed.batch_row(place);
    const bool ends = place >= next_count;
    T* next_hidden = ends ? to.last_hidden + batch_row * hidden : to.previous + (begin + count + place) * hidden;
    T* next_cell = to.cells ? to.cells + row * hidden : nullptr;
    Cell::forward(detail::CellRow<T>{.hidden = hidden,
                                     .gates = to.gates + row * n.width,
                                     .products = products ? products + place * n.width : nullptr,
                                     .kept = to.kept ? to.kept + row * hidden : nullptr,
                                     .bias = bias,
                                     .bias_hh = bias_hh,
                                     .previous_hidden = states.previous_hidden[row],
                                     .previous_cell = states.previous_cell(step, place),
                                     .next_hidden = next_hidden,
                                     .next_cell = next_cell});
    if (to.output)
      std::copy_n(next_hidden, hidden, to.output + (batch_row * n.time + packed.time(place, step)) * hidden);
    if (ends && to.last_cell) std::copy_n(next_cell, hidden, to.last_cell + batch_row * hidden);
  }
}

template <class Cell, class T>
RecurrentResult forward(const Inputs& in, const Scan& scan, const Sizes& n) {
  constexpr bool separate = Cell::separate_products;
  const PackedSteps packed(Cell::description.name, n.batch, n.time, scan.lengths, scan.direction == Direction::reverse);
  const Index rows = packed.rows();
  const RecurrentResult result = room_for_result<Cell, T>(n, rows);
  if (!n.one_step) start_sequences<T>(in, packed, n, result);
  const States<Cell, T> states(in, n, packed, result.saved);
  const Tensor bias_sum = separate ? Tensor() : sum_biases<T>(in, n.width);
  const Rows<T> bias(separate ? in.bias_ih : bias_sum, n.width), bias_hh(separate ? in.bias_hh : bias_sum, n.width);
  const Tensor x = n.one_step ? contiguous(in.x) : packed.pack<T>(in.x), weight_ih = contiguous(in.weight_ih);
  const HiddenProduct<T> hidden_product(in.weight_hh, packed.steps(), n);
  const Tensor products = separate ? zeros<T>({n.batch, n.width}) : Tensor();  // stays 0 where no state was given
  T* apart = writable<T>(products);
  const Written<T> to(result, n);

  gemm(false, true, rows, n.width, n.in, x.read<T>(), n.in, weight_ih.read<T>(), n.in, to.gates, n.width, false);
  for (Index step = 0; step < packed.steps(); ++step) {
    const Index begin = packed.offset(step);
    if (step > 0 || in.hidden.defined())
      hidden_product(packed.running(step), states.previous_hidden[begin], separate ? apart : to.gates + begin * n.width,
                     !separate);
    activate_step(step, packed, states, bias[0], bias_hh[0], apart, n, to);
  }
  for (Index place = 0; to.output && place < n.batch; ++place) {  // pads
    T* row = to.output + packed.batch_row(place) * n.time * n.hidden;
    std::fill(row + packed.length(place) * n.hidden, row + n.time * n.hidden, T{0});
  }
  return result;
}

// The gradients of the products, a row for each step: of x W_ihᵀ, and of h W_hhᵀ where the cell keeps that apart.
struct ProductGradients {
  Tensor ih, hh;
};

// The gradients of the states, on their way back: a row for each place, of the sequence that stands there.
template <class Cell, class T>
class Carried {
 public:
  Carried(const Inputs& in, const Sizes& n, const PackedSteps& packed, const RecurrentGradients& last)
      : n_(n),
        packed_(packed),
        weight_hh_(contiguous(in.weight_hh)),
        last_hidden_(last.hidden, n.hidden),
        last_cell_(last.cell, n.hidden),
        memory_({Cell::description.has_cell ? 2 : 1, n.batch, n.hidden}, dtype_of<T>),
        hidden_(memory_.template write<T>()),
        cell_(Cell::description.has_cell ? hidden_ + n.batch * n.hidden : nullptr) {}

  T* hidden() const { return hidden_; }
  T* cell() const { return cell_; }

  // Each sequence starts, at its own last step, from the gradient of its last state.
  void start(Index from, Index until) const {
    if (packed_.in_order()) {
      last_hidden_.copy(from, until - from, n_.hidden, hidden_ + from * n_.hidden);
      if (cell_) last_cell_.copy(from, until - from, n_.hidden, cell_ + from * n_.hidden);
      return;
    }
    for (Index place = from; place < until; ++place) {
      const Index row = packed_.batch_row(place);
      std::copy_n(last_hidden_[row], n_.hidden, hidden_ + place * n_.hidden);
      if (cell_) std::copy_n(last_cell_[row], n_.hidden, cell_ + place * n_.hidden);
    }
  }
  // What a step hands to the hidden states that it started from.
  void carry_back(Index step, const ProductGradients& d, T* to, bool accumulate) const {
    const Index count = packed_.running(step);
    if (count > 0)
      gemm(false, false, count, n_.hidden, n_.width, d.hh.read<T>() + packed_.offset(step) * n_.width, n_.width,
           weight_hh_.template read<T>(), n_.hidden, to, n_.hidden, accumulate);
  }
  // Puts the gradients of the first states where they are wanted.
  void put(const ProductGradients& d, const Destinations& to) const {
    // The rows of a single step are in the order of the batch, so the product goes straight there.
    const bool straight = n_.one_step && !Cell::separate_products;
    T* d_hidden = to.hidden.wanted() ? to.hidden.tensor.write<T>() : nullptr;
    T* d_cell = to.cell.wanted() && cell_ ? to.cell.tensor.write<T>() : nullptr;
    if (d_hidden && straight) carry_back(0, d, d_hidden, to.hidden.accumulate);
    if (d_hidden && !straight) carry_back(0, d, hidden_, Cell::separate_products);
    start(packed_.running(0), n_.batch);  // those without a step
    for (Index place = 0; place < n_.batch; ++place) {
      const Index from = place * n_.hidden, at = packed_.batch_row(place) * n_.hidden;
      if (d_hidden && !straight) put_row(hidden_ + from, n_.hidden, d_hidden + at, to.hidden.accumulate);
      if (d_cell) put_row(cell_ + from, n_.hidden, d_cell + at, to.cell.accumulate);
    }
  }

 private:
  Sizes n_;
  const PackedSteps& packed_;
  Tensor weight_hh_;
  Rows<T> last_hidden_, last_cell_;
  Tensor memory_;
  T *hidden_, *cell_;
};

// From the last step to the first: the gradients of the products, and those of the first states.
template <class Cell, class T>
ProductGradients backward_steps(const Inputs& in, const Sizes& n, const PackedSteps& packed,
                                const RecurrentSaved& saved, const RecurrentGradients& gradients,
                                const Destinations& to) {
  constexpr bool separate = Cell::separate_products;
  const Index hidden = n.hidden, width = n.width;
  const States<Cell, T> states(in, n, packed, saved);
  const Carried<Cell, T> carried(in, n, packed, gradients);
  const Rows<T> d_output(gradients.output, hidden);
  const Tensor d_ih({packed.rows(), width}, dtype_of<T>);
  const ProductGradients d{d_ih, separate ? Tensor({packed.rows(), width}, dtype_of<T>) : d_ih};
  const T *gates = saved.gates.read<T>(), *kept = separate ? saved.products.read<T>() : nullptr;
  T *d_gates = d.ih.write<T>(), *d_products = separate ? d.hh.write<T>() : nullptr;
  T *d_hidden = carried.hidden(), *d_cell = carried.cell();
  for (Index step = packed.steps() - 1; step >= 0; --step) {
    const Index begin = packed.offset(step), count = packed.running(step);
    carried.carry_back(step + 1, d, d_hidden, separate);
    carried.start(packed.running(step + 1), count);
    for (Index place = 0; place < count; ++place) {
      const Index row = begin + place, output_row = packed.batch_row(place) * n.time + packed.time(place, step);
      Cell::backward(detail::CellRowGradient<T>{.hidden = hidden,
                                                .gates = gates + row * width,
                                                .kept = kept ? kept + row * hidden : nullptr,
                                                .previous_hidden = states.previous_hidden[row],
                                                .previous_cell = states.previous_cell(step, place),
                                                .next_cell = states.cells ? states.cells + row * hidden : nullptr,
                                                .d_output = d_output[output_row],
                                                .d_hidden = d_hidden + place * hidden,
                                                .d_cell = d_cell ? d_cell + place * hidden : nullptr,
                                                .d_gates = d_gates + row * width,
                                                .d_products = d_products ? d_products + row * width : nullptr});
    }
  }
  carried.put(d, to);
  return d;
}

// The gradient of a bias is the sum of the rows, put where it is wanted.
template <class T>
void put_sum_of_rows(const T* rows, Index count, Index width, std::initializer_list<Destination> to) {
  if (std::none_of(to.begin(), to.end(), [](const Destination& bias) { return bias.wanted(); })) return;
  const Tensor sum = zeros<T>({width});
  T* total = sum.write<T>();
  for (Index row = 0; row < count; ++row)
    for (Index j = 0; j < width; ++j) total[j] += rows[row * width + j];
  for (const Destination& bias : to)
    if (bias.wanted()) put_row(total, width, bias.tensor.write<T>(), bias.accumulate);
}

// The gradients that need no order in time: one product each over all steps.
template <class Cell, class T>
void put_weight_gradients(const Inputs& in, const Sizes& n, const PackedSteps& packed, const RecurrentSaved& saved,
                          const ProductGradients& d, const Destinations& to) {
  const Index rows = packed.rows(), width = n.width;
  const T *d_ih = d.ih.read<T>(), *d_hh = d.hh.read<T>();
  if (to.weight_ih.wanted()) {
    const Tensor x = n.one_step ? contiguous(in.x) : packed.pack<T>(in.x);
    gemm(true, false, width, n.in, rows, d_ih, width, x.read<T>(), n.in, to.weight_ih.tensor.write<T>(), n.in,
         to.weight_ih.accumulate);
  }
  if (to.weight_hh.wanted()) {
    const Index first = in.hidden.defined() ? 0 : packed.running(0);  // states before that are zeros
    const Rows<T> previous(n.one_step ? in.hidden : saved.previous, n.hidden);
    gemm(true, false, width, n.hidden, rows - first, d_hh + first * width, width, previous[first < rows ? first : 0],
         n.hidden, to.weight_hh.tensor.write<T>(), n.hidden, to.weight_hh.accumulate);
  }
  if (Cell::separate_products) {
    put_sum_of_rows(d_ih, rows, width, {to.bias_ih});
    put_sum_of_rows(d_hh, rows, width, {to.bias_hh});
  } else {
    put_sum_of_rows(d_ih, rows, width, {to.bias_ih, to.bias_hh});
  }
}

template <class Cell, class T>
void backward(const Inputs& in, const Scan& scan, const Sizes& n, const RecurrentSaved& saved,
              const RecurrentGradients& gradients, const Destinations& to) {
  const char* operation = n.one_step ? Cell::description.step_name : Cell::description.name;
  const PackedSteps packed(operation, n.batch, n.time, scan.lengths, scan.direction == Direction::reverse);
  const Index rows = packed.rows();
  const auto check_saved = [&](const char* what, const Tensor& x, Index width) {
    check_argument(operation, what, x, {rows, width}, dtype_of<T>);
  };
  check_saved("saved gates", saved.gates, n.width);
  if (Cell::description.has_cell) check_saved("saved cells", saved.cells, n.hidden);
  if (!n.one_step) check_saved("saved previous states", saved.previous, n.hidden);
  if (Cell::separate_products) check_saved("saved products", saved.products, n.hidden);

  const ProductGradients d = backward_steps<Cell, T>(in, n, packed, saved, gradients, to);
  put_weight_gradients<Cell, T>(in, n, packed, saved, d, to);
  if (!to.x.wanted()) return;
  const Tensor weight_ih = contiguous(in.weight_ih);
  const auto x_gradient = [&](const Tensor& d_x, bool accumulate) {
    gemm(false, false, rows, n.in, n.width, d.ih.read<T>(), n.width, weight_ih.read<T>(), n.in, d_x.write<T>(), n.in,
         accumulate);
  };
  if (n.one_step) return x_gradient(to.x.tensor, to.x.accumulate);
  const Tensor d_x({rows, n.in}, dtype_of<T>);
  x_gradient(d_x, false);
  packed.unpack<T>(d_x, to.x.tensor, to.x.accumulate);
}

}  // namespace

CellDescription describe(CellKind kind) {
  return detail::with_cell(kind, []<class Cell>(Cell) { return Cell::description; });
}

RecurrentResult recurrent_forward(CellKind kind, const Inputs& in, const Scan& scan) {
  return detail::with_cell(kind, [&]<class Cell>(Cell) {
    const Sizes n = check(Cell::description, in, scan.one_step);
    return dispatch_floating(Cell::description.name, in.x.dtype(),
                             [&]<class T>() { return forward<Cell, T>(in, scan, n); });
  });
}

void recurrent_backward(CellKind kind, const Inputs& in, const Scan& scan, const RecurrentSaved& saved,
                        const RecurrentGradients& gradients, const Destinations& to) {
  detail::with_cell(kind, [&]<class Cell>(Cell) {
    const Sizes n = check(Cell::description, in, scan.one_step);
    check_gradients(scan.one_step ? Cell::description.step_name : Cell::description.name, in, n, gradients, to);
    dispatch_floating(Cell::description.name, in.x.dtype(),
                      [&]<class T>() { backward<Cell, T>(in, scan, n, saved, gradients, to); });
  });
}

}  // namespace glance
