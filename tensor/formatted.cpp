// The one source into which fmt's implementation is compiled.
#define FMT_HEADER_ONLY  // fmt's implementation goes here and nowhere else: see the header
#include "glance/tensor/formatted.h"

#include <fmt/format.h>

namespace glance {

std::string detail::fill_in(fmt::string_view text, fmt::format_args values) { return fmt::vformat(text, values); }

}  // namespace glance
