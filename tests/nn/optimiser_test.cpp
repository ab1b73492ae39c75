// Optimisers follow their formulas, save and load all they remember, and give the same bits on any number of threads.
#include "glance/nn/optimiser.h"

#include <cmath>

#include "glance/nn/linear.h"
#include "glance/nn/workers.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "tests/catch.h"

using namespace glance;

namespace {

struct One {
  Variable p;
  static void visit(auto& self, auto&& f) { f("p", self.p); }
};

}  // namespace

TEST_CASE("SGD steps against the gradient, momentum adds up") {
  const One model{parameter(tensor({1, -2}, f64))};
  SGD sgd(model, {.learning_rate = 0.1, .momentum = 0.5});
  const std::vector<Variable> gradient = {tensor({2, 4}, f64)};
  sgd.step(gradient);
  CHECK(all_close(model.p.value(), tensor({0.8, -2.4}, f64)));
  sgd.step(gradient);  // velocity = 0.5 · 2 + 2 = 3
  CHECK(all_close(model.p.value(), tensor({0.5, -3.0}, f64)));
}

TEST_CASE("Adam follows its formulas") {
  const One model{parameter(tensor({0.5, -1.0}, f64))};
  Adam adam(model, {.learning_rate = 0.01});
  double p = 0.5, m = 0, v = 0;
  for (int t = 1; t <= 5; ++t) {
    const double g = 0.3 * t - 0.5;
    adam.step(std::vector<Variable>{tensor({g, 0}, f64)});
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    p -= 0.01 * (m / (1 - std::pow(0.9, t))) / (std::sqrt(v / (1 - std::pow(0.999, t))) + 1e-8);
  }
  const auto values = model.p.value().to_vector<double>();
  CHECK(values[0] == Approx(p).epsilon(1e-12));
  CHECK(values[1] == -1.0);
}

TEST_CASE("AdamW shrinks the parameter itself, Adam's decay goes through the gradient") {
  const One decoupled{parameter(tensor({2}, f64))}, coupled{parameter(tensor({2}, f64))};
  const std::vector<Variable> none = {tensor({0}, f64)};
  Adam w = adam_w(decoupled, {.learning_rate = 0.1, .weight_decay = 0.5});
  w.step(none);
  CHECK(decoupled.p.value().item() == Approx(2 * (1 - 0.1 * 0.5)));
  Adam plain(coupled, {.learning_rate = 0.1, .weight_decay = 0.5});
  plain.step(none);
  CHECK(coupled.p.value().item() == Approx(2 - 0.1));  // the first step of Adam is the rate, whatever the gradient
}

TEST_CASE("the scale of a step multiplies the gradients") {
  const One scaled{parameter(tensor({1}, f64))}, plain{parameter(tensor({1}, f64))};
  SGD a(scaled, {.learning_rate = 1}), b(plain, {.learning_rate = 1});
  a.step(std::vector<Variable>{tensor({4}, f64)}, 0.25);
  b.step(std::vector<Variable>{tensor({1}, f64)});
  CHECK(same(scaled.p.value(), plain.p.value()));
}

TEST_CASE("a group has a learning rate and a decay of its own, and the others keep the rule's") {
  Generator g(3);
  const Linear grouped(3, 2, g, {.dtype = f64});
  const Linear by_rule = copy(grouped), by_own = copy(grouped);
  const std::vector<Variable> gradients = {uniform({2, 3}, g, -1, 1, f64), uniform({2}, g, -1, 1, f64)};
  const auto hold = [&](auto a, auto b, auto c) {
    for (int i = 0; i < 3; ++i) {
      a.step(gradients);
      b.step(gradients);
      c.step(gradients);
    }
    CHECK(same(grouped.weight.value(), by_rule.weight.value()));
    CHECK(same(grouped.bias.value(), by_own.bias.value()));
    CHECK(!same(grouped.bias.value(), by_rule.bias.value()));
  };
  const std::vector<ParameterGroup> groups = {{{grouped.bias}, 0.5, 0.3}};
  hold(Adam(grouped, {.learning_rate = 0.1, .weight_decay = 0.1, .decoupled = true}, groups),
       Adam(by_rule, {.learning_rate = 0.1, .weight_decay = 0.1, .decoupled = true}),
       Adam(by_own, {.learning_rate = 0.05, .weight_decay = 0.3, .decoupled = true}));
  load_state_dict(by_rule, state_dict(grouped));
  load_state_dict(by_own, state_dict(grouped));
  hold(SGD(grouped, {.learning_rate = 0.1, .momentum = 0.9, .weight_decay = 0.1}, groups),
       SGD(by_rule, {.learning_rate = 0.1, .momentum = 0.9, .weight_decay = 0.1}),
       SGD(by_own, {.learning_rate = 0.05, .momentum = 0.9, .weight_decay = 0.3}));
}

