// The lines for products, losses, normalisation and recurrent layers in the table of random programs.
#include <cmath>

#include "glance/autograd/activations.h"
#include "glance/autograd/arithmetic.h"
#include "glance/autograd/indexing.h"
#include "glance/autograd/loss.h"
#include "glance/autograd/normalisation.h"
#include "glance/autograd/products.h"
#include "glance/autograd/recurrent.h"
#include "glance/autograd/reductions.h"
#include "glance/autograd/views.h"
#include "glance/nn/loss.h"
#include "glance/nn/recurrent.h"
#include "glance/tensor/create.h"
#include "tests/fuzz/builder.h"

namespace glance::fuzz {

namespace {

// Weights small enough that a chain of layers stays in range.
const Domain weights{.low = -0.75, .high = 0.75};

bool draw_matmul(Builder& b, Step& step) {
  const int x = b.any(1);
  const Shape& shape = b.shape_of(x);
  const Index inner = shape.back();
  const int found = b.existing([&](const Tensor& y) {
    if (y.rank() == 0 || y.shape(y.rank() == 1 ? 0 : -2) != inner) return false;
    for (int d = 3; d <= std::min(y.rank(), shape.rank()); ++d)
      if (y.shape(-d) != shape[shape.rank() - d] && y.shape(-d) != 1 && shape[shape.rank() - d] != 1) return false;
    return true;
  });
  if (found != no_argument && b.chance(0.6)) {
    step.arguments = {x, found};
    return true;
  }
  Shape other = {inner};
  if (b.chance(0.75)) {
    other = b.shape_that_stretches_to(shape);
    while (other.rank() < 2) other.insert(0, b.between(1, 3));
    other[other.rank() - 2] = inner;
    other[other.rank() - 1] = b.between(0, 4);
  }
  step.arguments = {x, b.input(other, weights)};
  return true;
}

void add_linear(Builder& b, Step& step, int x) {
  const Index out = b.between(1, 5);
  const int weight = b.of_shape({out, b.shape_of(x).back()}, weights);
  step.arguments = {x, weight, b.of_shape_or_none({out})};
}

void add_layer_norm(Builder& b, Step& step, int x) {
  const Shape features = {b.shape_of(x).back()};
  step.arguments = {x, b.of_shape_or_none(features), b.of_shape_or_none(features)};
  step.attributes.all["epsilon"] = b.chance(0.5) ? 1e-5 : 0.125;
}

std::vector<Operation> products() {
  return {
      {"matmul", draw_matmul, [](Arguments x, const Attributes&) { return Values{matmul(x[0], x[1])}; },
       "matmul($0, $1)", "torch.matmul($0, $1)"},
      {"linear",
       [](Builder& b, Step& step) {
         add_linear(b, step, b.any(1));
         return true;
       },
       [](Arguments x, const Attributes&) { return Values{linear(x[0], x[1], x[2])}; }, "linear($0, $1, $2)",
       "torch.nn.functional.linear($0, $1, $2)",
       [](Arguments x, const Attributes&) { return Values{composed_linear(x[0], x[1], x[2])}; },
       [](Builder& b, Step& step) {
         add_linear(b, step, b.sequences());
         return true;
       }},
      {"activated_linear",
       [](Builder& b, Step& step) {
         add_linear(b, step, b.any(1));
         return true;
       },
       [](Arguments x, const Attributes&) { return Values{activated_linear(x[0], x[1], x[2], Activation::gelu)}; },
       "activated_linear($0, $1, $2, Activation::gelu)",
       "torch.nn.functional.gelu(torch.nn.functional.linear($0, $1, $2))",
       [](Arguments x, const Attributes&) { return Values{gelu(composed_linear(x[0], x[1], x[2]))}; },
       [](Builder& b, Step& step) {
         add_linear(b, step, b.sequences());
         return true;
       }},
      {"layer_norm",
       [](Builder& b, Step& step) {
         add_layer_norm(b, step, b.any(1));
         return b.shape_of(step.arguments[0]).back() > 1;
       },
       [](Arguments x, const Attributes& a) { return Values{layer_norm(x[0], x[1], x[2], a.number("epsilon"))}; },
       "layer_norm($0, $1, $2, $epsilon)", "layer_norm($0, $1, $2, $epsilon)",
       [](Arguments x, const Attributes& a) {
         return Values{composed_layer_norm(x[0], x[1], x[2], a.number("epsilon"))};
       },
       [](Builder& b, Step& step) {
         add_layer_norm(b, step, b.sequences());
         return b.shape_of(step.arguments[0])[2] > 1;
       }},
  };
}

// x, weights for so many gates, biases and states, which may be missing.
void add_recurrent(Builder& b, Step& step, int x, Index gates, int states) {
  const Index in = b.shape_of(x).back(), batch = b.shape_of(x)[0], hidden = b.between(1, 4);
  const bool biased = b.chance(0.7);
  step.arguments = {x, b.input({gates * hidden, in}, weights), b.of_shape({gates * hidden, hidden}, weights),
                    biased ? b.of_shape({gates * hidden}) : no_argument,
                    biased ? b.of_shape({gates * hidden}) : no_argument};
  for (int i = 0; i < states; ++i) step.arguments.push_back(b.of_shape_or_none({batch, hidden}));
}

Draw recurrent_over_time(Index gates, int states) {
  return [=](Builder& b, Step& step) {
    const int x = b.any(3, {}, 3);
    const Index batch = b.shape_of(x)[0], time = b.shape_of(x)[1];
    if (time > 6) return false;
    add_recurrent(b, step, x, gates, states);
    step.attributes.all["lengths"] = b.chance(0.4) ? Tensor() : b.indices({batch}, time + 1);
    step.attributes.all["reverse"] = b.chance(0.3);
    return true;
  };
}

// States are left out: those of a batch cannot be told from weights when the batch is cut.
Draw recurrent_over_sequences(Index gates, int states) {
  return [=](Builder& b, Step& step) {
    add_recurrent(b, step, b.sequences(), gates, 0);
    step.arguments.insert(step.arguments.end(), static_cast<std::size_t>(states), no_argument);
    step.attributes.all["lengths"] = b.lengths();
    step.attributes.all["reverse"] = b.chance(0.3);
    return true;
  };
}

Draw cell(Index gates, int states) {
  return [=](Builder& b, Step& step) {
    add_recurrent(b, step, b.any(2, {}, 2), gates, states);
    return true;
  };
}

RecurrentWeights weights_of(Arguments x) { return {x[1], x[2], x[3], x[4]}; }

RecurrentState state_of(Arguments x) { return {x[5], x.size() > 6 ? x[6] : Variable()}; }

Direction direction_of(const Attributes& a) { return a.flag("reverse") ? Direction::reverse : Direction::forward; }

Values list(const RecurrentState& state) {
  return state.cell.defined() ? Values{state.hidden, state.cell} : Values{state.hidden};
}
Values list(const RecurrentOutput& out) {
  Values all = list(out.state);
  all.insert(all.begin(), out.output);
  return all;
}

// A layer with this kind of cell over sequences, and a step of it.
std::vector<Operation> operations_of(CellKind kind) {
  const CellDescription about = describe(kind);
  const int states = about.has_cell ? 2 : 1;
  const std::string name = about.name, step_name = about.step_name;
  const std::string weight_list = "{$1, $2, $3, $4}" + std::string(kind == CellKind::rnn ? ", Nonlinearity::tanh" : "");
  const std::string state = about.has_cell ? "{$5, $6}" : "{$5}", tuple = about.has_cell ? "($5, $6)" : "($5,)";
  const auto with = [kind](auto f) {
    return [kind, f](Arguments x, const Attributes& a) {
      return list(f(kind, x[0], weights_of(x), state_of(x), a.tensor("lengths"), direction_of(a)));
    };
  };
  const auto step_with = [kind](auto f) {
    return [kind, f](Arguments x, const Attributes&) { return list(f(kind, x[0], weights_of(x), state_of(x))); };
  };
  return {{name, recurrent_over_time(about.gates, states), with(recurrent),
           "const auto [$r0, state_of_$r0] = " + name + "($0, " + weight_list + ", " + state +
               ", $lengths, $reverse ? Direction::reverse : Direction::forward); " +
               (about.has_cell ? "const auto [$r1, $r2] = state_of_$r0;" : "const Variable $r1 = state_of_$r0.hidden;"),
           "$results = " + name + "($0, ($1, $2, $3, $4), " + tuple + ", $lengths, $reverse)", with(composed_recurrent),
           recurrent_over_sequences(about.gates, states)},
          {step_name, cell(about.gates, states), step_with(recurrent_step),
           about.has_cell ? "const auto [$r0, $r1] = " + step_name + "($0, " + weight_list + ", " + state + ");"
                          : step_name + "($0, " + weight_list + ", " + state + ").hidden",
           (about.has_cell ? "$results = " : "") + step_name + "($0, ($1, $2, $3, $4), " + tuple + ")" +
               (about.has_cell ? "" : "[0]"),
           step_with(composed_recurrent_step)}};
}

// A layer of GRUs in two directions; its arguments are x and a pair of weights for each direction.
Operation bidirectional_layer() {
  const auto draw = [](Builder& b, Step& step, int x) {
    const Index in = b.shape_of(x).back(), hidden = b.between(1, 3);
    step.arguments = {x};
    for (int direction = 0; direction < 2; ++direction) {
      step.arguments.push_back(b.input({3 * hidden, in}, weights));
      step.arguments.push_back(b.of_shape({3 * hidden, hidden}, weights));
    }
  };
  const auto run = [](Arguments x, const Attributes& a) {
    Generator unused(1);
    GRU layer(1, 1, unused, {.bias = false, .bidirectional = true, .dtype = x[0].dtype()});
    layer.layers = {{x[1], x[2], {}, {}}, {x[3], x[4], {}, {}}};
    Lengths lengths;
    lengths.values = a.tensor("lengths");
    return Values{layer(x[0], {}, lengths).output};
  };
  const auto twin = [](Arguments x, const Attributes& a) {
    const auto one = [&](std::size_t weight_ih, std::size_t weight_hh, Direction direction) {
      return composed_recurrent(CellKind::gru, x[0], {x[weight_ih], x[weight_hh], {}, {}}, {}, a.tensor("lengths"),
                                direction)
          .output;
    };
    return Values{concat({one(1, 2, Direction::forward), one(3, 4, Direction::reverse)}, -1)};
  };
  return {"bidirectional gru",
          [=](Builder& b, Step& step) {
            const int x = b.any(3, {}, 3);
            if (b.shape_of(x)[1] > 6) return false;
            draw(b, step, x);
            step.attributes.all["lengths"] = b.indices({b.shape_of(x)[0]}, b.shape_of(x)[1] + 1);
            return true;
          },
          run,
          "concat({gru($0, {$1, $2}, {}, $lengths).output, "
          "gru($0, {$3, $4}, {}, $lengths, Direction::reverse).output}, -1)",
          "torch.cat([gru($0, ($1, $2, None, None), (None,), $lengths, False)[0], "
          "gru($0, ($3, $4, None, None), (None,), $lengths, True)[0]], -1)",
          twin,
          [=](Builder& b, Step& step) {
            draw(b, step, b.sequences());
            step.attributes.all["lengths"] = b.lengths();
            return true;
          }};
}

std::vector<Operation> recurrent_layers() {
  std::vector<Operation> all = {bidirectional_layer()};
  for (const CellKind kind : {CellKind::lstm, CellKind::gru, CellKind::rnn})
    for (Operation& operation : operations_of(kind)) all.push_back(std::move(operation));
  return all;
}

constexpr Index ignored = -100;

// Classes for logits [..., classes], some of them to be ignored.
Tensor draw_targets(Builder& b, const Shape& logits, double ignore) {
  Shape shape = logits;
  shape.erase(shape.rank() - 1);
  const Tensor targets = b.indices(shape, logits.back());
  auto* out = targets.write<Index>();
  for (Index i = 0; i < targets.numel(); ++i)
    if (b.chance(ignore)) out[i] = ignored;
  return targets;
}

void add_cross_entropy(Builder& b, Step& step, int logits, double count) {
  step.arguments = {logits};
  step.attributes.all["targets"] = draw_targets(b, b.shape_of(logits), 0.2);
  step.attributes.all["ignore_index"] = ignored;
  step.attributes.all["label_smoothing"] = b.chance(0.5) ? 0 : b.number(0.125, 0.75);
  step.attributes.all["count"] = count;
  step.attributes.all["weight"] = (Variable(b.indices({b.shape_of(logits).back()}, 3)) + 1).value();
}

// Targets where a sequence has ended are ignored.
bool draw_loss_of_sequences(Builder& b, Step& step) {
  add_cross_entropy(b, step, b.sequences(), b.number(1, 8));
  auto* target = step.attributes.tensor("targets").write<Index>();
  for (const Index length : b.lengths().to_vector<Index>())
    for (Index t = 0; t < b.time(); ++t, ++target)
      if (t >= length) *target = ignored;
  return true;
}

Evaluate cross_entropy_with(Variable (*f)(const Variable&, const Tensor&, const CrossEntropyOptions&)) {
  return [f](Arguments x, const Attributes& a) {
    return Values{f(x[0], a.tensor("targets"),
                    {.ignore_index = a.integer("ignore_index"),
                     .label_smoothing = a.number("label_smoothing"),
                     .count = a.number("count"),
                     .weight = to(a.tensor("weight"), x[0].dtype())})};
  };
}

std::vector<Operation> losses() {
  return {
      {"softmax_cross_entropy",
       [](Builder& b, Step& step) {
         const int logits = b.any(1);
         if (b.shape_of(logits).back() == 0) return false;
         add_cross_entropy(b, step, logits, b.chance(0.5) ? 0 : b.number(1, 8));
         return true;
       },
       cross_entropy_with(softmax_cross_entropy),
       "softmax_cross_entropy($0, $targets, {.ignore_index = $ignore_index, .label_smoothing = $label_smoothing, "
       ".count = $count, .weight = to($weight, f64)})",
       "cross_entropy($0, $targets, $ignore_index, $label_smoothing, $count, $weight.double())",
       cross_entropy_with(composed_softmax_cross_entropy), draw_loss_of_sequences},
      {"nll_loss",
       [](Builder& b, Step& step) {
         const int x = b.any(1);
         if (b.value(x).numel() == 0) return false;
         step.arguments = {x};
         step.attributes.all["targets"] = draw_targets(b, b.shape_of(x), 0);
         return true;
       },
       [](Arguments x, const Attributes& a) {
         return Values{nll_loss(x[0], a.tensor("targets"), {.reduction = Reduction::none})};
       },
       "nll_loss($0, $targets, {.reduction = Reduction::none})",
       "-torch.gather($0, -1, $targets.unsqueeze(-1)).squeeze(-1)"},
  };
}

}  // namespace

std::vector<Operation> layer_operations() {
  std::vector<Operation> result;
  for (auto part : {products, recurrent_layers, losses})
    for (Operation& operation : part()) result.push_back(std::move(operation));
  return result;
}

}  // namespace glance::fuzz
