// Recurrent layers, forward and backward, in the sizes of the training step; bench/peers/recurrent_torch.py times the
// same in PyTorch. One thread.

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "bench/step/sizes.h"
#include "glance/autograd/engine.h"
#include "glance/nn/module.h"
#include "glance/nn/recurrent.h"
#include "glance/tensor/create.h"
#include "glance/tensor/random.h"

namespace glance {
namespace {

// One layer over a batch of full sequences; gradients to its weights and to x.
void layer(benchmark::State& state, CellKind kind, bool bidirectional) {
  const step::Size& size = step::sizes[static_cast<std::size_t>(state.range(0))];
  Generator generator(1);
  const RecurrentStack network(kind, size.embedding, size.hidden, generator, {.bidirectional = bidirectional});
  const Variable x = parameter(normal({size.batch, size.source_length, size.embedding}, generator));
  std::vector<Variable> inputs = parameters(network);
  inputs.push_back(x);
  const std::vector<VariableRef> wanted(inputs.begin(), inputs.end());
  const Variable ones_of_output = ones({size.batch, size.source_length, (bidirectional ? 2 : 1) * size.hidden});
  for (auto _ : state) {
    const Variable output = network(x).output;
    const VariableRef outputs[] = {output}, gradients[] = {ones_of_output};
    benchmark::DoNotOptimize(grad(outputs, wanted, gradients));
  }
  state.SetLabel(std::string(size.name));
}
BENCHMARK_CAPTURE(layer, LSTM, CellKind::lstm, false)->DenseRange(0, 3)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(layer, GRU, CellKind::gru, false)->DenseRange(0, 3)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(layer, LSTM_two_ways, CellKind::lstm, true)->DenseRange(0, 3)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace glance
