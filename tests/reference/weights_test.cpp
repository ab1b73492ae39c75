// State dicts go from PyTorch to glance and back without renaming.
#include <map>
#include <string>
#include <vector>

#include "glance/nn/embedding.h"
#include "glance/nn/layer_norm.h"
#include "glance/nn/linear.h"
#include "glance/nn/module.h"
#include "glance/nn/recurrent.h"
#include "glance/tensor/files/tensor_file.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace glance {
namespace {

// The module Layers of models.py.
// [layers]
struct Layers {
  Embedding words;
  LayerNorm norm;
  LSTM encoder;
  RNN reader;
  GRU both_ways;
  std::vector<Linear> steps;
  Variable scale;

  explicit Layers(Generator& generator)
      : words(7, 4, generator),
        norm(4),
        encoder(4, 5, generator, {.layers = 2}),
        reader(5, 3, generator),
        both_ways(3, 2, generator, {.layers = 2, .bidirectional = true}),
        scale(parameter(Tensor({2}, f32))) {
    steps.emplace_back(3, 3, generator);
    steps.emplace_back(3, 2, generator, LinearOptions{.bias = false});
  }

  static void visit(auto& self, auto&& f) {
    f("words", self.words);
    f("norm", self.norm);
    f("encoder", self.encoder);
    f("reader", self.reader);
    f("both_ways", self.both_ways);
    f("steps", self.steps);
    f("scale", self.scale);
  }
};
// [layers end]

const std::string from_pytorch = std::string(GLANCE_SOURCE_DIR) + "/tests/reference/weights.safetensors";

}  // namespace

TEST_CASE("PyTorch's state dict loads without renaming, and is saved again to the same bytes", "[reference]") {
  Generator generator(1);
  const Layers model(generator);
  load(model, from_pytorch);
  const auto expected = load_safetensors(from_pytorch).tensors;
  const auto loaded = state_dict(model);
  CHECK(loaded.size() == expected.size());
  for (const auto& [name, tensor] : expected) {
    INFO(name);
    CHECK(loaded.at(name).to_vector<float>() == tensor.to_vector<float>());
  }

  const TemporaryFolder folder;
  save(model, folder / "weights.safetensors");
  CHECK(get_text(folder / "weights.safetensors") == get_text(from_pytorch));
}

TEST_CASE("a state dict with a name too few or too many is refused, and the model left as it was", "[reference]") {
  Generator generator(1);
  const Layers model(generator);
  const auto before = model.words.weight.value().to_vector<float>();
  auto values = load_safetensors(from_pytorch).tensors;
  values.erase("encoder.bias_hh_l1");
  values["encoder.bias_hh_l2"] = values.at("scale");
  CHECK_THROWS_WITH(load_state_dict(model, values), Contains("encoder.bias_hh_l1") && Contains("encoder.bias_hh_l2"));
  CHECK(model.words.weight.value().to_vector<float>() == before);
}

}  // namespace glance
