// Attention against PyTorch: values, gradients and state dicts.
#include "glance/nn/attention.h"

#include <cmath>
#include <map>
#include <string>

#include "glance/nn/module.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"
#include "tests/reference/records.h"
#include "tests/temporary_folder.h"

namespace glance {
namespace {

using List = std::vector<Variable>;

AttendOptions options_of(const Call& c) {
  return {
      .visible = c.tensor_or_none("visible"), .bias = c["bias"], .causal = c.has("causal") && c.get<bool>("causal")};
}

// PyTorch's scale, unless one is given, is 1/√features.
Operation scaled_dot_product(Attended (*f)(const Variable&, const Variable&, const Variable&, const AttendOptions&)) {
  return [f](const Call& c) {
    AttendOptions options = options_of(c);
    options.scale = c.has("scale") ? c.get<double>("scale") : 1 / std::sqrt(static_cast<double>(c["query"].shape(-1)));
    return List{f(c["query"], c["keys"], c["values"], options).context};
  };
}

MultiHeadAttention layer_of(const Call& c) {
  Generator generator(1);
  const MultiHeadOptions options{.bias = c.get<bool>("biased"),
                                 .kdim = c.get<Index>("kdim"),
                                 .vdim = c.get<Index>("vdim"),
                                 .dtype = c["query"].dtype()};
  MultiHeadAttention layer(c["query"].shape(-1), c.get<Index>("heads"), generator, options);
  const auto put = [&](const std::string& name, Variable& parameter) {
    if (parameter.defined()) parameter = c[name];
  };
  visit_variables("", layer, put);
  return layer;
}

// query, keys and values, of which the last ones may be those before them.
std::array<Variable, 3> inputs_of(const Call& c) {
  const Variable query = c["query"], keys = c["keys"].defined() ? c["keys"] : query;
  return {query, keys, c["values"].defined() ? c["values"] : keys};
}

List multi_head(const Call& c) {
  const auto [query, keys, values] = inputs_of(c);
  AttendOptions options = options_of(c);
  if (options.visible.defined() && options.visible.rank() > 2) options.visible = unsqueeze(options.visible, -3);
  const auto [context, weights] = layer_of(c).attend(query, keys, values, options);
  return {context, weights};
}

// By the face that all layers have, which knows no bias.
List multi_head_by_mask(const Call& c) {
  const auto [query, keys, values] = inputs_of(c);
  const AttendOptions options = options_of(c);
  if (options.bias.defined()) return multi_head(c);
  const Tensor visible = options.causal ? causal(query.shape(-2), keys.shape(-2)) : options.visible;
  const auto [context, weights] = layer_of(c)(query, keys, values, visible);
  return {context, weights};
}

// The module of attention.py.
struct Both {
  MultiHeadAttention packed, apart;

  explicit Both(Generator& generator)
      : packed(6, 2, generator), apart(6, 3, generator, {.bias = false, .kdim = 4, .vdim = 5}) {}

  static void visit(auto& self, auto&& f) {
    f("packed", self.packed);
    f("apart", self.apart);
  }
};

}  // namespace

TEST_CASE("attention with its options gives PyTorch's values and gradients", "[reference]") {
  const Tolerance tolerance{.f32 = 1e-5, .f64 = 1e-13};
  check_records("attention.safetensors",
                {{"sdpa", {tolerance, {scaled_dot_product(attend), scaled_dot_product(composed_attend)}}},
                 {"MultiHead", {tolerance, {multi_head, multi_head_by_mask}}}});
}

TEST_CASE("the state dict of nn.MultiheadAttention loads as it is, and is saved again to the same bytes",
          "[reference]") {
  const std::string from_pytorch = std::string(GLANCE_SOURCE_DIR) + "/tests/reference/multi_head.safetensors";
  Generator generator(1);
  const Both model(generator);
  load(model, from_pytorch);
  const TemporaryFolder folder;
  save(model, folder / "again");
  CHECK(get_text(folder / "again") == get_text(from_pytorch));
}

}  // namespace glance
