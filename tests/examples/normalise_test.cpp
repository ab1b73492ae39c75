// Text for one line and one form; how it becomes words is in text_test.cpp.
#include "examples/common/normalise.h"

#include "glance/tensor/error.h"
#include "tests/catch.h"

using namespace glance;

TEST_CASE("any bytes are shown on one line, and do nothing to the screen") {
  CHECK(one_line("plain é 漢") == "plain é 漢");
  CHECK(one_line("a\nb\tc\x7f") == "a\\x0ab\\x09c\\x7f");
  CHECK(one_line("\x1b[2J") == "\\x1b[2J");
  CHECK(one_line("\xff\xc3") == "\\xff\\xc3");
  CHECK(one_line(std::string("a\0b", 3)) == "a\\x00b");
  CHECK(one_line("\u202eabc") == "\\xe2\\x80\\xaeabc");  // it would turn what follows
  CHECK(one_line("\u0085") == "\\xc2\\x85");
  CHECK(one_line("").empty());
}

TEST_CASE("a composed text is otherwise as it was") {
  CHECK(composed("e\u0301  A\n") == "é  A\n");
  CHECK(composed("ﬁ") == "ﬁ");
  CHECK_THROWS_AS(composed("\xff"), Error);
}

TEST_CASE("code points are taken one after the other, and put together again") {
  const std::string text = "aé漢😀";
  CHECK(decode(text) == U"aé漢😀");
  CHECK(encode(decode(text)) == text);
  std::size_t at = 1;
  CHECK(take_code_point(text, at) == U'é');
  CHECK(at == 3);
  CHECK_THROWS_WITH(take_code_point("ab\xe9", at = 2), Contains("byte 3 (0xe9)"));
}

TEST_CASE("units have names, and no others") {
  for (const Unit unit : {Unit::words, Unit::spaces, Unit::characters}) CHECK(unit_of(name_of(unit)) == unit);
  CHECK(plural(Unit::spaces) == "words");
  CHECK(plural(Unit::characters) == "characters");
  CHECK_THROWS_WITH(unit_of("word"), Contains("\"word\""));
}

TEST_CASE("letters are told from digits and signs") {
  for (const char32_t c : U"aé漢") {
    if (c == 0) continue;
    CHECK(is_base_letter(c));
    CHECK(is_letter_or_digit(c));
  }
  CHECK(is_letter_or_digit(U'7'));
  CHECK_FALSE(is_base_letter(U'7'));
  CHECK_FALSE(is_base_letter(U'\u0301'));
  CHECK_FALSE(is_letter_or_digit(U'-'));
}
