// heads: which features each head has, and the way back.
#include "examples/exercises/promise.h"

using namespace exercises;

int main() {
  const Tensor x = numbers({2, 3, 8});
  return keep({
      {"[2, 3, 8] with 2 heads is [2, 2, 3, 4]",
       [&] {
         shape("split_heads", split_heads(x, 2), {2, 2, 3, 4});
       }},
      {"head 0 has the first half of each place's features, head 1 the second",
       [&] {
         const Tensor heads = stack({slice(x, 2, 0, 4), slice(x, 2, 4, 8)}, 1);
         same("split_heads", split_heads(x, 2), heads,
              {{reshape(x, {2, 2, 3, 4}), "the elements were read in their order, so that places were mixed"},
               {stack({slice(x, 2, 0, 8, 2), slice(x, 2, 1, 8, 2)}, 1), "each head got every second feature"}});
       }},
      {"join_heads is the way back, for 1, 2 and 4 heads",
       [&] {
         const Tensor split = stack({slice(x, 2, 0, 4), slice(x, 2, 4, 8)}, 1);
         same("join_heads", join_heads(split), x,
              {{reshape(split, {2, 3, 8}),
                "the heads were not brought back beside the features before they were joined"}});
         for (const Index heads : {1, 2, 4})
           same("join_heads(split_heads(x, " + std::to_string(heads) + "))", join_heads(split_heads(x, heads)), x);
       }},
      {"a later place never changes an earlier one",
       [&] {
         const Tensor changed = concat({slice(x, 1, 0, 2), numbers({2, 1, 8}, 9)}, 1);
         same("the first two places", slice(split_heads(changed, 4), 2, 0, 2), slice(split_heads(x, 4), 2, 0, 2));
       }},
  });
}
