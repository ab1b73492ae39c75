# What glance needs from the system, where it is compiled to WebAssembly: headers of the distribution, each through a link
# of its own, since beside them in /usr/include lie those of the machine's C library. No library of the distribution can
# be linked; utf8proc's functions are given by the browser (engine/stand_ins/).
set(links "${PROJECT_BINARY_DIR}/system_headers")
file(MAKE_DIRECTORY "${links}")
foreach(header fmt nlohmann CLI)
  if(NOT EXISTS "/usr/include/${header}")
    message(FATAL_ERROR "the site needs the headers /usr/include/${header}. On Debian: script/bootstrap --site")
  endif()
  file(CREATE_LINK "/usr/include/${header}" "${links}/${header}" SYMBOLIC)
endforeach()

foreach(target fmt::fmt fmt::fmt-header-only nlohmann_json::nlohmann_json CLI11::CLI11 glance::utf8proc)
  add_library(${target} INTERFACE IMPORTED GLOBAL)
  target_include_directories(${target} SYSTEM INTERFACE "${links}")
endforeach()
foreach(target fmt::fmt fmt::fmt-header-only)
  target_compile_definitions(${target} INTERFACE FMT_HEADER_ONLY)
endforeach()
target_include_directories(glance::utf8proc INTERFACE "${PROJECT_SOURCE_DIR}/site/engine/stand_ins")
