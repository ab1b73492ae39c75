#pragma once

#include "bench/floor/matrices.h"
#include "bench/gpt/sizes.h"
#include "bench/step/sizes.h"

// The matrix products of one training step without anything else: the least time that the step could take.
namespace step {

// The products of one shard of the batch in the LSTM encoder-decoder's step.
class Products {
 public:
  Products(const Size& size, Mode mode, int batch) : n_(size), mode_(mode), batch_(batch) {
    run();
    matrices_.allocate();
  }

  void run() {
    matrices_.begin();
    lstm(n_.source_length, n_.embedding);
    if (mode_ == Mode::whole) {
      lstm(n_.target_length, n_.embedding);
      matrices_.attention(batch_, n_.target_length, n_.source_length, n_.hidden);
      matrices_.linear(n_.target_length * batch_, 2 * n_.hidden, n_.hidden);
    } else {
      decoder_by_steps();
    }
    matrices_.linear(n_.target_length * batch_, n_.hidden, n_.vocabulary);
  }

  double flops() const { return matrices_.flops(); }

 private:
  // What reads the inputs needs no order in time; what reads the state goes step by step.
  void lstm(int time, int in) {
    const int gates = 4 * n_.hidden;
    matrices_.linear(time * batch_, in, gates);
    for (int t = 0; t < time; ++t) matrices_.multiply(Matrices::second, batch_, gates, n_.hidden);
    for (int t = 1; t < time; ++t) matrices_.multiply(Matrices::neither, batch_, n_.hidden, gates);
    matrices_.weight_gradient(time * batch_, n_.hidden, gates);
  }

  // The gradients of the weights need no order: one product each over all steps.
  void decoder_by_steps() {
    const int time = n_.target_length, hidden = n_.hidden, fed = n_.embedding + n_.hidden;
    for (int t = 0; t < time; ++t) {
      matrices_.linear_step(batch_, fed, 4 * hidden);
      matrices_.linear_step(batch_, hidden, 4 * hidden);
      matrices_.attention(batch_, 1, n_.source_length, hidden);
      matrices_.linear_step(batch_, 2 * hidden, hidden);
    }
    matrices_.weight_gradient(time * batch_, fed, 4 * hidden);
    matrices_.weight_gradient(time * batch_, hidden, 4 * hidden);
    matrices_.weight_gradient(time * batch_, 2 * hidden, hidden);
  }

  Size n_;
  Mode mode_;
  int batch_;
  Matrices matrices_;
};

// Those in the Transformer's step. Attention's are whole squares, of which a causal mask needs little more than half.
class TransformerProducts {
 public:
  TransformerProducts(const gpt::Size& size, int batch) : n_(size), batch_(batch) {
    run();
    matrices_.allocate();
  }

  void run() {
    matrices_.begin();
    const int rows = batch_ * n_.context, width = n_.width;
    for (int layer = 0; layer < n_.layers; ++layer) {
      matrices_.linear(rows, width, 3 * width);  // query, keys and values
      matrices_.attention(batch_ * n_.heads, n_.context, n_.context, width / n_.heads);
      matrices_.linear(rows, width, width);
      matrices_.linear(rows, width, 4 * width);
      matrices_.linear(rows, 4 * width, width);
    }
    matrices_.linear(rows, width, n_.vocabulary);
  }

  double flops() const { return matrices_.flops(); }

 private:
  gpt::Size n_;
  int batch_;
  Matrices matrices_;
};

}  // namespace step
