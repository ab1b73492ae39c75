#!/usr/bin/env bash
# Whether those who use an installed glance get what they ask for: static or shared, through CMake or pkg-config, from a
# path with spaces, moved after it was installed, without RTTI, by a newer standard or another compiler.
#
# run.sh BUILD SOURCE CXX WORK: installs what BUILD has, builds the libraries shared once more, and works in WORK.
set -euo pipefail
build=$1 source=$2 cxx=$3 work=$4
rm -rf "$work"
mkdir -p "$work"
cd "$work"

fail() { echo "consumers: $*" >&2; exit 1; }
program=$source/tests/install/main.cpp

# uses LIBRARIES COMMAND…: the command makes ./uses, which must run, finding shared libraries in LIBRARIES.
uses() {
  local libraries=$1
  shift
  rm -f uses
  "$@" || fail "does not build: $*"
  LD_LIBRARY_PATH=$libraries ./uses >/dev/null || fail "does not run: $*"
}

by_pkg_config() {  # by_pkg_config PREFIX OPTION…
  local prefix=$1
  shift
  local flags
  flags=$(PKG_CONFIG_PATH=$prefix/lib/pkgconfig pkg-config --cflags --libs glance)
  eval "uses \"\$prefix/lib\" \"\$@\" \"\$program\" -o uses $flags"
}

by_cmake() {  # by_cmake NAME PREFIX…
  local name=$1
  shift
  local all
  all=$(IFS=';'; echo "$*")
  cmake -S "$source/tests/install" -B "$name" "-DCMAKE_PREFIX_PATH=$all" "-DCMAKE_CXX_COMPILER=$cxx" >/dev/null
  cmake --build "$name" >/dev/null
  uses "$1/lib" cp "$name/uses_glance" uses
}

# Moved after it was installed: an installation must not remember where it was put.
install() { cmake --install "$1" --prefix "$work/elsewhere" >/dev/null && mv "$work/elsewhere" "$2"; }

install "$build" "$work/static glance"
cmake -S "$source" -B shared -DBUILD_SHARED_LIBS=ON -DGLANCE_TESTS=OFF -DGLANCE_EXAMPLES=OFF -DCMAKE_BUILD_TYPE=Release \
  "-DCMAKE_CXX_COMPILER=$cxx" -DCMAKE_INSTALL_LIBDIR=lib >/dev/null
cmake --build shared --parallel 2 >/dev/null
install shared "$work/shared glance"

for room in tensor autograd nn; do
  library="shared glance/lib/libglance_$room.so"
  [ "$(readlink "$library")" = "$(basename "$library").$(cut -d. -f1,2 <<<"$(sed -n 's/^Version: //p' shared/glance.pc)")" ] ||
    fail "$library does not lead to the library by its soname"
  foreign=$(nm -DC --defined-only "$library" | grep -v 'glance::' || true)
  [ -z "$foreign" ] || fail "$library shows what is not glance's: $(head -1 <<<"$foreign")"
done

by_cmake cmake_static "$work/static glance"
by_cmake cmake_shared "$work/shared glance" "$work/static glance"
# Into a variable first: a grep that has seen enough would end ldd by a broken pipe, and with it the test.
libraries=$(ldd cmake_shared/uses_glance)
grep -q libglance_nn <<<"$libraries" || fail "of two prefixes, the second was taken"

if command -v pkg-config >/dev/null; then
  by_pkg_config "$work/static glance" "$cxx" -std=c++20
  by_pkg_config "$work/shared glance" "$cxx" -std=c++23 -fno-rtti
  if command -v clang++ >/dev/null; then by_pkg_config "$work/static glance" clang++ -std=c++20; fi
else
  echo "consumers: pkg-config is not there, and was not tried"
fi

# Inside another project, from a folder; only configured, since it would be built in the same way once more.
mkdir fetched
cat >fetched/CMakeLists.txt <<END
cmake_minimum_required(VERSION 3.25)
project(fetches_glance LANGUAGES CXX)
include(FetchContent)
FetchContent_Declare(glance SOURCE_DIR "$source")
FetchContent_MakeAvailable(glance)
add_executable(uses_glance "$program")
target_link_libraries(uses_glance PRIVATE glance::glance)
install(TARGETS uses_glance)
END
cmake -S fetched -B fetched/build "-DCMAKE_CXX_COMPILER=$cxx" >/dev/null
if grep -q glanceTargets fetched/build/_deps/glance-build/cmake_install.cmake 2>/dev/null; then
  fail "a project that has glance inside would install it"
fi
echo "consumers: all that were tried hold"
