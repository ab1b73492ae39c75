// three_steps: shapes, weights, context, a batch of them, and their derivatives.
#include "examples/exercises/promise.h"

using namespace exercises;

int main() {
  const Tensor query = numbers({3, 4}, 1), keys = numbers({5, 4}, 2), values = numbers({5, 2}, 3);
  return keep({
      {"weights are [targets, sources], the context [targets, value features]",
       [&] {
         const Attended given = three_steps(query, keys, values);
         need(given.weights.shape() != Shape{3, 2} || given.context.shape() != Shape{3, 5},
              "weights and context were given back in each other's place: Attended is {context, weights}");
         shape("the weights", given.weights, {3, 5});
         shape("the context", given.context, {3, 2});
       }},
      {"weights are the softmax over the sources of query · key / √features",
       [&] {
         const Tensor products = matmul(query, transpose(keys));
         same("the weights", three_steps(query, keys, values).weights, softmax(products / 2.0, -1),
              {{softmax(products, -1), "the scores were not divided by the root of the features"},
               {softmax(products / 4.0, -1), "the scores were divided by the features, and not by their root"},
               {softmax(products / 2.0, -2),
                "the softmax went over the targets: each column adds up to 1, not each row"},
               {softmax(products, -2), "the softmax went over the targets: each column adds up to 1, not each row"}});
       }},
      {"the weights of each target add up to 1",
       [&] { same("the sums of the rows", sum(three_steps(query, keys, values).weights, {-1}), ones({3}, f64)); }},
      {"the context is the average of the values by these weights",
       [&] {
         const Attended given = three_steps(query, keys, values);
         same("the context", given.context, matmul(given.weights, values));
       }},
      {"leading dimensions are free: a batch of 2, each as if it were alone",
       [] {
         const Tensor q = numbers({2, 3, 4}, 4), k = numbers({2, 5, 4}, 5), v = numbers({2, 5, 4}, 6);
         const Attended both = three_steps(q, k, v);
         const Attended second = three_steps(select(q, 0, 1), select(k, 0, 1), select(v, 0, 1));
         same("the second context", select(both.context, 0, 1), second.context);
       }},
      {"gradcheck agrees: attention can be trained",
       [&] {
         derivatives(
             [](const Variable& q, const Variable& k, const Variable& v) { return three_steps(q, k, v).context; },
             {query, keys, values}, 1);
       }},
  });
}
