#pragma once

#include <cblas.h>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "bench/step/sizes.h"

// The matrix products of one training step without anything else: the least time that the step could take.
namespace step {

// The products of one shard of the batch, on matrices that lie where they lie: what is in them does not matter.
class Products {
 public:
  Products(const Size& size, Mode mode, int batch) : n_(size), mode_(mode), batch_(batch) {
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

}  // namespace step