TEST_CASE("groups are no part of the state: one saved without them loads, and goes on the same") {
  Generator g(3);
  const Linear from(3, 2, g);
  const Linear into = copy(from);
  const std::vector<Variable> gradients = {uniform({2, 3}, g), uniform({2}, g)};
  Adam without(from);
  without.step(gradients);
  Adam with(into, {}, {{{into.bias}, 0.5}});
  load_state_dict(into, state_dict(from));
  with.state.load_state_dict(without.state.state_dict());
  without.groups = {{{from.bias}, 0.5}};
  without.step(gradients);
  with.step(gradients);
  CHECK(same(from.bias.value(), into.bias.value()));
  CHECK(with.state.state_dict().size() == without.state.state_dict().size());
}

TEST_CASE("groups that do not fit are refused") {
  Generator g(3);
  const Linear layer(3, 2, g), other(3, 2, g);
  const std::vector<Variable> gradients = {zeros({2, 3}), zeros({2})};
  CHECK_THROWS_WITH(Adam(layer, {}, {{{layer.bias}}, {{other.weight}}}),
                    "Adam: group 1 has a parameter [2, 3] that is none of those this optimiser moves");
  CHECK_THROWS_WITH(Adam(layer, {}, {{{Variable()}}}), Contains("a parameter undefined"));
  CHECK_THROWS_WITH(SGD(layer, {}, {{{layer.bias}}, {{layer.bias}}}), "SGD: bias is in two groups, or in one twice");
  CHECK_THROWS_WITH(Adam(layer, {}, {{{layer.bias}, -1}}), Contains("learning rate -0.001"));
  Adam adam(layer);
  adam.groups = {{{layer.weight}, 1, std::nan("")}};
  CHECK_THROWS_WITH(adam.step(gradients), "Adam::step: weight decay nan: it must be at least 0 and finite");
  CHECK(adam.state.steps == 0);
}

TEST_CASE("the state is saved under the parameters' names, and a step after loading is the same") {
  Generator g(3);
  const Linear from(3, 2, g);
  const Linear into = copy(from);
  Adam a(from), b(into);
  const std::vector<Variable> gradients = {uniform({2, 3}, g), uniform({2}, g)};
  a.step(gradients);
  const auto state = a.state.state_dict();
  CHECK(state.contains("weight.first_moment"));
  CHECK(state.contains("bias.second_moment"));
  CHECK(state.at("steps").item() == 1);
  load_state_dict(into, state_dict(from));
  b.state.load_state_dict(state);
  a.step(gradients);
  b.step(gradients);
  CHECK(same(from.weight.value(), into.weight.value()));
  CHECK_THROWS_WITH(b.state.load_state_dict({}), Contains("steps is missing"));
}

TEST_CASE("gradients must fit the parameters") {
  Generator g(1);
  const Linear layer(3, 2, g);
  Adam adam(layer);
  CHECK_THROWS_WITH(adam.step(std::vector<Variable>{zeros({2, 3})}),
                    "Adam::step: 1 gradients for 2 parameters: give one for each of parameters(model), in order");
  CHECK_THROWS_WITH(adam.step(std::vector<Variable>{zeros({3, 2}), zeros({2})}),
                    "Adam::step: the gradient of weight is f32 [3, 2], wanted f32 [2, 3]");
  CHECK_THROWS_WITH(adam.step(std::vector<Variable>{zeros({2, 3}), {}}),
                    "Adam::step: the gradient of bias is undefined: give zeros to leave it out");
  CHECK(adam.state.steps == 0);
}

