// The table of operations, put together from its parts.
#include "tests/fuzz/operations.h"

namespace glance::fuzz {

const std::vector<Operation>& operations() {
  static const std::vector<Operation> all = [] {
    std::vector<Operation> result = elementwise_operations();
    for (auto part : {shape_operations, arrange_operations, statistics_operations, layer_operations,
                      attention_operations, transformer_operations})
      for (Operation& operation : part()) result.push_back(std::move(operation));
    return result;
  }();
  return all;
}

}  // namespace glance::fuzz
