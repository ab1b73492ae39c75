// Every public type of the library that holds something, used after it was moved from: an Error that says so. (Tensor,
// Variable, MappedFile and Workers have theirs in files of their own.)
#include "glance/glance.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

using namespace glance;

namespace {

// Every use of what is left of `object` when it was moved from, and of what is left when it was moved by assignment.
template <class T, class... Uses>
void check_gone(T object, Uses... uses) {
  T other = object;
  const T taken = std::move(object);
  const T copy = object;
  T target = taken;
  target = std::move(other);
  const auto check = [](T& gone, auto& use) {
    CHECK_THROWS_AS(use(gone), Error);
    CHECK_THROWS_WITH(use(gone), Contains("used after it was moved from: use what it was moved to"));
  };
  (check(object, uses), ...);
  (check(other, uses), ...);
  T copied = copy;
  (check(copied, uses), ...);
  object = taken;
  const auto works = [](T& again, auto& use) { CHECK_NOTHROW(use(again)); };
  (works(object, uses), ...);
}

const Tensor x = ones({2, 3});
const Tensor sequences = ones({2, 4, 3});
const Index both_lengths[] = {4, 2};

}  // namespace

TEST_CASE("a generator that was moved from draws nothing") {
  check_gone(
      Generator(1), [](Generator& g) { g.next_u32(); }, [](Generator& g) { g.next_u64(); },
      [](Generator& g) { g.below(7); }, [](Generator& g) { g.uniform01<float>(); },
      [](Generator& g) { g.normal<double>(); }, [](Generator& g) { (void)g.state(); },
      [](Generator& g) { (void)normal({3}, g); }, [](Generator& g) { (void)uniform({1}, g, 0, 1, f64); },
      [](Generator& g) { (void)bernoulli({3}, 0.5, g); }, [](Generator& g) { (void)permutation(3, g); },
      [](Generator& g) { (void)Dropout{0.5}(x, &g); });
  // Wherever it stood.
  for (int drawn = 0; drawn < 6; ++drawn) {
    Generator g(1);
    for (int i = 0; i < drawn; ++i) g.next_u32();
    Generator same = g;
    Generator taken = std::move(g);
    CHECK(taken.next_u32() == same.next_u32());
    CHECK_THROWS_AS(g.next_u32(), Error);
  }
}

TEST_CASE("a layer that was moved from is an error, and no parameters") {
  Generator generator(1);
  const TemporaryFolder folder;
  const auto any = [&](auto layer, auto call) {
    using Layer = decltype(layer);
    check_gone(
        layer, call, [](Layer& l) { (void)parameters(l); }, [](Layer& l) { (void)named_parameters(l); },
        [](Layer& l) { (void)state_dict(l); }, [](Layer& l) { (void)parameter_count(l); },
        [](Layer& l) { (void)copy(l); }, [&](Layer& l) { save(l, folder / "layer"); },
        [&](Layer& l) { load_state_dict(l, state_dict(layer)); }, [](Layer& l) { Adam(l, {}); });
  };
  any(Linear(3, 2, generator), [](Linear& l) { (void)l(x); });
  any(LayerNorm(3), [](LayerNorm& l) { (void)l(x); });
  const auto over_time = [](auto& l) { (void)l(sequences); };
  any(LSTM(3, 2, generator), over_time);
  any(GRU(3, 2, generator, {.layers = 2, .bidirectional = true}), over_time);
  any(RNN(3, 2, generator), [](RNN& l) { (void)l.step(x, {}); });
  any(GeneralAttention(3, 3, generator), [](GeneralAttention& l) { (void)l(sequences, sequences, sequences); });
  any(AdditiveAttention(3, 3, 2, generator), [](AdditiveAttention& l) { (void)l(sequences, sequences, sequences); });
  any(MultiHeadAttention(3, 1, generator), [](MultiHeadAttention& l) { (void)l(sequences, sequences, sequences); });
  any(Embedding(5, 2, generator), [](Embedding& l) { (void)l(tensor({1, 2}, i64)); });
}

TEST_CASE("an optimiser that was moved from moves nothing") {
  Generator generator(1);
  const Linear model(3, 2, generator);
  const std::vector<Variable> gradients = {zeros({2, 3}), zeros({2})};
  const auto any = [&](auto optimiser) {
    using Optimiser = decltype(optimiser);
    const auto values = optimiser.state.state_dict();
    check_gone(
        optimiser, [&](Optimiser& o) { o.step(gradients); }, [](Optimiser& o) { (void)o.state.state_dict(); },
        [&](Optimiser& o) { o.state.load_state_dict(values); });
    Optimiser gone = optimiser;
    const Optimiser taken = std::move(gone);
    CHECK_THROWS_WITH(gone.step({}), Contains("moved from"));
  };
  any(SGD(model, {.momentum = 0.9}));
  any(Adam(model, {}));
}

TEST_CASE("a recurrent state that was moved from is not zeros") {
  Generator generator(1);
  const LSTM lstm(3, 2, generator);
  check_gone(
      lstm(sequences).state, [&](LSTM::State& s) { (void)lstm(sequences, s); },
      [&](LSTM::State& s) { (void)lstm.step(x, s); });
}

TEST_CASE("lengths that were moved from are not full sequences") {
  check_gone(Lengths(both_lengths, 4), [](Lengths& l) { (void)l.visible_to_queries(); });
}

TEST_CASE("numbers written out, and functions to check, that were moved from are errors") {
  check_gone(
      NestedList{{1, 2}, {3, 4}}, [](NestedList& l) { (void)tensor(l); }, [](NestedList& l) { (void)l.values(); },
      [](NestedList& l) { (void)l.shape(); });
  check_gone(Differentiable([](const Variable& v) { return v * v; }), [](Differentiable& f) {
    gradcheck(f, {tensor({1, 2}, f64)});
  });
}

TEST_CASE("what lies in itself stays as it was when it is moved") {
  STATIC_REQUIRE(std::is_trivially_copyable_v<Shape>);
  STATIC_REQUIRE(std::is_trivially_copyable_v<Axes>);
  STATIC_REQUIRE(std::is_trivially_copyable_v<GeneratorState>);
  Shape shape{2, 3};
  const Shape taken = std::move(shape);
  CHECK(shape == taken);
}
