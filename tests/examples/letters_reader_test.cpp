// Reading with a window that slides, held against the model on the same letters.
#include "examples/letters/reader.h"

#include <algorithm>

#include "glance/tensor/error.h"
#include "tests/catch.h"
#include "tests/examples/tiny_letters.h"

using namespace glance;
using namespace glance::gpt;

namespace {

constexpr PositionKind kinds[] = {PositionKind::none, PositionKind::learned, PositionKind::sinusoidal,
                                  PositionKind::rotary};

const Numbers text = {3, 1, 4, 1, 0, 2, 2, 3, 0, 1, 4, 3, 1, 2, 0};

// What the model says of a window by itself, read at once.
void check_says(const Reader& reader, const Model& model, const Numbers& window) {
  CHECK(reader.window() == window);
  const auto all = logits_of(model, {window.begin(), window.end()});
  const std::vector<float> wanted(all.end() - 5, all.end());
  for (std::size_t i = 0; i < wanted.size(); ++i) CHECK(reader.logits()[i] == Approx(wanted[i]).margin(1e-4));
}

}  // namespace

TEST_CASE("at each letter a reader says what the model says of the last letters") {
  for (const PositionKind kind : kinds) {
    const Model model = tiny_model(kind);
    Reader reader(model);
    for (std::size_t t = 0; t < text.size(); ++t) {
      reader.read({&text[t], 1});
      const std::size_t from = t + 1 > 6 ? t + 1 - 6 : 0;
      check_says(reader, model,
                 {text.begin() + static_cast<std::ptrdiff_t>(from), text.begin() + static_cast<std::ptrdiff_t>(t + 1)});
    }
  }
}

TEST_CASE("a window that slides by several letters is exact, too, and as long as they leave it") {
  for (const Index slide : {2, 3, 6}) {
    const Model model = tiny_model();
    Reader reader(model, slide);
    std::size_t shortest = 6;
    for (std::size_t t = 0; t < text.size(); ++t) {
      reader.read({&text[t], 1});
      const std::size_t length = reader.window().size();
      CHECK(length <= std::min<std::size_t>(6, t + 1));
      if (t >= 6) shortest = std::min(shortest, length);
      check_says(reader, model,
                 {text.begin() + static_cast<std::ptrdiff_t>(t + 1 - length),
                  text.begin() + static_cast<std::ptrdiff_t>(t + 1)});
    }
    CHECK(shortest == static_cast<std::size_t>(7 - slide));
  }
}

TEST_CASE("a prompt may be read at once, and may be longer than the context") {
  const Model model = tiny_model();
  for (const std::size_t size : {1u, 6u, 7u, 15u}) {
    Reader reader(model);
    reader.read(std::span(text).first(size));
    const std::size_t from = size > 6 ? size - 6 : 0;
    check_says(reader, model,
               {text.begin() + static_cast<std::ptrdiff_t>(from), text.begin() + static_cast<std::ptrdiff_t>(size)});
  }
}

TEST_CASE("what cannot be read is refused") {
  const Model model = tiny_model();
  CHECK_THROWS_AS(Reader(model, 0), Error);
  CHECK_THROWS_AS(Reader(model, 7), Error);
  Reader reader(model);
  CHECK_THROWS_WITH(reader.logits(), Contains("Nothing was read"));
  CHECK_THROWS_AS(reader.read(Numbers{5}), Error);
}
