#include "tests/fuzz/operations.h"

namespace glance::fuzz {

const std::vector<Operation>& operations() {
  static const std::vector<Operation> all = [] {
    std::vector<Operation> result = elementwise_operations();
    for (Operation& operation : shape_operations()) result.push_back(std::move(operation));
    for (Operation& operation : layer_operations()) result.push_back(std::move(operation));
    for (Operation& operation : attention_operations()) result.push_back(std::move(operation));
    return result;
  }();
  return all;
}

}  // namespace glance::fuzz
