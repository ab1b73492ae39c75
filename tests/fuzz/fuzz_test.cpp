// Random programs keep every promise, and the checks find each kind of fault that is built into one.
#include <fmt/format.h>

#include <cstdlib>
#include <map>
#include <set>

#include "glance/autograd/activations.h"
#include "glance/autograd/arithmetic.h"
#include "glance/autograd/loss.h"
#include "glance/autograd/record.h"
#include "glance/autograd/reductions.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "tests/catch.h"
#include "tests/examples/run_program.h"
#include "tests/fuzz/builder.h"
#include "tests/fuzz/checks.h"
#include "tests/fuzz/print.h"
#include "tests/temporary_folder.h"

using namespace glance;
using namespace glance::fuzz;
using Catch::Matchers::StartsWith;

namespace {

constexpr std::uint64_t programs = 3000;

Operation one_to_one(const std::string& name, const std::function<Variable(const Variable&)>& f) {
  return {name, {}, [f](Arguments x, const Attributes&) { return Values{f(x[0])}; }, name + "($0)", ""};
}

// x² with a detour around one operation more, so that there is something to cut away.
Program program_with(const Operation& operation) {
  Program program{.seed = 5, .inputs = {{0, tensor({{1, -0.5, 2}, {0.25, -1, 0.75}}, f64)}}, .outputs = {3, 4}};
  const auto find = [](const std::string& name) {
    for (const Operation& known : operations())
      if (known.name == name) return &known;
    throw Error("no operation " + name);
  };
  program.steps = {{find("square"), {0}, {}, {1}},
                   {&operation, {1}, {}, {2}},
                   {find("tanh"), {2}, {}, {3}},
                   {find("sigmoid"), {1}, {}, {4}}};
  return program;
}

// Two sequences, of which the second ends first, through one operation to a loss.
Program sequences_with(const Operation& operation) {
  static const Operation cross_entropy{"softmax_cross_entropy",
                                       {},
                                       [](Arguments x, const Attributes& a) {
                                         return Values{softmax_cross_entropy(x[0], a.tensor("targets"), {.count = 2})};
                                       },
                                       "",
                                       ""};
  Generator generator(1);
  Program program{.seed = 5,
                  .inputs = {{0, normal({2, 3, 2}, generator, 0, 1, f64), true}},
                  .outputs = {2},
                  .lengths = std::vector<Index>{3, 1}};
  program.steps = {{&operation, {0}, {}, {1}}, {&cross_entropy, {1}, {}, {2}}};
  program.steps[1].attributes.all["targets"] = tensor({{0, 1, 0}, {1, -100, -100}}, i64);
  return program;
}

}  // namespace

TEST_CASE("random programs keep every promise, and every operation takes part") {
  std::map<std::string, int> seen;
  std::map<bool, std::uint64_t> kinds;
  for (std::uint64_t seed = 1; seed <= programs; ++seed) {
    const Program program = random_program(seed);
    for (const Step& step : program.steps) ++seen[step.operation->name];
    ++kinds[program.lengths.has_value()];
    const std::string fault = find_fault(program);
    INFO(fault);
    REQUIRE(fault.empty());
  }
  for (const Operation& operation : operations()) {
    INFO(operation.name);
    CHECK(seen[operation.name] >= 10);
  }
  CHECK(kinds[true] == programs / 4);
}

TEST_CASE("a seed gives the same program each time") {
  std::set<std::string> different;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const std::string text = to_cpp(random_program(seed));
    CHECK(text == to_cpp(random_program(seed)));
    different.insert(text);
  }
  CHECK(different.size() == 50);
}

TEST_CASE("a wrong derivative is found, and the program cut down to it") {
  const Operation wrong = one_to_one("wrong", [](const Variable& x) {
    return record("wrong", {x}, x.value() * 3.0, Save::nothing,
                  [](const Saved&, const Variable& grad) { return grad * -3.0; });
  });
  const std::string fault = find_fault(program_with(wrong));
  CHECK_THAT(fault, StartsWith("seed 5: derivatives") && Contains("order 1") && Contains("by differences"));
  CHECK_THAT(fault, Contains("= wrong(v1);") && !Contains("square") && !Contains("tanh") && !Contains("sigmoid"));
}

