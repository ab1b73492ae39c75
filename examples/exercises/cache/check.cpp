// cache: one at a time, a few at a time and all at once are equal.
#include "examples/exercises/promise.h"

using namespace exercises;

namespace {

const std::string from_zero = "the positions were counted from 0 again at each reading";

// The contexts when `x` is read in parts of these sizes; the last part is the rest.
Variable in_parts(const SelfAttention& layer, const Tensor& x, Index part) {
  std::vector<Variable> contexts;
  Cache cache;
  for (Index from = 0; from < x.shape(0); from += part) {
    Reading reading = read_on(layer, slice(x, 0, from, from + part), cache);
    contexts.push_back(reading.context);
    cache = reading.cache;
  }
  return concat(contexts, 0);
}

// The same with positions from 0 in each part.
Tensor forgets_positions(const SelfAttention& layer, const Tensor& x, Index part) {
  std::vector<Tensor> moved;
  for (Index from = 0; from < x.shape(0); from += part) {
    const Tensor here = slice(x, 0, from, from + part);
    const Index count = here.shape(0), features = here.shape(1);
    moved.push_back(here + sinusoidal_positions(count, features, 0, f64) -
                    sinusoidal_positions(count, features, from, f64));
  }
  return whole(layer, concat(moved, 0)).value();
}

}  // namespace

int main() {
  const SelfAttention layer{numbers({4, 4}, 1), numbers({4, 4}, 2), numbers({4, 4}, 3)};
  const Tensor x = numbers({6, 4}, 4);
  return keep({
      {"a first place is read as by whole()",
       [&] { same("the context", read_on(layer, slice(x, 0, 0, 1), {}).context, whole(layer, slice(x, 0, 0, 1))); }},
      {"the cache grows by the places that are read: 2, then 1 more",
       [&] {
         const Reading first = read_on(layer, slice(x, 0, 0, 2), {});
         const Reading second = read_on(layer, slice(x, 0, 2, 3), first.cache);
         shape("the keys after two places", first.cache.keys, {2, 4});
         if (second.cache.keys.defined() && second.cache.keys.shape(0) == 1)
           broken("the cache was replaced, and not made longer: its keys are [1, 4], expected [3, 4]");
         shape("the keys after three places", second.cache.keys, {3, 4});
         shape("the values after three places", second.cache.values, {3, 4});
       }},
      {"all at once equals whole(): a later place never changes an earlier one",
       [&] {
         const Variable placed = x + sinusoidal_positions(6, 4, 0, f64);
         same("the contexts", in_parts(layer, x, 6), whole(layer, x),
              {{attend(linear(placed, layer.query), linear(placed, layer.key), linear(placed, layer.value))
                    .context.value(),
                "a new place saw a newer one"}});
       }},
      {"one at a time equals whole()",
       [&] {
         same("the contexts", in_parts(layer, x, 1), whole(layer, x), {{forgets_positions(layer, x, 1), from_zero}});
       }},
      {"a few at a time equal whole(): four, then two",
       [&] {
         same("the contexts", in_parts(layer, x, 4), whole(layer, x), {{forgets_positions(layer, x, 4), from_zero}});
       }},
      {"an earlier cache stays as it was, so that one beginning may go on in two ways",
       [&] {
         const Cache beginning = read_on(layer, slice(x, 0, 0, 2), {}).cache;
         const Variable one = read_on(layer, slice(x, 0, 2, 3), beginning).context;
         read_on(layer, numbers({1, 4}, 9), beginning);
         same("the context of the third place", read_on(layer, slice(x, 0, 2, 3), beginning).context, one);
       }},
  });
}
