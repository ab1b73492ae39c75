#include "autograd/normalisation.h"

#include "autograd/gradcheck.h"
#include "tensor/random.h"
#include "tests/autograd/twins.h"

using namespace glance;

namespace {

Tensor random(const Shape& shape, std::uint64_t seed = 1, DType dtype = f64) {
  Generator g(seed);
  return normal(shape, g, 0.5, 2, dtype);
}

}  // namespace

TEST_CASE("layer norm by hand") {
  const Tensor y = layer_norm(tensor({{1, 3}, {-2, -2}}, f64), tensor({2, 1}, f64), tensor({0, 5}, f64), 0).value();
  CHECK(y.to_vector<double>()[0] == Approx(-2));
  CHECK(y.to_vector<double>()[1] == Approx(6));
  CHECK(all_close(layer_norm(tensor({{-2, -2}}, f64)).value(), zeros({1, 2}, f64)));
}

TEST_CASE("layer norm is its twin") {
  const auto run = [](auto layer_norm_like) -> ManyToMany {
    return [=](std::span<const Variable> in) {
      return std::vector<Variable>{
          layer_norm_like(in[0], in.size() > 1 ? in[1] : Variable(), in.size() > 2 ? in[2] : Variable(), 1e-5)};
    };
  };
  check_twins(run(layer_norm), run(composed_layer_norm), {random({4, 5}), random({5}, 2), random({5}, 3)});
  check_twins(run(layer_norm), run(composed_layer_norm), {random({2, 3, 5}), random({5}, 2)});
  check_twins(run(layer_norm), run(composed_layer_norm), {random({7})});
  check_twins(run(layer_norm), run(composed_layer_norm), {random({3, 1}), random({1}, 2), random({1}, 3)});
  check_twins(run(layer_norm), run(composed_layer_norm),
              {random({4, 67}, 1, f32), random({67}, 2, f32), random({67}, 3, f32)}, 1e-4);
}

TEST_CASE("layer norm's derivatives of both orders are right") {
  gradcheck([](const Variable& x, const Variable& w, const Variable& b) { return layer_norm(x, w, b); },
            {random({2, 3}), random({3}, 2), random({3}, 3)});
  gradcheck([](const Variable& x) { return layer_norm(x); }, {random({2, 3})});
}
