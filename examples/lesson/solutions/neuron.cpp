// Chapter 2: four neurons, and one that reads them, learn "exactly one of the two", which a single one cannot.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "glance/glance.h"

using namespace glance;

struct Network {
  Linear hidden, output;

  explicit Network(Generator& generator)
      : hidden(2, 4, generator, {.dtype = f64}), output(4, 1, generator, {.dtype = f64}) {}
  Variable operator()(const Variable& x) const { return squeeze(sigmoid(output(tanh(hidden(x)))), 1); }

  static void visit(auto& self, auto&& f) {
    f("hidden", self.hidden);
    f("output", self.output);
  }
};

int main() {
  const Tensor questions = tensor({{0, 0}, {0, 1}, {1, 0}, {1, 1}}, f64), answers = tensor({0, 1, 1, 0}, f64);
  Generator generator(1);
  const Network network(generator);
  SGD downhill(network, {.learning_rate = 5});
  for (int step = 0; step <= 1000; ++step) {
    const Variable output = network(questions);
    const Variable loss = mean(square(output - answers));
    if (step == 0 || step == 1000)
      fmt::print("step {:4}: loss {:.3f}, outputs {:.2f}\n", step, loss.item(),
                 fmt::join(output.value().to_vector<double>(), " "));
    downhill.step(grad(loss, parameters(network)));
  }
}
