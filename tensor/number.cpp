// The check that a dtype holds a number.
#include "glance/tensor/number.h"

#include "glance/tensor/error.h"
#include "glance/tensor/formatted.h"

namespace glance {

void Number::set_whole(const char* operation, double value, DType dtype) {
  constexpr double limit = 9223372036854775808.0;  // 2^63
  if (dtype == DType::boolean && (value == 0 || value == 1)) {
    bool_ = value == 1;
  } else if (dtype == DType::i64 && value >= -limit && value < limit &&
             static_cast<double>(static_cast<std::int64_t>(value)) == value) {
    i64_ = static_cast<std::int64_t>(value);
  } else {
    throw Error(formatted("{}: {} cannot hold {}: use f32 or f64", operation, name(dtype), value));
  }
}

}  // namespace glance
