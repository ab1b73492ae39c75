// lstm_gradient: the cell first, since all gates but o need its gradient; then gate by gate beside autograd's.
#include "examples/exercises/promise.h"

using namespace exercises;

namespace {

const Tensor gates = numbers({3, 8}, 1), cell = numbers({3, 2}, 2), grad_hidden = numbers({3, 2}, 3),
             grad_cell = numbers({3, 2}, 4);

LstmGradient given() { return lstm_gradient(gates, cell, grad_hidden, grad_cell); }

// The gate's part of a gradient of all four; in the order i, f, g, o.
Tensor of_gate(const Tensor& all, Index gate) { return slice(all, 1, 2 * gate, 2 * gate + 2); }

LstmGradient expected() {
  const Variable x = parameter(gates), c = parameter(cell);
  const auto part = chunk(x, 4, -1);
  const Variable new_cell = sigmoid(part[1]) * c + sigmoid(part[0]) * tanh(part[2]);
  const Variable new_hidden = sigmoid(part[3]) * tanh(new_cell);
  const Variable both = sum(new_hidden * Variable(grad_hidden)) + sum(new_cell * Variable(grad_cell));
  const auto gradients = grad(both, {x, c});
  return {gradients[0].value(), gradients[1].value()};
}

// The step once more, for what the usual slips give.
const Tensor i = sigmoid(of_gate(gates, 0)), f = sigmoid(of_gate(gates, 1)), g = tanh(of_gate(gates, 2)),
             o = sigmoid(of_gate(gates, 3)), new_cell = f * cell + i * g, slope = 1.0 - square(tanh(new_cell));

// What the usual slips make of the gradient of the new cell.
std::vector<Mistake> of_new_cell() {
  const Tensor whole = grad_cell + grad_hidden * o * slope;
  return {
      {grad_cell, "the path from the new cell to the new hidden state was left out: the new cell is used twice"},
      {grad_hidden * o * slope, "what the next step carries back, grad_cell, was left out"},
      {grad_cell + grad_hidden * o, "the slope of the tanh between the new cell and the new hidden state was left out"},
      {grad_cell + grad_hidden * slope, "the output gate was left out on the path from the new cell to hidden"},
      {grad_cell + grad_hidden * o * (1.0 - square(new_cell)),
       "the slope of the tanh was taken as 1 − cell²: it is 1 − tanh(cell)²"},
      {grad_cell + grad_hidden * o * (1.0 - square(tanh(cell))),
       "the slope of the tanh was taken at the cell before the step, and not at the new one"},
  };
}

// The same of something that is the new cell's gradient times `factor`.
std::vector<Mistake> times(const Tensor& factor, std::initializer_list<Mistake> more) {
  std::vector<Mistake> mistakes = more;
  for (const Mistake& mistake : of_new_cell()) mistakes.push_back({mistake.gives * factor, mistake.words});
  return mistakes;
}

void gate(const char* name, Index place, const std::vector<Mistake>& mistakes) {
  beside(std::string("the gradient of ") + name, of_gate(given().gates, place), of_gate(expected().gates, place),
         mistakes);
}

}  // namespace

int main() {
  const Tensor whole = grad_cell + grad_hidden * o * slope;
  const std::string no_slope = "the slope of its sigmoid was left out: y (1 − y)";
  const std::string exchanged = "input gate and forget gate stand in each other's place";
  return keep({
      {"the gradient of gates is [batch, 4 hidden], that of cell [batch, hidden]",
       [&] {
         const LstmGradient all = given();
         shape("the gradient of gates", all.gates, {3, 8});
         shape("the gradient of cell", all.cell, {3, 2});
       }},
      {"what goes back to the cell before is autograd's",
       [&] {
         beside("the gradient of cell", given().cell, expected().cell,
                times(f, {{whole, "the forget gate was left out on the way back: what it kept is what counts"},
                          {whole * i, "the input gate stands in the place of the forget gate"}}));
       }},
      {"the output gate's gradient is autograd's",
       [&] {
         gate("o", 3,
              {{grad_hidden * tanh(new_cell), no_slope},
               {grad_hidden * new_cell * o * (1.0 - o), "the tanh of the new cell was left out"},
               {whole * tanh(new_cell) * o * (1.0 - o),
                "the cell's gradient stands in the place of that of hidden: the output gate acts on hidden alone"}});
       }},
      {"the input gate's gradient is autograd's",
       [&] {
         gate("i", 0,
              times(g * i * (1.0 - i), {{whole * g, no_slope},
                                        {whole * cell * f * (1.0 - f), exchanged},
                                        {whole * i * (1.0 - i),
                                         "the new numbers tanh(g), which the input gate multiplies, were left out"}}));
       }},
      {"the forget gate's gradient is autograd's",
       [&] {
         gate("f", 1,
              times(cell * f * (1.0 - f),
                    {{whole * cell, no_slope},
                     {whole * g * i * (1.0 - i), exchanged},
                     {whole * new_cell * f * (1.0 - f), "the new cell stands in the place of the one before the step"},
                     {whole * f * (1.0 - f), "the cell, which the forget gate multiplies, was left out"}}));
       }},
      {"the gradient of g, the new numbers, is autograd's",
       [&] {
         gate("g", 2,
              times(i * (1.0 - square(g)),
                    {{whole * i, "the slope of its tanh was left out: 1 − y²"},
                     {whole * i * g * (1.0 - g), "it was taken for a sigmoid: the slope of tanh is 1 − y²"},
                     {whole * (1.0 - square(g)), "the input gate, which multiplies it, was left out"}}));
       }},
      {"with the forget gate open, the input gate shut and nothing from hidden the carried gradient goes back as it is",
       [] {
         const Tensor shut = concat({full({1, 2}, -50, f64), full({1, 2}, 50, f64), zeros({1, 4}, f64)}, -1);
         const Tensor carried = tensor({{1, -2}}, f64);
         same("the gradient of cell", lstm_gradient(shut, zeros({1, 2}, f64), zeros({1, 2}, f64), carried).cell,
              carried);
       }},
  });
}