TEST_CASE("what differs between dtypes, layouts or twins is found") {
  const Operation coarse =
      one_to_one("coarse", [](const Variable& x) { return x.dtype() == f32 ? x * 1.01 : x * 1.0; });
  CHECK_THAT(find_fault(program_with(coarse)), StartsWith("seed 5: f32 against f64"));

  // Takes the elements as they lie in memory.
  const Operation dense_only = one_to_one("dense_only", [](const Variable& x) {
    const Tensor as_if_dense(x.value(), x.shape(), dense_strides(x.shape()), 0);
    return record("dense_only", {x}, as_if_dense * 2.0, Save::nothing,
                  [](const Saved&, const Variable& grad) { return grad * 2.0; });
  });
  CHECK_THAT(find_fault(program_with(dense_only)), StartsWith("seed 5: ") && Contains("strided"));

  Operation other_twin = one_to_one("other_twin", [](const Variable& x) { return x * 2.0; });
  CHECK(find_fault(program_with(other_twin)).empty());
  other_twin.twin = [](Arguments x, const Attributes&) { return Values{x[0] * 2.001}; };
  CHECK_THAT(find_fault(program_with(other_twin)), StartsWith("seed 5: fused against composed"));
}

TEST_CASE("what is kept too long is found") {
  std::vector<Variable> kept;
  const Operation keeps = one_to_one("keeps", [&](const Variable& x) { return kept.emplace_back(x * 2.0); });
  CHECK_THAT(find_fault(program_with(keeps)), StartsWith("seed 5: memory given back"));
}

TEST_CASE("what flows between sequences, or in from the padding, is found") {
  const Operation across_batch =
      one_to_one("across_batch", [](const Variable& x) { return x * sum(square(x), 0, true); });
  CHECK_THAT(find_fault(sequences_with(across_batch)), StartsWith("seed 5: sharded against whole"));
  const Operation across_time =
      one_to_one("across_time", [](const Variable& x) { return x * sum(square(x), 1, true); });
  CHECK_THAT(find_fault(sequences_with(across_time)), StartsWith("seed 5: padded against unpadded"));
  const Operation apart = one_to_one("apart", [](const Variable& x) { return tanh(x); });
  CHECK(find_fault(sequences_with(apart)).empty());
}

TEST_CASE("programs print as C++ that compiles, and in PyTorch's words") {
  std::set<std::string> missing;
  for (const Operation& operation : operations()) missing.insert(operation.name);
  std::string text;
  for (std::uint64_t seed = 1; seed <= programs && !missing.empty(); ++seed) {
    const Program program = random_program(seed);
    std::size_t found = 0;
    bool has_python = true;
    for (const Step& step : program.steps) {
      found += missing.erase(step.operation->name);
      has_python = has_python && !step.operation->python.empty();
    }
    if (found == 0) continue;
    CHECK(to_json(program).empty() == !has_python);
    std::string file = to_cpp(program);
    text += file.replace(file.find("main()"), 4, fmt::format("main_{}", seed)) + "\n";
  }
  CHECK(missing.empty());
  const TemporaryFolder folder;
  put_text(folder / "programs.cpp", text);
  // glance/glance.h lies where it does when installed.
  const std::string command = "'" GLANCE_COMPILER "' -std=c++20 -fsyntax-only -I'" GLANCE_SOURCE_DIR "' '" +
                              (folder / "programs.cpp") + "' > '" + (folder / "output.txt") + "' 2>&1";
  const int status = std::system(command.c_str());
  INFO(get_text(folder / "output.txt").substr(0, 4000));
  CHECK(status == 0);
}

TEST_CASE("fuzz takes whole numbers from 0 on, and nothing else") {
  const TemporaryFolder folder;
  for (const std::string option :
       {"--seconds -1", "--seconds nan", "--programs 1.5", "--seed 99999999999999999999", "--seed"}) {
    INFO(option);
    const auto outcome = glance::run(folder, "timeout 60 fuzz --programs 1 " + option);
    CHECK(outcome.status == 2);
    CHECK_THAT(outcome.err, StartsWith("fuzz: " + option.substr(0, option.find(' ')) + " needs a whole number"));
  }
  CHECK(glance::run(folder, "fuzz --seed 17 --programs 1").status == 0);
}
