#pragma once

#include <span>

#include "glance/tensor/shape.h"

// What an optimiser does to parameters, each in one pass over memory, for T = float or double. They work on spans so
// that threads can take ranges: the caller cuts parameter, gradient and state alike. `gradient_scale` multiplies the
// gradient first, so that clipping costs no pass of its own. Formulas and defaults are PyTorch's. Nothing is checked.
namespace glance {

// The sum of squares, accumulated in double; the same for the same span, whoever computes it.
template <class T>
double sum_of_squares(std::span<const T> x);

// x *= factor.
template <class T>
void scale(std::span<T> x, double factor);

// The options of stochastic gradient descent.
struct SgdRule {
  double learning_rate = 1e-3;
  double momentum = 0;
  double dampening = 0;
  double weight_decay = 0;
  bool nesterov = false;
};

// Stochastic gradient descent with momentum (Sutskever et al. 2013). `velocity` is empty when momentum is 0, and is
// written, not read, at the first step. `step` counts from 1.
template <class T>
void sgd_step(const SgdRule& rule, Index step, std::span<T> parameter, std::span<const T> gradient,
              std::span<T> velocity, double gradient_scale = 1);

// The options of Adam and AdamW.
struct AdamRule {
  double learning_rate = 1e-3;
  double beta1 = 0.9, beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;
  bool decoupled = false;  // weight decay straight on the parameter: AdamW (Loshchilov & Hutter 2019)
};

// Adam (Kingma & Ba 2015), with the moments' bias corrected. The moments start as zeros; `step` counts from 1.
template <class T>
void adam_step(const AdamRule& rule, Index step, std::span<T> parameter, std::span<const T> gradient,
               std::span<T> first_moment, std::span<T> second_moment, double gradient_scale = 1);

}  // namespace glance
