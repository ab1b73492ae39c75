#pragma once

#include <span>

#include "glance/nn/module.h"
#include "glance/tensor/random.h"

// How the lines of layers are made: with the table's inputs in the place of their parameters.
namespace glance::proof {

// The layer with these values in the place of its parameters, in the order of visit.
template <class Layer>
Layer with_parameters(Layer layer, std::span<const Variable> values) {
  std::size_t next = 0;
  auto put = [&](const std::string& name, Variable& variable) {
    if (!variable.defined()) return;
    if (next == values.size()) throw Error("with_parameters: no value is left for " + name);
    variable = values[next++];
  };
  glance::visit_variables("", layer, put);
  if (next != values.size()) throw Error("with_parameters: visit lists fewer parameters than were given");
  return layer;
}

// Layers are made with the fewest sizes: their parameters are replaced.
inline Generator& any() {
  static thread_local Generator generator(1);
  return generator;
}

}  // namespace glance::proof
