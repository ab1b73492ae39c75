#pragma once

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>

// The second training step that is measured: a decoder-only Transformer in four sizes. Shared with the floor, so free
// of glance.
namespace gpt {

struct Size {
  std::string_view name;
  int vocabulary, width, layers, heads, context, batch;
};

inline constexpr std::array sizes{
    Size{"tiny", 27, 32, 2, 4, 16, 32},
    Size{"char", 65, 128, 4, 4, 64, 12},
    Size{"mid", 512, 256, 4, 8, 128, 8},
    Size{"large", 8000, 384, 6, 6, 256, 4},
};

inline Size size_of(std::string_view name) {
  for (const Size& size : sizes)
    if (size.name == name) return size;
  throw std::invalid_argument("there is no size '" + std::string(name) + "': there are tiny, char, mid and large");
}

}  // namespace gpt
