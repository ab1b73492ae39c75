// What follows from a model's list of parameters: names, states, files and copies; and every mistake in it is named.
#include "glance/nn/module.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>
#include <variant>

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/engine.h"
#include "glance/autograd/reductions.h"
#include "glance/nn/linear.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/files/safetensors.h"
#include "glance/tensor/files/tensor_file.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

using namespace glance;

namespace {

struct Model {
  Linear first;
  std::vector<Linear> rest;
  std::optional<Linear> extra;
  Variable scale;
  Variable forgotten;

  explicit Model(Generator& g) : first(2, 3, g), scale(parameter(ones({3}))), forgotten(parameter(ones({3}))) {
    rest.emplace_back(3, 3, g);
    rest.emplace_back(3, 1, g, LinearOptions{.bias = false});
  }

  Variable operator()(const Variable& x) const { return sum(rest[1](rest[0](first(x)) * scale)); }

  static void visit(auto& self, auto&& f) {
    f("first", self.first);
    f("rest", self.rest);
    f("extra", self.extra);
    f("scale", self.scale);
  }
};

struct Tied {
  Variable a, b;
  static void visit(auto& self, auto&& f) {
    f("a", self.a);
    f("b", self.b);
  }
};

struct Twice {
  Variable a = parameter(ones({1})), b = parameter(ones({1}));
  static void visit(auto& self, auto&& f) {
    f("a", self.a);
    f("a", self.b);
  }
};

struct Choice {
  std::variant<std::monostate, Linear, Tied> held;
  static void visit(auto& self, auto&& f) { f("held", self.held); }
};

struct InPlace {
  Choice choice;
  static void visit(auto& self, auto&& f) { f("", self.choice); }
};

std::vector<std::string> names(const std::vector<NamedParameter>& list) {
  std::vector<std::string> result;
  for (const auto& named : list) result.push_back(named.name);
  return result;
}

}  // namespace

TEST_CASE("parameters are named by the path that visit takes") {
  Generator g(1);
  const Model model(g);
  CHECK(names(named_parameters(model)) == std::vector<std::string>{"first.weight", "first.bias", "rest.0.weight",
                                                                   "rest.0.bias", "rest.1.weight", "scale"});
  CHECK(parameter_count(model) == 6 + 3 + 9 + 3 + 3 + 3);
  CHECK(state_dict(model).size() == 6);
}

TEST_CASE("a tied parameter counts once, and stands in the state under each of its names") {
  const Variable shared = parameter(ones({2}));
  const Tied tied{shared, shared};
  CHECK(names(named_parameters(tied)) == std::vector<std::string>{"a"});
  CHECK(parameter_count(tied) == 2);
  CHECK(state_dict(tied).size() == 2);

  SECTION("a copy has parameters of its own, still tied") {
    const Tied copied = copy(tied);
    copied.a.value().write<float>()[0] = 5;
    CHECK(copied.b.value().read<float>()[0] == 5);
    CHECK(shared.value().read<float>()[0] == 1);
    CHECK(parameter_count(copied) == 2);
  }
}

TEST_CASE("copying the struct shares parameters, copy() does not") {
  Generator g(1);
  const Linear layer(2, 2, g);
  const Linear shared = layer;
  const Linear separate = copy(layer);
  layer.weight.value().write<float>()[0] = 42;
  CHECK(shared.weight.value().read<float>()[0] == 42);
  CHECK(separate.weight.value().read<float>()[0] != 42);
  CHECK(separate.weight.requires_grad());
}

TEST_CASE("a state dict goes from one model to another") {
  Generator g(1);
  const Model from(g), into(g);
  CHECK_FALSE(same(from.first.weight.value(), into.first.weight.value()));
  load_state_dict(into, state_dict(from));
  CHECK(same(from.first.weight.value(), into.first.weight.value()));
  CHECK(same(from.rest[1].weight.value(), into.rest[1].weight.value()));
}

TEST_CASE("a state that does not fit changes nothing and says all that is wrong") {
  Generator g(1);
  const Linear layer(2, 2, g);
  const Tensor before = copy(layer.weight.value());
  CHECK_THROWS_WITH(load_state_dict(layer, {{"weight", zeros({2, 3})}, {"biass", zeros({2})}}),
                    "load_state_dict: weight is f32 [2, 3], wanted f32 [2, 2]; bias is missing; "
                    "\"biass\" is not expected");
  CHECK_THROWS_WITH(load_state_dict(layer, {{"weight", zeros({2, 2}, f64)}, {"bias", zeros({2})}}),
                    "load_state_dict: weight is f64 [2, 2], wanted f32 [2, 2]");
  CHECK(same(layer.weight.value(), before));
}

TEST_CASE("a model is saved and loaded through a file") {
  const TemporaryFolder folder;
  const std::string path = folder / "model.safetensors";
  Generator g(1);
  const Model from(g), into(g);
  save(from, path);
  load(into, path);
  CHECK(same(from.rest[0].bias.value(), into.rest[0].bias.value()));
  const Linear other(2, 2, g);
  CHECK_THROWS_WITH(load(other, path), Contains(path) && Contains("weight is missing"));
}

