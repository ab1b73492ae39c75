#pragma once

#include <map>
#include <string>
#include <vector>

#include "glance/nn/module.h"

// The average of a model at several moments of its training, which often does better than the last of them (Polyak and
// Juditsky, 1992; Vaswani et al., 2017, averaged their last five or twenty checkpoints).
namespace glance {

// The mean of state dicts, each taken in as it comes: no more than one is kept. It is computed in f64 and rounded once,
// so that the mean of equal weights is those weights, and what is tied stays equal.
class StateAverage {
 public:
  // Takes in one more. Error, before anything is changed, when it has other names, shapes or dtypes than the first, or
  // something that is not f32 or f64.
  void add(const std::map<std::string, Tensor>& state);

  // Takes in a model as it is now.
  template <class Model>
  void add(const Model& model) {
    add(state_dict(model));
  }

  // How many were taken in.
  Index count() const { return count_; }

  // The mean, with the names and dtypes of what was taken in: what load_state_dict() takes. Error when that is nothing.
  std::map<std::string, Tensor> mean() const;

 private:
  struct Sum {
    DType dtype;
    Shape shape;
    std::vector<double> values;
  };
  std::map<std::string, Sum> sums_;
  Index count_ = 0;
};

}  // namespace glance
