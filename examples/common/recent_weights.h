#pragma once

#include <deque>
#include <map>
#include <string>

#include "glance/nn/module.h"

// Averaging of checkpoints while a model trains.
namespace glance {

// The weights of a model at the last few moments when it was looked at. Their mean often does better than the last of
// them (Vaswani et al., 2017, averaged their last five or twenty checkpoints).
class RecentWeights {
 public:
  // Keeps none.
  RecentWeights() = default;

  // Keeps at most so many moments, and of more the latest.
  explicit RecentWeights(Index most) : most_(most) {}

  // Takes in a model as it is now, as numbers of its own.
  template <class Model>
  void add(const Model& model) {
    add_state(state_dict(model));
  }

  // At how many moments, those that were dropped not counted.
  Index count() const { return static_cast<Index>(moments_.size()); }

  // The mean, as load_state_dict() takes it. Error when there is no moment yet.
  std::map<std::string, Tensor> mean() const;

  // What a checkpoint keeps of it: the weights of the oldest moment as "0.NAME", of the next as "1.NAME" …
  std::map<std::string, Tensor> tensors() const;

  // Takes over what a checkpoint kept. Error, before anything is changed, when these are more moments than are to be
  // kept, or not the weights of this model.
  template <class Model>
  void load(const std::map<std::string, Tensor>& tensors, const Model& model) {
    load_like(tensors, state_dict(model));
  }

 private:
  void add_state(const std::map<std::string, Tensor>& state);
  void load_like(const std::map<std::string, Tensor>& tensors, const std::map<std::string, Tensor>& like);

  Index most_ = 0;
  std::deque<std::map<std::string, Tensor>> moments_;  // the oldest first
};

}  // namespace glance
