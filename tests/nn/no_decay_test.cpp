// Weight decay leaves biases, norms, embeddings and positions alone.
#include "glance/nn/no_decay.h"

#include <set>
#include <string>

#include "glance/nn/transformer.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "tests/catch.h"

using namespace glance;

namespace {

// The output layer shares the table of words, and is listed first.
struct Model {
  Linear output;
  Embedding words;
  Positions positions;
  TransformerEncoder blocks;
  Variable frozen = Variable(ones({3}));

  explicit Model(Generator& g)
      : output(4, 7, g),
        words(7, 4, g),
        positions(PositionKind::learned, 5, 4, g),
        blocks(4, 2, g, {.layers = 1}, {.feed_forward = 6, .norm_first = true}) {
    output.weight = words.weight;
  }

  static void visit(auto& self, auto&& f) {
    f("output", self.output);
    f("words", self.words);
    f("positions", self.positions);
    f("blocks", self.blocks);
    f("frozen", self.frozen);
  }
};

}  // namespace

TEST_CASE("biases, norms, embeddings and learned positions are not decayed, and all matrices of layers are") {
  Generator g(1);
  const Model model(g);
  const ParameterGroup group = no_decay(model);
  CHECK(group.weight_decay == 0.0);
  CHECK(group.learning_rate_scale == 1);
  std::set<std::string> decayed;
  for (const auto& [name, variable] : named_parameters(model)) {
    bool found = false;
    for (const Variable& kept : group.parameters) found = found || kept.node().get() == variable.node().get();
    if (!found) decayed.insert(name);
  }
  const std::string block = "blocks.layers.0.";
  CHECK(decayed == std::set<std::string>{block + "self_attn.in_proj_weight", block + "self_attn.out_proj.weight",
                                         block + "linear1.weight", block + "linear2.weight"});
  CHECK(group.parameters.size() + decayed.size() == parameters(model).size());
  CHECK_NOTHROW(adam_w(model, {.weight_decay = 0.1}, {group}));
}

TEST_CASE("a step without gradients shrinks what decays alone") {
  Generator g(1);
  const Linear layer(3, 2, g);
  const Tensor weight = copy(layer.weight.value()), bias = copy(layer.bias.value());
  adam_w(layer, {.learning_rate = 0.5, .weight_decay = 0.5}, {no_decay(layer)})
      .step(std::vector<Variable>{zeros({2, 3}), zeros({2})});
  CHECK(all_close(layer.weight.value(), weight * 0.75));
  CHECK(same(layer.bias.value(), bias));
}
