# For WebAssembly, by Debian's emscripten: read by the preset `wasm` before anything else.
set(emscripten_root /usr/share/emscripten CACHE PATH "Where emscripten is")
if(NOT EXISTS "${emscripten_root}/cmake/Modules/Platform/Emscripten.cmake")
  message(FATAL_ERROR "the site needs emscripten, which was not found in ${emscripten_root}. On Debian: script/bootstrap --site")
endif()
include("${emscripten_root}/cmake/Modules/Platform/Emscripten.cmake")

# Instructions on four numbers at once, and exceptions, since glance's errors are exceptions.
set(CMAKE_CXX_FLAGS_INIT "-msimd128 -fwasm-exceptions -include ${CMAKE_CURRENT_LIST_DIR}/engine/stand_ins/bit_cast.h")
