// The weights at the last few moments of a training, their mean, and their way through a checkpoint.
#include "examples/common/recent_weights.h"

#include "glance/nn/linear.h"
#include "glance/tensor/create.h"
#include "tests/catch.h"

using namespace glance;

namespace {

// A layer whose only weight is this.
Linear layer_of(float weight) {
  Generator generator(1);
  Linear layer(1, 1, generator, {.bias = false});
  layer.weight = parameter(from_values({weight}, {1, 1}));
  return layer;
}

RecentWeights after(Index most, std::initializer_list<float> weights) {
  RecentWeights recent(most);
  for (const float weight : weights) recent.add(layer_of(weight));
  return recent;
}

float mean_of(const RecentWeights& recent) { return static_cast<float>(recent.mean().at("weight").item()); }

}  // namespace

TEST_CASE("the mean is that of the last moments alone") {
  CHECK(mean_of(after(3, {1, 2})) == 1.5f);
  CHECK(mean_of(after(3, {100, 1, 2, 6})) == 3);
  CHECK(after(3, {100, 1, 2, 6}).count() == 3);
  CHECK(after(0, {1, 2}).count() == 0);
  CHECK_THROWS_AS(after(3, {}).mean(), Error);
}

TEST_CASE("a moment is a copy, which training on does not change") {
  RecentWeights recent(2);
  const Linear layer = layer_of(1);
  recent.add(layer);
  layer.weight.value().write<float>()[0] = 5;
  recent.add(layer);
  CHECK(mean_of(recent) == 3);
}

TEST_CASE("what a checkpoint keeps brings back the same, and goes on the same") {
  const RecentWeights before = after(3, {1, 2, 6});
  RecentWeights again(3);
  again.load(before.tensors(), layer_of(0));
  CHECK(again.count() == 3);
  again.add(layer_of(10));
  CHECK(mean_of(again) == 6);  // of 2, 6 and 10: the oldest is known to be the oldest
  again.load({}, layer_of(0));
  CHECK(again.count() == 0);
}

TEST_CASE("more than ten moments keep their order") {
  RecentWeights again(12);
  again.load(after(12, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}).tensors(), layer_of(0));
  again.add(layer_of(12));
  CHECK(mean_of(again) == 6.5f);
}

TEST_CASE("what is not of this model, or more than is kept, is refused and changes nothing") {
  RecentWeights recent = after(2, {1, 3});
  const auto refused = [&](const std::map<std::string, Tensor>& tensors, const std::string& wanted) {
    CHECK_THROWS_WITH(recent.load(tensors, layer_of(0)), Contains(wanted));
    CHECK(mean_of(recent) == 2);
  };
  const Tensor one = ones({1, 1});
  refused({{"2.weight", one}}, "averages 2");
  refused({{"weight", one}}, "averages 2");
  refused({{"x.weight", one}}, "averages 2");
  refused({{"1.weight", one}}, "one of its recent moments is missing");
  refused({{"0.other", one}}, "other was not in the first state");
  refused({{"0.weight", ones({2, 1})}}, "weight is f32 [2, 1]");
}
