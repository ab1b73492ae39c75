// Nothing that was saved outlives its use, and two threads may differentiate at once.
#include <set>
#include <thread>
#include <vector>

#include "glance/autograd/activations.h"
#include "glance/autograd/arithmetic.h"
#include "glance/autograd/engine.h"
#include "glance/autograd/node.h"
#include "glance/autograd/record.h"
#include "glance/autograd/reductions.h"
#include "glance/nn/embedding.h"
#include "glance/nn/linear.h"
#include "glance/nn/loss.h"
#include "glance/nn/module.h"
#include "glance/nn/recurrent.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/random.h"
#include "glance/tensor/storage.h"
#include "tests/catch.h"
#include "tests/proof/cases.h"

namespace glance::proof {
namespace {

std::int64_t live_blocks() { return storage_statistics().live_blocks; }

// The nodes behind these, parameters apart.
std::int64_t count_operations(const std::vector<detail::NodeHandle>& outputs) {
  std::set<const detail::Node*> seen;
  std::vector<const detail::Node*> pending;
  const auto meet = [&](const detail::NodeHandle& node) {
    if (node && !node->is_parameter() && seen.insert(node.get()).second) pending.push_back(node.get());
  };
  for (const auto& output : outputs) meet(output);
  while (!pending.empty()) {
    const detail::Node* node = pending.back();
    pending.pop_back();
    for (const detail::Edge& edge : node->edges()) meet(edge.node);
  }
  return static_cast<std::int64_t>(seen.size());
}

// A node is one block. Whatever else lives once the graph was differentiated, and its values let go, was kept too long.
TEST_CASE("a differentiated graph holds its nodes and nothing else") {
  for (const Case& c : cases()) {
    INFO(c.name());
    std::vector<Variable> parameters;
    for (const Tensor& input : inputs_of(c, small_sizes(c))) parameters.push_back(parameter(input));
    const std::int64_t before = live_blocks();
    std::vector<detail::NodeHandle> nodes;
    {
      std::vector<VariableRef> outputs;
      std::vector<Variable> gradients;
      const std::vector<Variable> all = c.function(parameters);
      for (const Variable& y : all) {
        if (!y.requires_grad()) continue;
        nodes.push_back(y.node());
        outputs.push_back(y);
        gradients.push_back(ones_like(y.value()));
      }
      const std::vector<VariableRef> inputs(parameters.begin(), parameters.end());
      const std::vector<VariableRef> directions(gradients.begin(), gradients.end());
      grad(outputs, inputs, directions);
    }
    CHECK(live_blocks() - before == count_operations(nodes));
  }
}

TEST_CASE("what an operation saved is gone before the one below it is differentiated") {
  constexpr Index elements = 10000;
  constexpr int operations = 10;
  std::int64_t at_the_bottom = 0;
  const Variable x = parameter(ones({elements}));
  Variable y = record("bottom", {x}, x.value() * 1, Save::nothing, [&](const Saved&, const Variable& grad) {
    at_the_bottom = storage_statistics().live_bytes;
    return grad;
  });
  for (int i = 0; i < operations; ++i) y = exp(y * 0.1);
  const Variable total = sum(y);
  y = Variable();
  const std::int64_t before = storage_statistics().live_bytes;
  grad(total, {x});
  // All outputs of exp were saved, and but for one gradient under way nothing of their size is left.
  const auto bytes = static_cast<std::int64_t>(elements * sizeof(float));
  CHECK(at_the_bottom < before - (operations - 3) * bytes);
}

struct Tagger {
  Embedding embedding;
  LSTM lstm;
  Linear output;

  explicit Tagger(Generator& g) : embedding(11, 6, g), lstm(6, 8, g, {.layers = 2}), output(8, 5, g) {}

  Variable loss(const Tensor& symbols, const Tensor& tags) const {
    return softmax_cross_entropy(output(lstm(embedding(symbols)).output), tags);
  }

  static void visit(auto& self, auto&& f) {
    f("embedding", self.embedding);
    f("lstm", self.lstm);
    f("output", self.output);
  }
};

TEST_CASE("two threads differentiate two graphs over shared parameters at once") {
  Generator g(1);
  const Tagger tagger(g);
  const std::vector<Variable> wanted = parameters(tagger);
  const auto gradients = [&](int batch) {
    Generator random(static_cast<std::uint64_t>(batch));
    const Variable loss = tagger.loss(to(uniform({3, 4}, random, 0, 11), i64), to(uniform({3, 4}, random, 0, 5), i64));
    // Every other graph is differentiated twice, by the composed twins of what is fused.
    if (batch % 2 == 0) return grad(loss, wanted);
    Variable size = scalar(0);
    for (const Variable& gradient : grad(loss, wanted, {.create_graph = true})) size = size + sum(square(gradient));
    return grad(size, wanted);
  };
  constexpr int batches = 8;
  std::vector<std::vector<Variable>> expected;
  for (int batch = 0; batch < batches; ++batch) expected.push_back(gradients(batch));

  int wrong[2] = {0, 0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 2; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 4 * batches; ++i) {
        // One thread is at a first derivative while the other is at a second.
        const int batch = (i + thread) % batches;
        const auto found = gradients(batch);
        for (std::size_t p = 0; p < found.size(); ++p)
          wrong[thread] += !same(found[p].value(), expected[static_cast<std::size_t>(batch)][p].value());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong[0] == 0);
  CHECK(wrong[1] == 0);
}

// Not run with the others: CTest runs it to see that storage left behind fails a program.
TEST_CASE("a tensor is left behind on purpose", "[.leaves-storage]") {
  static Tensor kept;
  kept = zeros({3});
  CHECK(kept.defined());
}

}  // namespace
}  // namespace glance::proof
