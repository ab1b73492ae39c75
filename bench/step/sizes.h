#pragma once

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>

// The training step that is measured: an LSTM encoder-decoder with dot-product attention, in four sizes and two shapes.
// Shared with the floor, so free of glance.
namespace step {

struct Size {
  std::string_view name;
  int vocabulary, embedding, hidden, batch, source_length, target_length;
};

inline constexpr std::array sizes{
    Size{"tiny", 32, 32, 32, 16, 10, 10},
    Size{"toy", 64, 64, 128, 32, 20, 20},
    Size{"mid", 1000, 256, 256, 64, 20, 20},
    Size{"large", 8000, 256, 512, 64, 25, 25},
};

inline Size size_of(std::string_view name) {
  for (const Size& size : sizes)
    if (size.name == name) return size;
  throw std::invalid_argument("there is no size '" + std::string(name) + "': there are tiny, toy, mid and large");
}

// whole: the decoder runs over the whole target at once. stepwise: the attentional state is fed to the next step
// (input feeding; Luong, Pham and Manning, 2015), so that the decoder goes step by step.
enum class Mode { whole, stepwise };

inline Mode mode_of(std::string_view name) {
  if (name == "whole") return Mode::whole;
  if (name == "stepwise") return Mode::stepwise;
  throw std::invalid_argument("there is no mode '" + std::string(name) + "': there are whole and stepwise");
}

}  // namespace step
