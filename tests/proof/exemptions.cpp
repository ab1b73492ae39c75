// The public functions that need no line in the table of proofs, and why.
#include "tests/proof/cases.h"

namespace glance::proof {

const std::vector<Exemption>& exemptions() {
  static const std::vector<Exemption> all = {
      {"grad", "it differentiates: every line of the table goes through it"},
      {"record",
       "it makes operations: every line of the table goes through it, tests/autograd/engine_test.cpp breaks it"},
      {"draw_graph", "it gives text"},
      {"to_string", "it gives text"},
      {"operator<<", "it writes text"},
      {"parameter", "it starts a history, and has no value of its own"},
      {"parameters", "it lists a model's parameters"},
      {"check_parameters", "it looks at a graph and gives no value"},
      {"uniform_parameter", "it starts a history with random numbers"},
      {"normal_parameter", "it starts a history with random numbers"},
      {"xavier_uniform_parameter", "it starts a history with random numbers"},
      {"orthogonal_parameter", "it starts a history with random numbers"},
      {"full_parameter", "it starts a history"},
      {"NoAttention", "its results are constants"},
      {"Attention::kind", "it tells which layer is held"},
      {"KeysAndValues::length", "it counts places"},
      {"LayersKeysAndValues::length", "it counts places"},
      {"global_norm", "it gives a plain number"},
      {"clip_grad_norm", "it works on gradients, in place"},
      {"sharded_gradients", "it differentiates; tests/nn/parallel_test.cpp holds it against grad"},
  };
  return all;
}

}  // namespace glance::proof
