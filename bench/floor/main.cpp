// The floor under the training step: its matrix products as bare calls of OpenBLAS, and nothing else.

#include <cblas.h>

#include <algorithm>
#include <barrier>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "bench/floor/products.h"
#include "bench/gpt/sizes.h"
#include "bench/step/sizes.h"
#include "bench/step/timing.h"

namespace {

// One step ends when every thread has multiplied its shard.
template <class Products>
void run(std::vector<Products> shards, const std::string& mode, std::string_view size, double seconds) {
  const auto threads = static_cast<std::ptrdiff_t>(shards.size());
  std::barrier start(threads), finish(threads);
  bool stopping = false;
  std::vector<std::thread> others;
  for (std::size_t i = 1; i < shards.size(); ++i)
    others.emplace_back([&, i] {
      for (;;) {
        start.arrive_and_wait();
        if (stopping) return;
        shards[i].run();
        finish.arrive_and_wait();
      }
    });
  const auto all = [&] {
    start.arrive_and_wait();
    shards[0].run();
    finish.arrive_and_wait();
  };
  for (int i = 0; i < 3; ++i) all();
  const auto timing = step::measure(seconds, all);
  stopping = true;
  start.arrive_and_wait();
  for (std::thread& thread : others) thread.join();
  std::printf(
      R"({"peer": "floor", "mode": "%s", "threads": %d, "config": "%s", "median_ms": %.3f, "min_ms": %.3f, "gflop": %.4f})"
      "\n",
      mode.c_str(), static_cast<int>(threads), std::string(size).c_str(), timing.median_ms, timing.min_ms,
      shards[0].flops() * static_cast<double>(threads) / 1e9);
  std::fflush(stdout);
}

// "train" is the Transformer's step, the other modes the LSTM's.
void run(const std::string& name, const std::string& mode, int threads, double seconds) {
  const auto count = static_cast<std::size_t>(threads);
  if (mode == "train") {
    const gpt::Size size = gpt::size_of(name);
    run(std::vector(count, step::TransformerProducts(size, size.batch / threads)), mode, size.name, seconds);
  } else {
    const step::Size size = step::size_of(name);
    run(std::vector(count, step::Products(size, step::mode_of(mode), size.batch / threads)), mode, size.name, seconds);
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc == 2 && std::string(argv[1]) == "--version") return std::puts(openblas_get_config()) < 0;
  if (argc < 5)
    throw std::invalid_argument(
        "usage: floor whole|stepwise|train THREADS SECONDS SIZE… (or --version, for OpenBLAS's)");
  const int threads = std::atoi(argv[2]);
  if (threads < 1 || threads > 16) throw std::invalid_argument("give 1 to 16 threads");
  openblas_set_num_threads(1);
  for (int i = 4; i < argc; ++i) run(argv[i], argv[1], threads, std::atof(argv[3]));
} catch (const std::exception& e) {
  std::fprintf(stderr, "floor: %s\n", e.what());
  return 1;
}
