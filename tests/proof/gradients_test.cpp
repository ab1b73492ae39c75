// Derivatives of every line of the table against differences, orders 1 and 2, on inputs of every kind.
#include <string>

#include "tests/catch.h"
#include "tests/proof/variants.h"

namespace glance::proof {
namespace {

// What is wrong with the derivatives, or nothing.
std::string fault(const Variant& variant) {
  try {
    gradcheck(variant.function, variant.inputs);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

void check(std::vector<Variant> (*derive)(const Case&)) {
  for (const Case& c : cases()) {
    for (const Variant& variant : derive(c)) {
      INFO(c.name() << ", " << variant.name);
      const std::string found = fault(variant);
      if (const char* reason = left_out(c, variant)) {
        INFO("left out of the table because " << reason << ", but it works");
        CHECK(found != "");
      } else {
        CHECK(found == "");
      }
    }
  }
}

TEST_CASE("derivatives: plain") { check(plain); }
TEST_CASE("derivatives: broadcast") { check(broadcast); }
TEST_CASE("derivatives: strided") { check(strided); }
TEST_CASE("derivatives: aliased") { check(aliased); }
TEST_CASE("derivatives: zero-size") { check(zero_size); }
TEST_CASE("derivatives: single element") { check(single_element); }

// A line that leaves out what no variant is called would leave out nothing.
TEST_CASE("every exclusion names a variant") {
  for (const Case& c : cases()) {
    std::vector<std::string> names;
    for (auto* derive : {plain, broadcast, strided, aliased, zero_size, single_element})
      for (const Variant& variant : derive(c)) names.push_back(variant.name);
    for (const Without& without : c.more.without) {
      INFO(c.name() << " without " << without.variant);
      CHECK(
          std::any_of(names.begin(), names.end(), [&](const auto& name) { return name.starts_with(without.variant); }));
    }
  }
}

}  // namespace
}  // namespace glance::proof