TEST_CASE("a parameter that was replaced in the model is named, and one that was set is trained") {
  Generator g(1);
  Linear layer(3, 2, g);
  Adam adam(layer);
  const std::vector<Variable> gradients{ones({2, 3}), ones({2})};
  assign(layer.weight.value(), zeros({2, 3}));
  CHECK_NOTHROW(adam.step(gradients));
  CHECK(layer.weight.value().values<float>()[0] < 0);
  layer.weight = parameter(ones({2, 3}));
  CHECK_THROWS_WITH(
      adam.step(gradients),
      "Adam::step: weight is held by this optimiser alone: if the model's was replaced, make the "
      "optimiser after that, or keep the parameter and set its numbers by assign(weight.value(), numbers)");
  CHECK(adam.state.steps == 1);
  CHECK_NOTHROW(Adam(layer).step(gradients));
}

TEST_CASE("rules that lead nowhere are refused, when given and when changed") {
  const One model{parameter(tensor({1}))};
  const std::vector<Variable> gradients = {tensor({1})};
  CHECK_THROWS_WITH(SGD(model, {.learning_rate = -1}), "SGD: learning rate -1: it must be at least 0 and finite");
  CHECK_THROWS_WITH(SGD(model, {.momentum = std::nan("")}), Contains("momentum nan"));
  CHECK_THROWS_WITH(SGD(model, {.nesterov = true}),
                    "SGD: momentum 0 and dampening 0: nesterov needs momentum and no dampening");
  CHECK_THROWS_WITH(SGD(model, {.momentum = 0.9, .dampening = 0.1, .nesterov = true}), Contains("no dampening"));
  CHECK_THROWS_WITH(Adam(model, {.beta1 = 1}), "Adam: beta1 1 and beta2 0.999: both must be at least 0 and below 1");
  CHECK_THROWS_WITH(Adam(model, {.epsilon = -1e-8}), Contains("epsilon -1e-08"));
  CHECK_THROWS_WITH(Adam(model, {.weight_decay = -1}), Contains("weight decay -1"));

  SGD sgd(model);
  sgd.rule.momentum = 0.9;  // which needs a memory that it was not given
  CHECK_THROWS_WITH(sgd.step(gradients),
                    "SGD::step: momentum 0.9, but there is no velocity: give momentum when SGD is made");
  Adam adam(model);
  adam.rule.learning_rate = std::nan("");
  CHECK_THROWS_WITH(adam.step(gradients), Contains("Adam::step: learning rate nan"));
  CHECK(model.p.value().item() == 1);
  CHECK(sgd.state.steps + adam.state.steps == 0);
}

TEST_CASE("a state that no training can have is refused before anything is changed") {
  const One model{parameter(tensor({1}))};
  Adam adam(model);
  auto state = adam.state.state_dict();
  state["p.first_moment"] = tensor({5});
  state["steps"] = scalar(-1, i64);
  CHECK_THROWS_WITH(adam.state.load_state_dict(state), "load_state_dict: steps is -1: it must be from 0 to 2^53");
  state["steps"] = Tensor();
  CHECK_THROWS_WITH(adam.state.load_state_dict(state), "load_state_dict: steps is undefined");
  CHECK(adam.state.tensors[0][0].item() == 0);
}

TEST_CASE("a norm and a step have the same bits on any number of threads") {
  Generator g(5);
  const One alone{parameter(uniform({70000}, g))};
  const One together = copy(alone);
  const std::vector<Variable> gradients = {uniform({70000}, g, -1, 1)};
  Workers workers(3);
  CHECK(global_norm(gradients) == global_norm(gradients, &workers));
  Adam a(alone), b(together);
  a.step(gradients, 0.5);
  b.step(gradients, 0.5, &workers);
  CHECK(same(alone.p.value(), together.p.value()));
}

TEST_CASE("clipping scales to the norm, and leaves shared memory alone") {
  std::vector<Variable> gradients = {tensor({3}), tensor({4})};
  const Tensor held = gradients[0].value();
  CHECK(clip_grad_norm(gradients, 1) == Approx(5));
  CHECK(global_norm(gradients) == Approx(1).epsilon(1e-5));
  CHECK(held.item() == 3);

  // x + y hands one gradient to both: clipped once, not twice.
  const Variable one = tensor({3, 4});
  std::vector<Variable> shared = {one, one};
  const double norm = clip_grad_norm(shared, 1);
  CHECK(norm == Approx(std::sqrt(50.0)));
  CHECK(global_norm(shared) == Approx(1).epsilon(1e-5));
  CHECK(clip_grad_norm(shared, 10) == Approx(1).epsilon(1e-5));
  CHECK(global_norm(shared) == Approx(1).epsilon(1e-5));
}
