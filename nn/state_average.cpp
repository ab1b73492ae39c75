// Adds up state dicts in f64, number by number, once they are known to fit each other.
#include "glance/nn/state_average.h"

#include <utility>

#include "glance/tensor/create.h"
#include "glance/tensor/dtype.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/formatted.h"

namespace glance {

namespace {

void check_weights(const std::string& name, const Tensor& values) {
  if (!values.defined()) throw Error(formatted("StateAverage: {} is undefined", name));
  if (!is_floating(values.dtype()))
    throw Error(
        formatted("StateAverage: {} is {}: only weights, f32 or f64, have a mean", name, glance::name(values.dtype())));
}

}  // namespace

void StateAverage::add(const std::map<std::string, Tensor>& state) {
  for (const auto& [name, values] : state) {
    check_weights(name, values);
    if (count_ == 0) continue;
    const auto found = sums_.find(name);
    if (found == sums_.end()) throw Error(formatted("StateAverage: {} was not in the first state", name));
    const Sum& sum = found->second;
    if (values.shape() != sum.shape || values.dtype() != sum.dtype)
      throw Error(formatted("StateAverage: {} is {} {}, and was {} {} in the first state", name,
                            glance::name(values.dtype()), to_string(values.shape()), glance::name(sum.dtype),
                            to_string(sum.shape)));
  }
  for (const auto& [name, sum] : sums_)
    if (!state.contains(name)) throw Error(formatted("StateAverage: {} of the first state is missing", name));
  for (const auto& [name, values] : state) {
    const std::vector<double> numbers = to(values, f64).to_vector<double>();
    const auto [place, is_new] = sums_.try_emplace(name, Sum{values.dtype(), values.shape(), numbers});
    if (is_new) continue;
    std::vector<double>& sum = place->second.values;
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += numbers[i];
  }
  ++count_;
}

std::map<std::string, Tensor> StateAverage::mean() const {
  if (count_ == 0) throw Error("StateAverage: the mean of nothing: add() a state first");
  std::map<std::string, Tensor> result;
  for (const auto& [name, sum] : sums_) {
    std::vector<double> values = sum.values;
    for (double& value : values) value /= static_cast<double>(count_);
    result.emplace(name, to(from_values(std::span<const double>(values), sum.shape), sum.dtype));
  }
  return result;
}

}  // namespace glance
