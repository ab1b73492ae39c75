// Tensors share, copy and count their elements as they promise, and wrong uses are errors.
#include "glance/tensor/tensor.h"

#include <cmath>
#include <limits>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/random.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"

namespace glance {
namespace {

TEST_CASE("a new tensor is dense and aligned") {
  const Tensor x({2, 3}, f64);
  CHECK(x.defined());
  CHECK(x.shape() == Shape{2, 3});
  CHECK(x.shape(-1) == 3);
  CHECK(x.rank() == 2);
  CHECK(x.numel() == 6);
  CHECK(x.dtype() == f64);
  CHECK(x.is_dense());
  CHECK(x.version() == 0);
  CHECK(x.is_sole_owner());
  CHECK(reinterpret_cast<std::uintptr_t>(x.read<double>()) % storage_alignment == 0);
  CHECK(Tensor(Shape{}, i64).numel() == 1);
  CHECK(Tensor(Shape{0, 5}, boolean).numel() == 0);
}

TEST_CASE("the shape and strides of a tensor about to go are copies") {
  STATIC_REQUIRE(std::is_same_v<decltype(std::declval<const Tensor&>().shape()), const Shape&>);
  STATIC_REQUIRE(std::is_same_v<decltype(std::declval<const Tensor&>().strides()), const Strides&>);
  STATIC_REQUIRE(std::is_same_v<decltype(std::declval<Tensor>().shape()), Shape>);
  STATIC_REQUIRE(std::is_same_v<decltype(std::declval<Tensor>().strides()), Strides>);
  Index product = 1;
  for (const Index extent : Tensor({2, 3}, f32).shape()) product *= extent;
  CHECK(product == 6);
}

TEST_CASE("a tensor that cannot be is refused") {
  CHECK_THROWS_WITH(Tensor(Shape{2, -3}, f32), "tensor: shape [2, -3] has a negative extent");
  CHECK_THROWS_WITH(Tensor(Shape{Index{1} << 40, Index{1} << 40}, f32),
                    "tensor: shape [1099511627776, 1099511627776] has too many elements");
  CHECK_THROWS_AS(Tensor(Shape{Index{1} << 50}, f32), Error);  // there is no such memory
}

TEST_CASE("an undefined tensor is an error to use") {
  const std::string text = "tensor: an undefined tensor was used: give it a value first";
  const Tensor none;
  CHECK_FALSE(none.defined());
  CHECK_FALSE(none.is_sole_owner());
  CHECK_THROWS_WITH(none.shape(), text);
  CHECK_THROWS_WITH(none.dtype(), text);
  CHECK_THROWS_WITH(none.read<float>(), text);
  CHECK_THROWS_WITH(none.write<float>(), text);
  CHECK_THROWS_WITH(none.item(), text);
  CHECK_THROWS_WITH(none.version(), text);
  CHECK_THROWS_WITH(copy(none), text);
  CHECK_THROWS_WITH(contiguous(none), text);
  CHECK_THROWS_WITH(to(none, f64), text);
  CHECK_THROWS_WITH(none.shares_storage(none), text);
}

TEST_CASE("elements are read and written as their own type") {
  const Tensor x = tensor({1, 2});
  CHECK_THROWS_WITH(x.read<double>(), "tensor: elements are f32, not f64: convert with to(x, f64)");
  CHECK_THROWS_WITH(x.write<Index>(), "tensor: elements are f32, not i64: convert with to(x, i64)");
  CHECK_THROWS_WITH(x.to_vector<bool>(), "tensor: elements are f32, not bool: convert with to(x, boolean)");
  CHECK(x.values<float>()[1] == 2);
  const Tensor columns = transpose(tensor({{1, 2}, {3, 4}}));
  CHECK_THROWS_WITH(columns.values<float>(),
                    "values: a view of shape [2, 2] is not dense: use contiguous(x) or to_vector");
}

TEST_CASE("handles share elements and a version") {
  const Tensor x = zeros({2, 3});
  const auto version = x.version();
  const Tensor same_elements = x;
  const Tensor row = select(x, 0, 1);
  CHECK(row.version() == version);
  row.write<float>()[2] = 5;
  CHECK(x.values<float>()[5] == 5);
  CHECK(x.version() == version + 1);
  CHECK(same_elements.version() == version + 1);
  CHECK(select(row, 0, 0).version() == version + 1);
  CHECK(x.read<float>() == same_elements.read<float>());
  CHECK(x.version() == version + 1);
  CHECK(x.shares_storage(row));
  CHECK(row.shares_storage(same_elements));
  CHECK_FALSE(x.shares_storage(copy(x)));
}

TEST_CASE("the sole owner is known") {
  Tensor x = zeros({4});
  CHECK(x.is_sole_owner());
  {
    const Tensor other = x;
    CHECK_FALSE(x.is_sole_owner());
    CHECK_FALSE(other.is_sole_owner());
  }
  CHECK(x.is_sole_owner());
  {
    const Tensor view = slice(x, 0, 0, 2);
    CHECK_FALSE(x.is_sole_owner());
    CHECK_FALSE(view.is_sole_owner());
  }
  CHECK(x.is_sole_owner());
  const Tensor view = slice(std::exchange(x, Tensor()), 0, 0, 2);
  CHECK_FALSE(x.defined());
  CHECK_FALSE(view.is_sole_owner());  // what it looks at is larger than itself
}

TEST_CASE("a view keeps its base alive and the last one gives it back") {
  const auto before = storage_statistics().live_blocks;
  {
    Tensor x = full({100}, 3);
    Tensor inner = slice(slice(x, 0, 10, 90), 0, 10, 20);
    x = Tensor();
    CHECK(inner.to_vector<float>() == std::vector<float>(10, 3.F));
    CHECK(storage_statistics().live_blocks == before + 2);  // the view of a view holds the base alone
    inner = zeros({1});
    CHECK(storage_statistics().live_blocks == before + 1);
    Tensor& self = inner;
    inner = self;
    CHECK(inner.numel() == 1);
    const Tensor moved = std::move(inner);
    CHECK(moved.is_sole_owner());
  }
  CHECK(storage_statistics().live_blocks == before);
}

template <class T>
concept GivesElements = requires(T x) {
  std::forward<T>(x).template values<float>();
}
|| requires(T x) { std::forward<T>(x).template read<float>(); }
|| requires(T x) { std::forward<T>(x).template write<float>(); };

TEST_CASE("a tensor about to go gives no view of its elements") {
  STATIC_REQUIRE(GivesElements<const Tensor&>);
  STATIC_REQUIRE(GivesElements<Tensor&>);
  STATIC_REQUIRE_FALSE(GivesElements<Tensor>);
  STATIC_REQUIRE_FALSE(GivesElements<const Tensor>);
  STATIC_REQUIRE_FALSE(std::is_reference_v<decltype(zeros({1}).shape())>);
  STATIC_REQUIRE_FALSE(std::is_reference_v<decltype(zeros({1}).strides())>);
  STATIC_REQUIRE_FALSE(std::is_reference_v<decltype(Generator(1).state())>);
}

TEST_CASE("a tensor that was moved from is an error that says so, until it is given a value") {
  const std::string text = "tensor: used after it was moved from: use what it was moved to, or give it a value first";
  Tensor x = ones({2});
  Tensor y = std::move(x);
  const Tensor gone = x;  // a copy of what is not there is not there either
  for (const Tensor* t : {static_cast<const Tensor*>(&x), &gone}) {
    CHECK_FALSE(t->defined());
    CHECK_FALSE(t->is_sole_owner());
    CHECK_THROWS_WITH(t->shape(), text);
    CHECK_THROWS_WITH(t->values<float>(), text);
    CHECK_THROWS_WITH(*t + y, text);
    CHECK_THROWS_WITH(t->given(), text);
    CHECK_THROWS_WITH(t->shares_storage(y), text);
  }
  CHECK(y.given());
  CHECK_FALSE(Tensor().given());
  x = ones({3});
  CHECK(x.numel() == 3);
  Tensor& self = x;
  x = std::move(self);
  CHECK(x.numel() == 3);
  std::swap(x, y);
  CHECK(y.numel() == 3);
}

TEST_CASE("handles are copied and dropped on many threads at once") {
  const auto before = storage_statistics().live_blocks;
  {
    const Tensor x = full({8}, 1);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([x] {
        for (int i = 0; i < 10000; ++i) {
          const Tensor view = slice(x, 0, i % 8, 8);
          const Tensor other = view;
        }
      });
    for (auto& thread : threads) thread.join();
    CHECK(x.is_sole_owner());
  }
  CHECK(storage_statistics().live_blocks == before);
}

TEST_CASE("to_vector reads any strides in row-major order") {
  const Tensor x = reshape(arange(24), {2, 3, 4});
  CHECK(transpose(select(x, 0, 0)).to_vector<Index>() == std::vector<Index>{0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11});
  CHECK(slice(slice(x, 2, 1, 4, 2), 1, 0, 2).to_vector<Index>() == std::vector<Index>{1, 3, 5, 7, 13, 15, 17, 19});
  CHECK(slice(x, 1, 0, 0).to_vector<Index>().empty());
  CHECK(scalar(7).to_vector<float>() == std::vector<float>{7});
  CHECK(transpose(to(tensor({{1, 0}, {1, 1}}), boolean)).to_vector<bool>() ==
        std::vector<bool>{true, true, false, true});
}

TEST_CASE("item reads the only element") {
  CHECK(tensor({{2.5}}).item() == 2.5);
  CHECK(scalar(-3, i64).item() == -3);
  CHECK(scalar(1, boolean).item() == 1);
  CHECK(select(arange(5), 0, 4).item() == 4);
  CHECK_THROWS_WITH(tensor({1, 2}).item(), "item: [2] has 2 elements: item() wants exactly one");
  CHECK_THROWS_WITH(zeros({0}).item(), "item: [0] has 0 elements: item() wants exactly one");
}

TEST_CASE("copy and contiguous") {
  const Tensor x = reshape(arange(6), {2, 3});
  const Tensor turned = transpose(x);
  CHECK_FALSE(turned.is_dense());
  CHECK(contiguous(x).shares_storage(x));
  const Tensor dense = contiguous(turned);
  CHECK_FALSE(dense.shares_storage(x));
  CHECK(dense.is_dense());
  CHECK(dense.shape() == Shape{3, 2});
  CHECK(dense.to_vector<Index>() == std::vector<Index>{0, 3, 1, 4, 2, 5});
  const Tensor other = copy(x);
  other.write<Index>()[0] = 9;
  CHECK(x.values<Index>()[0] == 0);
  CHECK(copy(zeros({0, 3})).shape() == Shape{0, 3});
  CHECK(copy(scalar(4)).item() == 4);
}

TEST_CASE("to converts the elements") {
  const Tensor x = tensor({-1.7, 0, 0.2, 2.9});
  CHECK(to(x, f32).shares_storage(x));
  CHECK(to(x, i64).to_vector<Index>() == std::vector<Index>{-1, 0, 0, 2});
  CHECK(to(x, boolean).to_vector<bool>() == std::vector<bool>{true, false, true, true});
  CHECK(to(x, f64).to_vector<double>()[0] == static_cast<double>(-1.7F));
  CHECK(to(to(x, boolean), f32).to_vector<float>() == std::vector<float>{1, 0, 1, 1});
  CHECK(to(scalar(std::nan("")), boolean).item() == 1);
  CHECK(to(transpose(tensor({{1, 2}, {3, 4}})), i64).to_vector<Index>() == std::vector<Index>{1, 3, 2, 4});
}

TEST_CASE("assign copies and stretches") {
  const Tensor x = zeros({2, 3}, i64);
  const auto version = x.version();
  assign(x, arange(3));
  CHECK(x.to_vector<Index>() == std::vector<Index>{0, 1, 2, 0, 1, 2});
  CHECK(x.version() > version);
  assign(transpose(x), reshape(arange(6), {3, 2}));
  CHECK(x.to_vector<Index>() == std::vector<Index>{0, 2, 4, 1, 3, 5});
  assign(slice(x, 1, 1, 3), scalar(7, i64));
  CHECK(x.to_vector<Index>() == std::vector<Index>{0, 7, 7, 1, 7, 7});
  assign(slice(x, 0, 0, 0), zeros({0, 3}, i64));
  const Tensor square = reshape(arange(4), {2, 2});
  assign(square, transpose(square));
  CHECK(square.to_vector<Index>() == std::vector<Index>{0, 2, 1, 3});
  assign(slice(x, 1, 1, 3), slice(x, 1, 0, 2));
  CHECK(x.to_vector<Index>() == std::vector<Index>{0, 0, 7, 1, 1, 7});
  CHECK_THROWS_WITH(assign(x, zeros({2, 3})), "assign: dtypes i64 and f32 differ");
  CHECK_THROWS_WITH(assign(x, zeros({2}, i64)), "assign: [2] does not stretch to [2, 3]");
  CHECK_THROWS_WITH(assign(x, zeros({1, 2, 3}, i64)), "assign: [1, 2, 3] does not stretch to [2, 3]");
}

TEST_CASE("dispatch calls with the element type") {
  for (const DType dtype : {f32, f64, i64, boolean})
    CHECK(dispatch(dtype, []<class T>() { return dtype_of<T>; }) == dtype);
  CHECK(dispatch_floating("f", f64, []<class T>() { return dtype_of<T>; }) == f64);
  CHECK_THROWS_WITH(dispatch_floating("f", i64, []<class T>() { return dtype_of<T>; }),
                    "f: dtype i64: only f32 and f64 are supported; convert with to(x, f32)");
  CHECK(std::string(name(f32)) + name(f64) + name(i64) + name(boolean) == "f32f64i64bool");
}

TEST_CASE("numbers that i64 does not have are not converted to it") {
  for (const DType dtype : {f32, f64}) {
    CHECK(same(to(tensor({-0x1p63, 0x1p62, -2.9}, dtype), i64),
               from_values(std::vector<Index>{std::numeric_limits<Index>::min(), Index{1} << 62, -2}, {3})));
    CHECK_THROWS_WITH(to(tensor({0x1p63}, dtype), i64), Catch::Matchers::StartsWith("to: i64 cannot hold 9.22"));
    CHECK_THROWS_WITH(to(full({2, 2}, std::nan(""), dtype), i64),
                      "to: i64 cannot hold nan: replace it first, for example with where or clamp");
    CHECK_THROWS_AS(to(tensor({-1e19}, dtype), i64), Error);
    CHECK_THROWS_AS(to(tensor({std::numeric_limits<double>::infinity()}, dtype), i64), Error);
    CHECK(same(to(tensor({std::nan(""), 0, -1e30}, dtype), boolean), tensor({1, 0, 1}, boolean)));
  }
}

}  // namespace
}  // namespace glance
