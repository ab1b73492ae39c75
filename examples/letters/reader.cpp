// Reads with the cache until the context is full, and then a window anew each time it has moved.
#include "examples/letters/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "glance/autograd/modes.h"
#include "glance/tensor/create.h"
#include "glance/tensor/error.h"
#include "glance/tensor/view.h"

namespace glance::gpt {

Reader::Reader(const Model& model, Index slide) : model_(model), slide_(slide) {
  if (slide < 1 || slide > model.options.context)
    throw Error(fmt::format("a window of {} letters that slides by {}: 1 to {}", model.options.context, slide,
                            model.options.context));
}

void Reader::read(std::span<const std::int32_t> letters) {
  const auto context = static_cast<std::size_t>(model_.options.context);
  if (letters.empty()) return;
  if (window_.size() + letters.size() <= context) {
    window_.insert(window_.end(), letters.begin(), letters.end());
    step(letters);
    return;
  }
  // The window ends with the last letter, and has room for as many more as it slides by.
  window_.insert(window_.end(), letters.begin(), letters.end());
  const std::size_t kept = context + 1 - static_cast<std::size_t>(slide_);
  window_.erase(window_.begin(), window_.end() - static_cast<std::ptrdiff_t>(std::min(kept, window_.size())));
  memory_ = {};
  step(window_);
}

void Reader::step(std::span<const std::int32_t> letters) {
  const NoGrad no_grad;
  const auto time = static_cast<Index>(letters.size());
  const std::vector<std::int64_t> numbers(letters.begin(), letters.end());
  Model::Step next = model_.step(from_values(numbers, {1, time}), memory_);
  memory_ = std::move(next.memory);
  logits_ = select(select(next.prediction.logits.value(), 0, 0), 0, time - 1).to_vector<float>();
}

std::span<const float> Reader::logits() const {
  if (logits_.empty()) throw Error("what comes next? Nothing was read yet");
  return logits_;
}

}  // namespace glance::gpt