TEST_CASE("check_parameters finds what visit forgot, and what nothing uses") {
  Generator g(1);
  const Model model(g);
  const Variable x = ones({4, 2});
  CHECK_NOTHROW(check_parameters(model, model(x)));
  CHECK_THROWS_WITH(
      check_parameters(model, model(x) + sum(model.forgotten)),
      "check_parameters: the loss depends on a parameter of shape [3] that visit does not list: name it there");
  CHECK_THROWS_WITH(check_parameters(model, sum(model.first(x))),
                    Contains("rest.0.weight is listed but the loss does not depend on it") &&
                        Contains("scale is listed but the loss does not depend on it"));
}

TEST_CASE("check_parameters names a listed member that was made without parameter()") {
  Generator g(1);
  Model model(g);
  model.scale = ones({3});
  CHECK(parameters(model).size() == 5);  // an optimiser would not train it
  CHECK_THROWS_WITH(check_parameters(model, model(ones({4, 2}))),
                    "check_parameters: scale is listed but is no parameter, so no optimiser trains it: make it "
                    "parameter(…)");
  model.scale = Variable();
  CHECK_NOTHROW(check_parameters(model, sum(model.rest[1](model.rest[0](model.first(ones({4, 2})))))));
}

TEST_CASE("a model without visit is told how to write one by the compiler") {
  const TemporaryFolder folder;
  put_text(folder / "scale.cpp", R"(
#include "glance/nn/optimiser.h"
struct Scale { glance::Variable weight; };
void wrong(const Scale& scale) { glance::SGD sgd(scale); }
)");
  const std::string command = "'" GLANCE_COMPILER "' -std=c++20 -fsyntax-only -I'" GLANCE_SOURCE_DIR "' '" +
                              (folder / "scale.cpp") + "' > '" + (folder / "output.txt") + "' 2>&1";
  CHECK(std::system(command.c_str()) != 0);
  const std::string said = get_text(folder / "output.txt");
  INFO(said);
  CHECK(said.find("struct with: static void visit(auto& self, auto&& f)") != std::string::npos);
  CHECK(std::count(said.begin(), said.end(), '\n') < 30);  // clang shows more of the way there than gcc
}

TEST_CASE("two members under one name are an error") {
  CHECK_THROWS_WITH(state_dict(Twice{}),
                    "state_dict: two members are visited under the name a: give them different names");
}

TEST_CASE("a variant has the parameters of what it holds") {
  Generator generator(1);
  Choice choice;
  CHECK(named_parameters(choice).empty());
  choice.held = Linear(2, 3, generator);
  CHECK(names(named_parameters(choice)) == std::vector<std::string>{"held.weight", "held.bias"});
  const Choice other = copy(choice);
  assign(std::get<Linear>(choice.held).weight.value(), zeros({3, 2}));
  CHECK_FALSE(same(std::get<Linear>(other.held).weight.value(), zeros({3, 2})));
  load_state_dict(choice, state_dict(other));
  CHECK(same(std::get<Linear>(other.held).weight.value(), std::get<Linear>(choice.held).weight.value()));
  choice.held = Tied{parameter(ones({1})), {}};
  CHECK(names(named_parameters(choice)) == std::vector<std::string>{"held.a"});
  CHECK(names(named_parameters(InPlace{choice})) == std::vector<std::string>{"held.a"});  // a name that is empty
}

TEST_CASE("weights that are NaN or infinite are refused, by name, and read all the same") {
  Generator g(1);
  const Linear layer(2, 2, g);
  const auto before = layer.weight.value().to_vector<float>();
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    const std::map<std::string, Tensor> state{{"weight", tensor({{1, bad}, {2, 3}})}, {"bias", zeros({2})}};
    CHECK_THROWS_WITH(load_state_dict(layer, state),
                      "load_state_dict: weight has 1 of 4 elements that are NaN or infinite");
    const TemporaryFolder folder;
    const std::string path = folder / "bad.safetensors";
    save_safetensors(path, state);
    CHECK_THROWS_WITH(load(layer, path),
                      path + ": load_state_dict: weight has 1 of 4 elements that are NaN or infinite");
    CHECK(load_safetensors(path).tensors.at("weight").numel() == 4);
  }
  CHECK(layer.weight.value().to_vector<float>() == before);
}

TEST_CASE("of many problems with a state dict the first few are shown, and their number") {
  Generator g(1);
  const Linear layer(2, 2, g);
  std::map<std::string, Tensor> state = state_dict(layer);
  for (int i = 0; i < 40; ++i) state.emplace("extra" + std::to_string(10 + i), zeros({1}));
  CHECK_THROWS_WITH(load_state_dict(layer, state),
                    "load_state_dict: \"extra10\" is not expected; \"extra11\" is not expected; \"extra12\" is not "
                    "expected; \"extra13\" is not expected; and 36 more");
}
