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
#include <thread>
#include <vector>

#include "bench/step/sizes.h"
#include "bench/step/timing.h"

namespace {

using step::Mode;
using step::Size;

// The products of one shard of the batch, on matrices that lie where they lie: what is in them does not matter.
class Shard {
 public:
  Shard(const Size& size, Mode mode, int batch) : n_(size), mode_(mode), batch_(batch) {
    run();  // finds how much memory the products reach, and their work
    left_.assign(reach_left_, 0.01f);
    right_.assign(reach_right_, 0.02f);
    product_.assign(reach_product_, 0);
  }

  void run() {
    flops_ = 0;
    lstm(n_.source_length, n_.embedding);
    if (mode_ == Mode::whole) {
      lstm(n_.target_length, n_.embedding);
      attention(n_.target_length);
      linear(n_.target_length * batch_, 2 * n_.hidden, n_.hidden);
    } else {
      decoder_by_steps();
    }
    linear(n_.target_length * batch_, n_.hidden, n_.vocabulary);
  }

  double flops() const { return flops_; }

 private:
  enum Transpose { neither, first, second };

  // [m, k] x [k, n], with one of them transposed in memory. Each sequence of a batch has matrices of its own.
  void multiply(Transpose t, int m, int n, int k, std::size_t sequence = 0) {
    const auto a_size = static_cast<std::size_t>(m) * static_cast<std::size_t>(k);
    const auto b_size = static_cast<std::size_t>(k) * static_cast<std::size_t>(n);
    const auto c_size = static_cast<std::size_t>(m) * static_cast<std::size_t>(n);
    flops_ += 2.0 * m * n * k;
    if (left_.empty()) {
      reach_left_ = std::max(reach_left_, (sequence + 1) * a_size);
      reach_right_ = std::max(reach_right_, (sequence + 1) * b_size);
      reach_product_ = std::max(reach_product_, (sequence + 1) * c_size);
      return;
    }
    cblas_sgemm(CblasRowMajor, t == first ? CblasTrans : CblasNoTrans, t == second ? CblasTrans : CblasNoTrans, m, n, k,
                1, &left_[sequence * a_size], t == first ? m : k, &right_[sequence * b_size], t == second ? k : n, 0,
                &product_[sequence * c_size], n);
  }

  // Y = X Wᵀ, and dX = dY W.
  void linear_step(int rows, int in, int out) {
    multiply(second, rows, out, in);
    multiply(neither, rows, in, out);
  }

  // dW = dYᵀ X.
  void weight_gradient(int rows, int in, int out) { multiply(first, out, in, rows); }

  void linear(int rows, int in, int out) {
    linear_step(rows, in, out);
    weight_gradient(rows, in, out);
  }

  // What reads the inputs needs no order in time; what reads the state goes step by step.
  void lstm(int time, int in) {
    const int gates = 4 * n_.hidden;
    linear(time * batch_, in, gates);
    for (int t = 0; t < time; ++t) multiply(second, batch_, gates, n_.hidden);
    for (int t = 1; t < time; ++t) multiply(neither, batch_, n_.hidden, gates);
    weight_gradient(time * batch_, n_.hidden, gates);
  }

  void attention(int targets) {
    const int sources = n_.source_length, hidden = n_.hidden;
    for (int b = 0; b < batch_; ++b) {
      const auto sequence = static_cast<std::size_t>(b);
      multiply(second, targets, sources, hidden, sequence);   // scores
      multiply(neither, targets, hidden, sources, sequence);  // context
      multiply(second, targets, sources, hidden, sequence);   // d weights
      multiply(first, sources, hidden, targets, sequence);    // d values
      multiply(neither, targets, hidden, sources, sequence);  // d query
      multiply(first, sources, hidden, targets, sequence);    // d keys
    }
  }

  // The gradients of the weights need no order: one product each over all steps.
  void decoder_by_steps() {
    const int time = n_.target_length, hidden = n_.hidden, fed = n_.embedding + n_.hidden;
    for (int t = 0; t < time; ++t) {
      linear_step(batch_, fed, 4 * hidden);
      linear_step(batch_, hidden, 4 * hidden);
      attention(1);
      linear_step(batch_, 2 * hidden, hidden);
    }
    weight_gradient(time * batch_, fed, 4 * hidden);
    weight_gradient(time * batch_, hidden, 4 * hidden);
    weight_gradient(time * batch_, 2 * hidden, hidden);
  }

  Size n_;
  Mode mode_;
  int batch_;
  double flops_ = 0;
  std::size_t reach_left_ = 0, reach_right_ = 0, reach_product_ = 0;
  std::vector<float> left_, right_, product_;
};

// One step ends when every thread has multiplied its shard.
void run(const Size& size, const std::string& mode, int threads, double seconds) {
  std::vector<Shard> shards;
  for (int i = 0; i < threads; ++i) shards.emplace_back(size, step::mode_of(mode), size.batch / threads);
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
      mode.c_str(), threads, std::string(size.name).c_str(), timing.median_ms, timing.min_ms,
      shards[0].flops() * threads / 1e9);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc == 2 && std::string(argv[1]) == "--version") return std::puts(openblas_get_config()) < 0;
  if (argc < 4)
    throw std::invalid_argument("usage: floor whole|stepwise THREADS SECONDS SIZE… (or --version, for OpenBLAS's)");
  const int threads = std::atoi(argv[2]);
  if (threads < 1 || threads > 16) throw std::invalid_argument("give 1 to 16 threads");
  openblas_set_num_threads(1);
  for (int i = 4; i < argc; ++i) run(step::size_of(argv[i]), argv[1], threads, std::atof(argv[3]));
} catch (const std::exception& e) {
  std::fprintf(stderr, "floor: %s\n", e.what());
  return 1;
}
