// Attention as a soft look-up on four numbers, and its derivative by hand.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>

#include "glance/glance.h"

namespace {

using namespace glance;

const char* const names[] = {"east", "north", "west", "south"};

std::string row(const Tensor& x) { return fmt::format("{:8.3f}", fmt::join(x.to_vector<double>(), "")); }

}  // namespace

int main() {
  // [lookup]
  const Tensor keys = tensor({{1, 0}, {0, 1}, {-1, 0}, {0, -1}}, f64);  // east, north, west, south
  const Tensor values = tensor({10, 20, 30, 40}, f64);                  // what is stored there
  const Tensor query = tensor({2, 1}, f64);                             // east, and a little north

  const Tensor scores = matmul(keys, query);     // 1. how well each key answers the query
  const Tensor weights = softmax(scores, 0);     // 2. as shares that add up to 1
  const Tensor context = sum(weights * values);  // 3. the values, averaged by them
  // [lookup end]
  const double first = select(query, 0, 0).item(), second = select(query, 0, 1).item();
  fmt::print("query [{}, {}]\n\n", first, second);
  fmt::print("                             score       exp    weight     value    weight x value\n");
  for (Index i = 0; i < 4; ++i) {
    const auto at = [i](const Tensor& x) { return select(x, 0, i).item(); };
    const Tensor key = select(keys, 0, i);
    fmt::print("{:<6} {} x {:2} + {} x {:2}  = {:8}  {:8.3f}  {:8.3f}  {:8}  {:16.3f}\n", names[i], first,
               select(key, 0, 0).item(), second, select(key, 0, 1).item(), at(scores), std::exp(at(scores)),
               at(weights), at(values), at(weights) * at(values));
  }
  fmt::print("sum                                 {:8.3f}  {:8.3f}            {:16.3f}  the context\n\n",
             sum(exp(scores)).item(), sum(weights).item(), context.item());

  // [swap]
  const Tensor swapped = tensor({40, 20, 30, 10}, f64);  // east and south change places
  // [swap end]
  fmt::print("values      {}   weights {}   context {:.3f}\n", row(values), row(weights), context.item());
  fmt::print("swapped     {}   weights {}   context {:.3f}\n\n", row(swapped), row(weights),
             sum(weights * swapped).item());

  // [temperature]
  for (const double temperature : {4.0, 1.0, 0.25, 0.01}) {
    const Tensor shares = softmax(scores / temperature, 0);
    fmt::print("temperature {:<5} weights {}   context {:.3f}\n", temperature, row(shares),
               sum(shares * values).item());
  }
  // [temperature end]

  // [gradient]
  const Variable s = parameter(scores);
  const Variable soft = sum(softmax(s, 0) * values);  // the context
  const Variable loss = square(soft - 30.0);          // it should have been 30
  const Tensor by_autograd = grad(loss, {s})[0].value();

  const double slope = 2 * (soft.item() - 30);  // dL/dc
  const Tensor by_hand = weights * (values - soft.item()) * slope;
  // [gradient end]
  fmt::print("\nThe context should have been 30: loss {:.3f}, dL/dc = {:.3f}\n", loss.item(), slope);
  fmt::print("            {}\n", fmt::format("{:>8}", fmt::join(names, "")));
  fmt::print("v - c       {}\n", row(values - soft.item()));
  fmt::print("by hand     {}\nby autograd {}\n", row(by_hand), row(by_autograd));

  // [hard]
  const Variable stored = parameter(values);
  const Variable hard = select(stored, 0, static_cast<Index>(argmax(s.value(), 0).item()));  // the best key's value
  const auto hard_gradients = grad(square(hard - 30.0), {s, stored});
  // [hard end]
  fmt::print("\nThe value of the highest score alone: context {:.3f}\n", hard.item());
  fmt::print("d/d scores  {}\nd/d values  {}\n", row(hard_gradients[0].value()), row(hard_gradients[1].value()));

  // [step]
  const Tensor moved = scores - 0.002 * by_autograd;
  const Tensor after = softmax(moved, 0);
  // [step end]
  fmt::print("\nOne step against the gradient\n");
  fmt::print("before      {}   context {:.3f}\nafter       {}   context {:.3f}\n", row(weights), context.item(),
             row(after), sum(after * values).item());
}
