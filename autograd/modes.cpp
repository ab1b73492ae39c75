// The switches of each thread.
#include "glance/autograd/modes.h"

namespace glance {

Modes& current_modes() noexcept {
  static thread_local constinit Modes modes;
  return modes;
}

}  // namespace glance
