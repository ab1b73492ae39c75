// Columns stay straight whatever the script.
#include "examples/common/columns.h"

#include "glance/tensor/error.h"
#include "tests/catch.h"

using namespace glance;

using Words = std::vector<std::string>;

TEST_CASE("text is padded and cut by the columns it takes") {
  CHECK(pad_left("猫", 4) == "  猫");
  CHECK(pad_right("e\u0301", 3) == "e\u0301  ");
  CHECK(pad_centre("👩‍🚀", 5) == " 👩‍🚀  ");
  CHECK(pad_left("wider", 2) == "wider");
  CHECK(shortened("astronaut", 5) == "astr…");
  CHECK(shortened("猫猫猫", 4) == "猫…");
  CHECK(shortened("cat", 3) == "cat");
  CHECK(shortened(Words{"cats", "a"}, 3) == Words{"ca…", "a"});
  CHECK(widest(Words{"a", "猫猫", "cat"}) == 4);
  CHECK(widest(Words{}) == 0);
  CHECK(trimmed(" a  ") == " a");
  CHECK(trimmed("  ").empty());
}

TEST_CASE("a table's columns are straight") {
  const std::vector<Words> rows = {{"", "word", "p"}, {"1", "猫", ".5"}, {"10", "e\u0301te\u0301"}};
  CHECK(table(rows, "rlr") ==
        "    word   p\n"
        " 1  猫    .5\n"
        "10  e\u0301te\u0301\n");
  CHECK(table({}, "rl").empty());
  CHECK_THROWS_WITH(table(rows, "rl"), "table: a row of 3 cells for 2 columns");
}

TEST_CASE("a share is written with two digits") {
  CHECK(hundredths(0) == ".00");
  CHECK(hundredths(0.074) == ".07");
  CHECK(hundredths(0.996) == "1.00");
  CHECK(hundredths(-0.2) == "-.20");
  CHECK(hundredths(-0.001) == ".00");
  CHECK(hundredths(-1.5) == "-1.50");
  CHECK(hundredths(10.25) == "10.25");
}
