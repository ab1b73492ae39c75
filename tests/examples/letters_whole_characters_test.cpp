// Characters that come in parts, and text as screens may show it.
#include "examples/letters/whole_characters.h"

#include "tests/catch.h"

using namespace glance::gpt;

TEST_CASE("half a character waits for its other half") {
  WholeCharacters characters;
  CHECK(characters.add("a\xc3") == "a");
  CHECK(characters.add("\xa9") == "é");
  for (const char* byte : {"\xf0", "\x9f", "\x90"}) CHECK(characters.add(byte).empty());
  CHECK(characters.add("\xb1!") == "🐱!" + std::string());
  CHECK(characters.rest().empty());
}

TEST_CASE("bytes that become no character are handed on at once") {
  WholeCharacters characters;
  CHECK(characters.add("\xff") == "\xff");
  CHECK(characters.add("\xa9") == "\xa9");
  CHECK(characters.add("\xe2\x82") == "");
  CHECK(characters.add("x") == "\xe2\x82x");
  CHECK(characters.add("\xed\xa0\x80") == "\xed\xa0\x80");  // half of a pair of UTF-16
  CHECK(characters.add("\xe2") == "");
  CHECK(characters.rest() == "\xe2");
  CHECK(characters.rest().empty());
}

TEST_CASE("what would act on a screen is shown as its number") {
  CHECK(on_screen("a\n\tb\n") == "a\n\tb\n");
  CHECK(on_screen("\033[2J\xff\r") == "\\x1b[2J\\xff\\x0d");
  CHECK(on_screen("é猫") == "é猫");
  CHECK(as_utf8("a\xff\xc3\xa9\xe2\x82") == "a\ufffdé\ufffd\ufffd");
  CHECK(in_picture("\n") == "↵");
  CHECK(in_picture("\t") == "⇥");
  CHECK(in_picture("\x01") == "\\x01");
}
