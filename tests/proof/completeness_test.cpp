// No public operation without its line in the table.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "tests/catch.h"
#include "tests/proof/cases.h"
#include "tests/proof/public_functions.h"

namespace glance::proof {
namespace {

std::set<std::string> all_public_functions() {
  std::set<std::string> all = public_functions(GLANCE_SOURCE_DIR "/autograd");
  all.merge(public_functions(GLANCE_SOURCE_DIR "/nn"));
  return all;
}

// With its arguments or without.
std::set<std::string> names_in_table() {
  std::set<std::string> names;
  for (const Case& c : cases()) {
    names.insert(c.operation);
    if (c.more.twin) names.insert(c.more.twin->operation);
  }
  return names;
}

std::string name_of(const std::string& function) { return function.substr(0, function.find('(')); }

// By its name, whatever its arguments.
bool exempted(const std::string& function) {
  const auto& all = exemptions();
  return std::any_of(all.begin(), all.end(), [&](const Exemption& e) { return e.function == name_of(function); });
}

TEST_CASE("every public function has a line in the table, or a reason to have none") {
  const std::set<std::string> known = names_in_table();
  for (const std::string& function : all_public_functions())
    if (!known.contains(function) && !exempted(function))
      FAIL_CHECK(function << " is public and has no proof: add a line for it to a table of tests/proof/");
}

TEST_CASE("every line of the table and every exemption is of a function that exists, and none is of both") {
  const std::set<std::string> functions = all_public_functions();
  const std::set<std::string> table = names_in_table();
  for (const std::string& name : table) {
    INFO(name << " is in the table");
    CHECK(functions.contains(name));
  }
  for (const Exemption& exemption : exemptions()) {
    INFO(exemption.function << " is exempted");
    const auto named_so = [&](const std::string& name) { return name_of(name) == exemption.function; };
    CHECK(std::any_of(functions.begin(), functions.end(), named_so));
    CHECK(std::none_of(table.begin(), table.end(), named_so));
  }
}

TEST_CASE("docs/functions.md has every public function of variables, and nothing that is in no header") {
  std::stringstream page, headers;
  page << std::ifstream(GLANCE_SOURCE_DIR "/docs/functions.md").rdbuf();
  for (const char* room : {"tensor", "tensor/files", "autograd", "nn"})
    for (const auto& entry : std::filesystem::directory_iterator(std::string(GLANCE_SOURCE_DIR "/") + room))
      if (entry.path().extension() == ".h") headers << std::ifstream(entry.path()).rdbuf();
  const auto words = [](const std::string& text, const char* form) {
    std::set<std::string> found;
    const std::regex word(form);
    for (std::sregex_iterator at(text.begin(), text.end(), word), end; at != end; ++at) found.insert((*at)[1]);
    return found;
  };
  std::set<std::string> listed;  // in the first columns
  for (std::string line; std::getline(page, line);)
    if (line.starts_with("| `")) listed.merge(words(line.substr(0, line.find(" | ")), "`(\\w+)`"));
  for (const std::string& function : all_public_functions()) {
    const std::string name = name_of(function).substr(0, function.find("::"));
    if (!name.starts_with("operator") && !listed.contains(name))
      FAIL_CHECK(name << " is public: name it in docs/functions.md");
  }
  const std::set<std::string> declared = words(headers.str(), "\\b(\\w+)\\b");
  for (const std::string& name : listed)
    if (!declared.contains(name)) FAIL_CHECK("docs/functions.md names " << name << ", which no header has");
  CHECK(listed.size() > 100);
}

TEST_CASE("declarations are read from a header in every form they take") {
  const char* header = R"(
#pragma once
namespace glance {
class Generator;
// Variable commented(const Variable& x);
Variable plain(const Variable& x);
Variable operator-(const Variable& x);
std::vector<Variable> listed(std::span<const Variable> list, int dim = 0, const Axes& axes = {},
                             Generator* noise = nullptr);
inline Variable defined(double a, const Variable& b) { return f([&] { return a; }, {b}); }
template <class Model>
auto generic(const Model& model, const Variable& loss) {
  if (loss.item() > 0) { return model(loss); }
}
template <std::size_t N, class Rule>
requires(sizeof(Rule) == N) Variable constrained(const VariableRef (&inputs)[N], Rule rule) { return {}; }
Tensor without(const Tensor& x);
using Alias = Variable (*)(const Variable&);
inline constexpr Save nothing{};
struct Result { Variable value; };
struct Layer {
  Variable weight;
  explicit Layer(Index n, const Options& options = {});
  Variable operator()(const Variable& x) const { return x * weight; }
  State step(const Variable& x) const;
  static void visit(auto& self, auto&& f) { f("weight", self.weight); }
};
class Machine { public: Variable method(const Variable& x); };
namespace detail { Variable inner(const Variable& x); }
void Layer::visit(auto& self, auto&& f) { f("weight", self.weight); }
}  // namespace glance
)";
  CHECK(signatures_in(header) == std::set<std::string>{"plain(Variable)", "operator-(Variable)",
                                                       "listed(std::span<Variable>, int, Axes, Generator*)",
                                                       "defined(double, Variable)", "generic(Model, Variable)",
                                                       "constrained(VariableRef (inputs)[N], Rule)", "Layer",
                                                       "Layer::step"});
}

// The headers are read as text: this asks the linker's table whether anything was overlooked.
TEST_CASE("every function in the libraries was found in a header") {
  std::set<std::string> found;
  for (const std::string& function : all_public_functions()) found.insert(name_of(function));
  if (std::system("command -v '" GLANCE_NM "' > /dev/null 2>&1") != 0) {
    WARN("not checked: there is no program " GLANCE_NM);
    return;
  }
  for (const char* library : {GLANCE_AUTOGRAD_LIBRARY, GLANCE_NN_LIBRARY}) {
    INFO(library);
    const std::string command = std::string(GLANCE_NM) + " -C --defined-only --extern-only '" + library + "'";
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    REQUIRE(pipe);
    int symbols = 0;
    std::array<char, 4096> line;
    const std::regex function(R"( T glance::(\w+|operator[^\w\s(]+)(\[abi:\w+\])?\(.*glance::Variable.*\n)");
    while (std::fgets(line.data(), static_cast<int>(line.size()), pipe.get())) {
      std::cmatch match;
      if (!std::regex_match(std::strchr(line.data(), ' ') ? std::strchr(line.data(), ' ') : line.data(), match,
                            function))
        continue;
      ++symbols;
      INFO(line.data());
      CHECK(found.contains(match[1]));
    }
    CHECK(symbols > 0);  // else nothing was checked: another form of table, or names that are not taken apart
  }
}

}  // namespace
}  // namespace glance::proof
