#pragma once

#include <cblas.h>

#include <algorithm>
#include <cstddef>
#include <vector>

// Products of matrices of any sizes, to measure what they cost by themselves.
namespace step {

// Multiplies matrices that lie where they lie, since what is in them does not matter: the first round finds how much
// memory its products reach, and those after allocate()
// multiply.
class Matrices {
 public:
  enum Transpose { neither, first, second };

  // Begins another round.
  void begin() { flops_ = 0; }

  // Ends the first.
  void allocate() {
    left_.assign(reach_left_, 0.01f);
    right_.assign(reach_right_, 0.02f);
    product_.assign(reach_product_, 0);
  }

  // The work of the round.
  double flops() const { return flops_; }

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

  // Attention and its gradients, of `count` pairs of queries and sources.
  void attention(int count, int targets, int sources, int features) {
    for (int i = 0; i < count; ++i) {
      const auto at = static_cast<std::size_t>(i);
      multiply(second, targets, sources, features, at);   // scores
      multiply(neither, targets, features, sources, at);  // context
      multiply(second, targets, sources, features, at);   // d weights
      multiply(first, sources, features, targets, at);    // d values
      multiply(neither, targets, features, sources, at);  // d query
      multiply(first, sources, features, targets, at);    // d keys
    }
  }

 private:
  double flops_ = 0;
  std::size_t reach_left_ = 0, reach_right_ = 0, reach_product_ = 0;
  std::vector<float> left_, right_, product_;
};

}  // namespace step
