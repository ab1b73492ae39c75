// attention_gradient: each input beside autograd's, with as many targets as sources first, since there every product
// fits and a matrix that was not transposed gives numbers.
#include <cmath>

#include "examples/exercises/promise.h"

using namespace exercises;

namespace {

struct Inputs {
  Tensor query, keys, values, grad;
};

AttentionGradient given(const Inputs& x) { return attention_gradient(x.query, x.keys, x.values, x.grad); }

AttentionGradient expected(const Inputs& x) {
  const Variable query = parameter(x.query), keys = parameter(x.keys), values = parameter(x.values);
  const double scale = 1 / std::sqrt(static_cast<double>(x.query.shape(-1)));
  const auto gradients = grad(attend(query, keys, values, {.scale = scale}).context, {query, keys, values}, x.grad);
  return {gradients[0].value(), gradients[1].value(), gradients[2].value()};
}

// What the usual slips make of the gradient of the products query · keysᵀ.
std::vector<Mistake> of_products(const Inputs& x) {
  const double root = std::sqrt(static_cast<double>(x.query.shape(-1)));
  const Tensor products = matmul(x.query, transpose(x.keys)), w = softmax(products / root, -1);
  const Tensor g = matmul(x.grad, transpose(x.values)), soft = softmax(products, -1);
  const auto back = [&](const Tensor& y) { return y * (g - sum(g * y, {-1}, true)); };
  return {
      {back(w), "the gradient of the scores lacks the division by √f: it stands on the way back as on the way there"},
      {back(soft), "the division by √f was left out, on the way there and on the way back"},
      {back(soft) / root, "the scores were not divided by √f on the way there"},
      {back(w) / (root * root), "the gradient of the scores was divided by f, and not by its root"},
      {w * g / root, "the softmax's second term was left out: weights · (g − Σ g weights), not weights · g"},
      {w * g, "the softmax's second term was left out, and the division by √f, too"},
      {g / root, "the gradient of the weights went past the softmax: what is multiplied must be that of the scores"},
      {g, "the gradient of the weights went past the softmax and past √f"},
  };
}

std::vector<Mistake> of_query(const Inputs& x) {
  std::vector<Mistake> mistakes = of_products(x);
  for (Mistake& mistake : mistakes) mistake.gives = matmul(mistake.gives, x.keys);
  mistakes.push_back({expected(x).keys, "the gradients of query and keys stand in each other's place"});
  return mistakes;
}

std::vector<Mistake> of_keys(const Inputs& x) {
  std::vector<Mistake> mistakes = of_products(x);
  for (Mistake& mistake : mistakes) mistake.gives = matmul(transpose(mistake.gives), x.query);
  const double root = std::sqrt(static_cast<double>(x.query.shape(-1)));
  const Tensor w = softmax(matmul(x.query, transpose(x.keys)) / root, -1), g = matmul(x.grad, transpose(x.values));
  const Tensor right = w * (g - sum(g * w, {-1}, true)) / root;
  mistakes.push_back({matmul(right, x.query),
                      "the gradient of the scores was not transposed: a key gathers from all targets, along a column"});
  mistakes.push_back({matmul(transpose(right), x.keys), "it was multiplied by the keys: a key hears of the queries"});
  return mistakes;
}

std::vector<Mistake> of_values(const Inputs& x) {
  const Tensor products = matmul(x.query, transpose(x.keys));
  const Tensor w = softmax(products / std::sqrt(static_cast<double>(x.query.shape(-1))), -1);
  return {
      {matmul(w, x.grad), "the weights were not transposed: a value gathers from all targets, along a column"},
      {matmul(transpose(softmax(products, -1)), x.grad), "the scores were not divided by √f on the way there"},
      {matmul(transpose(products), x.grad), "the scores stand in the place of the weights"},
  };
}

}  // namespace

int main() {
  const Inputs square{numbers({3, 4}, 1), numbers({3, 4}, 2), numbers({3, 2}, 3), numbers({3, 2}, 4)};
  const Inputs oblong{numbers({2, 4}, 1), numbers({5, 4}, 2), numbers({5, 3}, 3), numbers({2, 3}, 4)};
  return keep({
      {"the values' gradient is autograd's",
       [&] { beside("the gradient of the values", given(square).values, expected(square).values, of_values(square)); }},
      {"the query's gradient is autograd's",
       [&] { beside("the gradient of the query", given(square).query, expected(square).query, of_query(square)); }},
      {"the keys' gradient is autograd's",
       [&] { beside("the gradient of the keys", given(square).keys, expected(square).keys, of_keys(square)); }},
      {"2 targets and 5 sources: each gradient has the shape of its input",
       [&] {
         const AttentionGradient all = given(oblong);
         shape("the gradient of the query", all.query, {2, 4});
         shape("the gradient of the keys", all.keys, {5, 4});
         shape("the gradient of the values", all.values, {5, 3});
       }},
      {"and they are autograd's, too",
       [&] {
         const AttentionGradient all = given(oblong), right = expected(oblong);
         beside("the gradient of the query", all.query, right.query);
         beside("the gradient of the keys", all.keys, right.keys);
         beside("the gradient of the values", all.values, right.values);
       }},
      {"leading dimensions are free: a batch of 2",
       [] {
         const Inputs batch{numbers({2, 3, 4}, 1), numbers({2, 5, 4}, 2), numbers({2, 5, 2}, 3), numbers({2, 3, 2}, 4)};
         same("the gradient of the keys", given(batch).keys, expected(batch).keys);
       }},
  });
}
