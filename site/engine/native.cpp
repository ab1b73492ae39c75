// The playground without a browser: a request a line from standard input, an answer a line to standard output. The test
// of the site holds the module's numbers against those of this program.
#include <iostream>
#include <string>

#include "site/engine/playground.h"

int main() {
  glance::site::Playground playground;
  for (std::string request; std::getline(std::cin, request);) std::cout << playground.ask(request) << std::endl;
}
