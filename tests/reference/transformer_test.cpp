// The Transformer's blocks and stacks against PyTorch's: values, gradients of inputs and parameters, and state dicts.
#include "glance/nn/transformer.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "glance/autograd/views.h"
#include "glance/nn/module.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"
#include "tests/reference/records.h"
#include "tests/temporary_folder.h"

namespace glance {
namespace {

using List = std::vector<Variable>;

TransformerOptions options_of(const Call& c) {
  return {.feed_forward = c.get<Index>("hidden"),
          .activation = c.get<std::string>("activation") == "gelu" ? Activation::gelu : Activation::relu,
          .norm_first = c.get<bool>("norm_first"),
          .bias = c.get<bool>("bias"),
          .dtype = c["x"].dtype()};
}

// The record's block or stack.
template <class Model>
Model model_of(const Call& c) {
  Generator generator(1);
  const auto model = [&] {
    const Index features = c["x"].shape(-1), heads = c.get<Index>("heads");
    if constexpr (std::is_constructible_v<Model, Index, Index, Generator&, StackOptions, TransformerOptions>) {
      const StackOptions stack{.layers = c.get<int>("layers"), .norm = c.get<bool>("last_norm")};
      return Model(features, heads, generator, stack, options_of(c));
    } else {
      return Model(features, heads, generator, options_of(c));
    }
  };
  Model result = model();
  const auto put = [&](const std::string& name, Variable& parameter) {
    if (!parameter.defined()) return;
    parameter = c[name];
    if (!parameter.defined()) throw Error("the record has no " + name);
  };
  visit_variables("", result, put);
  return result;
}

// [batch, 1, places], from the record's [batch, places].
Tensor mask_of(const Call& c) {
  const Tensor visible = c.tensor_or_none("visible");
  return visible.defined() ? unsqueeze(visible, 1) : visible;
}

bool is_stack(const Call& c) { return c.get<int>("layers") > 0; }

List encode(const Call& c) {
  const Visibility sight{.visible = mask_of(c), .causal = c.get<bool>("causal")};
  if (is_stack(c)) return {model_of<TransformerEncoder>(c)(c["x"], sight).output};
  return {model_of<TransformerEncoderLayer>(c)(c["x"], sight).output};
}

List decode(const Call& c) {
  if (is_stack(c)) return {model_of<TransformerDecoder>(c)(c["x"], c["memory"], mask_of(c)).output};
  const auto block = model_of<TransformerDecoderLayer>(c);
  return {block(c["x"], block.multihead_attn.project(c["memory"], c["memory"]), mask_of(c)).output};
}

// A place at a time, with a cache: step(x, state, place) gives the output and the next state.
template <class State, class Step>
List by_steps(const Variable& x, Step&& step) {
  State state;
  List outputs;
  for (Index t = 0; t < x.shape(1); ++t) {
    auto given = step(slice(x, 1, t, t + 1), state, t);
    outputs.push_back(given.output);
    state = std::move(given.state);
  }
  return {concat(outputs, 1)};
}

List encode_by_steps(const Call& c) {
  if (!c.get<bool>("causal")) return encode(c);
  const Tensor mask = mask_of(c);
  const auto go = [&]<class State>(const auto& model, State*) {
    return by_steps<State>(c["x"], [&](const Variable& x, const State& state, Index t) {
      return model.step(x, state, mask.defined() ? slice(mask, 2, 0, t + 1) : mask);
    });
  };
  if (is_stack(c)) return go(model_of<TransformerEncoder>(c), static_cast<LayersKeysAndValues*>(nullptr));
  return go(model_of<TransformerEncoderLayer>(c), static_cast<KeysAndValues*>(nullptr));
}

List decode_by_steps(const Call& c) {
  const auto go = [&]<class State>(const auto& model, const State& memory) {
    return by_steps<State>(
        c["x"], [&](const Variable& x, const State& state, Index) { return model.step(x, state, memory, mask_of(c)); });
  };
  if (is_stack(c)) {
    const auto stack = model_of<TransformerDecoder>(c);
    return go(stack, stack.project(c["memory"]));
  }
  const auto block = model_of<TransformerDecoderLayer>(c);
  return go(block, block.multihead_attn.project(c["memory"], c["memory"]));
}

// The module `transformers` of transformer.py.
struct Transformers {
  TransformerEncoder encoder;
  TransformerDecoder decoder;
  TransformerEncoderLayer bare;

  explicit Transformers(Generator& generator)
      : encoder(4, 2, generator, {.layers = 2}, {.feed_forward = 6, .norm_first = true}),
        decoder(4, 2, generator, {.layers = 2}, {.feed_forward = 6}),
        bare(4, 2, generator, {.feed_forward = 6, .bias = false}) {}

  static void visit(auto& self, auto&& f) {
    f("encoder", self.encoder);
    f("decoder", self.decoder);
    f("bare", self.bare);
  }
};

}  // namespace

TEST_CASE("the Transformer's blocks and stacks give PyTorch's values and gradients", "[reference]") {
  const Tolerance tolerance{.f32 = 2e-5, .f64 = 1e-12};
  check_records("transformer.safetensors", {{"encoder", {tolerance, {encode, encode_by_steps}}},
                                            {"decoder", {tolerance, {decode, decode_by_steps}}}});
}

TEST_CASE("the state dicts of PyTorch's Transformers load as they are, and are saved again to the same bytes",
          "[reference]") {
  const std::string from_pytorch = std::string(GLANCE_SOURCE_DIR) + "/tests/reference/transformers.safetensors";
  Generator generator(1);
  const Transformers model(generator);
  load(model, from_pytorch);
  const TemporaryFolder folder;
  save(model, folder / "again");
  CHECK(get_text(folder / "again") == get_text(from_pytorch));
}

}  // namespace glance
