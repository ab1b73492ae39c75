// What checkpoints have in common: their mark, the parts of their tensors, and errors that name the file.
#include "examples/common/checkpoint_file.h"

#include "glance/tensor/create.h"
#include "tests/catch.h"

using namespace glance;

TEST_CASE("tensors that were put together come apart again") {
  std::map<std::string, Tensor> tensors = {{"weight", ones({2, 3})}, {"optimise", ones({1})}};
  add_tensors(tensors, optimiser_prefix, {{"steps", ones({4})}});
  add_tensors(tensors, recent_prefix, {{"0.weight", ones({5})}, {"1.weight", ones({6})}});
  CHECK(tensors.size() == 5);
  TensorFile file{tensors, {{"key", "1"}}};
  const auto [weights, optimiser, recent] = take_tensors(file, "key", "1", "model", "tests");
  CHECK(weights.size() == 2);
  CHECK(element_count(weights) == 7);
  CHECK(optimiser.at("steps").numel() == 4);
  REQUIRE(recent.size() == 2);
  CHECK(recent.at("1.weight").numel() == 6);
}

TEST_CASE("a file of another kind or format says what it is not") {
  TensorFile file{{}, {{"key", "2"}}};
  CHECK_THROWS_WITH(take_tensors(file, "other", "2", "model", "tests"), "a safetensors file, but not a model of tests");
  CHECK_THROWS_WITH(take_tensors(file, "key", "1", "model", "tests"),
                    Contains("a model of format \"2\"") && Contains("reads format \"1\""));
}

TEST_CASE("whatever is wrong with a checkpoint names its file once") {
  const auto said = [](auto read) {
    try {
      read_checkpoint("a/b", read);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("nothing");
  };
  CHECK(said([]() -> int { throw Error("too small"); }) == "a/b: too small");
  CHECK(said([]() -> int { throw Error("a/b: is a folder"); }) == "a/b: is a folder");
  CHECK(said([] { return std::map<int, int>().at(1); }) ==
        "a/b: parts of its description are missing: the file is damaged");
  CHECK(said([] { return nlohmann::json::parse("{").size(); }) ==
        "a/b: its description cannot be read: the file is damaged");
  CHECK(read_checkpoint("a/b", [] { return 7; }) == 7);
}
