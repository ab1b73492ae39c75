// Tensors print in a form that a person can read, whatever their size and numbers.
#include "glance/tensor/print.h"

#include <limits>
#include <sstream>

#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"

using namespace glance;

TEST_CASE("tensors print in nested brackets with dtype and shape") {
  CHECK(to_string(tensor({1, 2, 3})) == "[1, 2, 3] f32[3]");
  CHECK(to_string(tensor({{1, -2}, {3, 40}}, i64)) == "[[ 1, -2],\n [ 3, 40]] i64[2, 2]");
  CHECK(to_string(tensor({true, false}, boolean)) == "[ true, false] bool[2]");
  CHECK(to_string(scalar(2.5, f64)) == "2.5000 f64[]");
  CHECK(to_string(tensor({0.5, -12.25})) == "[  0.5000, -12.2500] f32[2]");
  CHECK(to_string(tensor({{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}})) ==
        "[[[1, 2],\n  [3, 4]],\n\n [[5, 6],\n  [7, 8]]] f32[2, 2, 2]");
}

TEST_CASE("views print what they show") {
  CHECK(to_string(transpose(tensor({{1, 2}, {3, 4}}))) == "[[1, 3],\n [2, 4]] f32[2, 2]");
  CHECK(to_string(select(tensor({{1, 2}, {3, 4}}), 1, 1)) == "[2, 4] f32[2]");
}

TEST_CASE("empty and undefined tensors print") {
  CHECK(to_string(zeros({0})) == "[] f32[0]");
  CHECK(to_string(zeros({2, 0})) == "[[],\n []] f32[2, 0]");
  CHECK(to_string(zeros({0, 2000})) == "[] f32[0, 2000]");
  CHECK(to_string(zeros({Index{1} << 40, 0})) == "[[],\n [],\n [],\n …,\n [],\n [],\n []] f32[1099511627776, 0]");
  CHECK(to_string(Tensor()) == "undefined");
}

TEST_CASE("very large, very small and no numbers") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  CHECK(to_string(tensor({1.5e9, 1})) == "[1.5000e+09, 1.0000e+00] f32[2]");
  CHECK(to_string(tensor({1.5e-9, 0})) == "[1.5000e-09, 0.0000e+00] f32[2]");
  CHECK(to_string(tensor({0.5, 1e-9})) == "[0.5000, 0.0000] f32[2]");
  CHECK(to_string(tensor({1, -infinity})) == "[   1, -inf] f32[2]");
  CHECK(to_string(tensor({infinity - infinity})) == "[nan] f32[1]");
}

TEST_CASE("long rows are wrapped") {
  const std::string text = to_string(arange(100));
  std::istringstream lines(text);
  std::string line;
  int count = 0;
  while (std::getline(lines, line)) {
    CHECK(line.size() <= 110);
    ++count;
  }
  CHECK(count == 5);
  CHECK(text.find("\n 2") != std::string::npos);
}

TEST_CASE("large tensors show their ends") {
  CHECK(to_string(arange(5000)) == "[   0,    1,    2, …, 4997, 4998, 4999] i64[5000]");
  const std::string text = to_string(zeros({100, 100}));
  CHECK(text ==
        "[[0, 0, 0, …, 0, 0, 0],\n [0, 0, 0, …, 0, 0, 0],\n [0, 0, 0, …, 0, 0, 0],\n …,\n"
        " [0, 0, 0, …, 0, 0, 0],\n [0, 0, 0, …, 0, 0, 0],\n [0, 0, 0, …, 0, 0, 0]] f32[100, 100]");
  CHECK(to_string(zeros({6, 1000})).size() < 400);
}

TEST_CASE("tensors go to streams") {
  std::ostringstream out;
  out << tensor({1, 2});
  CHECK(out.str() == "[1, 2] f32[2]");
}
