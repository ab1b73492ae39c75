// The main of Catch2 2. Catch2 3 links its own, and this file is not compiled.
#define CATCH_CONFIG_MAIN
#include "tests/catch.h"
