#pragma once

#include <string>

#include "glance/nn/embedding.h"
#include "glance/nn/module.h"
#include "glance/nn/optimiser.h"
#include "glance/nn/positions.h"

// What weight decay leaves alone.
namespace glance {

// The group of parameters that weight decay is not for: biases, norms and all else that has less than two dimensions,
// and the tables of embeddings and learned positions, also where another layer shares one.
//
//   Adam adam = adam_w(model, {.learning_rate = 1e-3, .weight_decay = 0.1}, {no_decay(model)});
template <class Model>
ParameterGroup no_decay(const Model& model) {
  ParameterGroup group{.parameters = {}, .weight_decay = 0.0};
  const auto add = [&group](const Variable& variable) {
    if (!variable.given() || !variable.is_parameter()) return;
    for (const Variable& known : group.parameters)
      if (known.node().get() == variable.node().get()) return;
    group.parameters.push_back(variable);
  };
  const auto look = [&add](const std::string&, const auto& leaf) {
    if constexpr (requires { leaf.rank(); }) {
      if (leaf.given() && leaf.rank() < 2) add(leaf);
    } else {
      add(leaf.weight);
    }
  };
  visit_leaves<Variable, Embedding, Positions>("", model, look);
  return group;
}

}  // namespace glance
