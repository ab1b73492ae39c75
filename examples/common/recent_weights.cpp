// Keeps copies of state dicts, and takes them in and out of a checkpoint under the number of their moment.
#include "examples/common/recent_weights.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "examples/common/numbers.h"
#include "glance/nn/state_average.h"
#include "glance/tensor/error.h"

namespace glance {

void RecentWeights::add_state(const std::map<std::string, Tensor>& state) {
  if (most_ == 0) return;
  auto& moment = moments_.emplace_back();
  for (const auto& [name, tensor] : state) moment.emplace(name, copy(tensor));
  if (count() > most_) moments_.pop_front();
}

std::map<std::string, Tensor> RecentWeights::mean() const {
  StateAverage average;
  for (const auto& moment : moments_) average.add(moment);
  return average.mean();
}

std::map<std::string, Tensor> RecentWeights::tensors() const {
  std::map<std::string, Tensor> all;
  for (std::size_t i = 0; i < moments_.size(); ++i)
    for (const auto& [name, tensor] : moments_[i]) all.emplace(fmt::format("{}.{}", i, name), tensor);
  return all;
}

void RecentWeights::load_like(const std::map<std::string, Tensor>& tensors, const std::map<std::string, Tensor>& like) {
  std::map<Index, std::map<std::string, Tensor>> found;
  for (const auto& [key, tensor] : tensors) {
    const auto dot = key.find('.');
    const auto number = parse_number<Index>(std::string_view(key).substr(0, dot));
    if (dot == key.npos || !number || *number < 0 || *number >= most_)
      throw Error(fmt::format("its weights of recent moments are not those of a training that averages {}", most_));
    found[*number].emplace(key.substr(dot + 1), tensor);
  }
  std::deque<std::map<std::string, Tensor>> moments;
  StateAverage fits;
  fits.add(like);
  for (auto& [number, moment] : found) {
    if (number != static_cast<Index>(moments.size())) throw Error("one of its recent moments is missing");
    fits.add(moment);
    moments.push_back(std::move(moment));
  }
  moments_ = std::move(moments);
}

}  // namespace glance
