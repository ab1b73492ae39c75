#pragma once

#include <functional>
#include <span>
#include <vector>

#include "autograd/arithmetic.h"
#include "autograd/engine.h"
#include "autograd/reductions.h"
#include "tensor/create.h"
#include "tensor/elementwise.h"
#include "tests/catch.h"

namespace glance {

using ManyToMany = std::function<std::vector<Variable>(std::span<const Variable>)>;

// Holds a fused operation equal to its composed twin: values, and the gradients of a random projection of all outputs.
inline void check_twins(const ManyToMany& fused, const ManyToMany& twin, const std::vector<Tensor>& inputs,
                        double tolerance = 1e-10) {
  const auto run = [&](const ManyToMany& f) {
    std::vector<Variable> parameters;
    for (const Tensor& t : inputs) parameters.push_back(parameter(t));
    std::vector<Variable> outputs = f(parameters);
    Generator generator(9);
    Variable projection = scalar(0, inputs[0].dtype());
    for (const Variable& output : outputs)
      projection = projection + sum(output * normal(output.shape(), generator, 0, 1, output.dtype()));
    const auto gradients = grad(projection, std::span<const Variable>(parameters));
    outputs.insert(outputs.end(), gradients.begin(), gradients.end());
    return outputs;
  };
  const auto a = run(fused);
  const auto b = run(twin);
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    INFO("output or gradient " << i);
    REQUIRE(a[i].shape() == b[i].shape());
    CHECK(all_close(a[i].value(), b[i].value(), tolerance, tolerance));
  }
}

}  // namespace glance
