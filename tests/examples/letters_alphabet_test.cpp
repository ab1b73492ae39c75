// Letters and their numbers, and the form that a text is brought into.
#include "examples/letters/alphabet.h"

#include "glance/tensor/error.h"
#include "tests/catch.h"

using namespace glance;
using namespace glance::gpt;

using Letters = std::vector<std::string>;

namespace {

Numbers encode(const Alphabet& alphabet, std::string_view text) {
  Letters unknown;
  Numbers numbers = alphabet.encode(text, unknown);
  CHECK(unknown.empty());
  return numbers;
}

}  // namespace

TEST_CASE("an alphabet of characters has those of the text, the commonest first") {
  const Alphabet alphabet = Alphabet::of("banana!", Split::characters);
  CHECK(alphabet.letters() == Letters{"a", "n", "!", "b"});
  CHECK(encode(alphabet, "nab") == Numbers{1, 0, 3});
  CHECK(alphabet.letter(3) == "b");
  CHECK_THROWS_AS(alphabet.letter(4), Error);
  CHECK_THROWS_AS(alphabet.letter(-1), Error);
}

TEST_CASE("a character is what a reader sees as one") {
  const Alphabet alphabet = Alphabet::of("👩‍🚀e\u0301猫🇫🇷🇫🇷", Split::characters);
  CHECK(alphabet.letters() == Letters{"🇫🇷", "e\u0301", "猫", "👩‍🚀"});
  CHECK(encode(alphabet, "猫👩‍🚀") == Numbers{2, 3});
  // NUL is a letter like others, and joins no other.
  CHECK(Alphabet::of({"a\0b\0", 4}, Split::characters).letters() == Letters{std::string(1, '\0'), "a", "b"});
}

TEST_CASE("an alphabet of bytes knows any file") {
  const Alphabet alphabet = Alphabet::of("a", Split::bytes);
  CHECK(alphabet.size() == 256);
  CHECK(encode(alphabet, "\xff\x01z") == Numbers{255, 1, 122});
}

TEST_CASE("what the alphabet does not know is left out and named once") {
  Letters unknown;
  CHECK(Alphabet::of("abc", Split::characters).encode("xaxé", unknown) == Numbers{0});
  CHECK(unknown == Letters{"x", "é"});
}

TEST_CASE("a text begins after a line end, else a space, else the commonest letter") {
  const auto beginning = [](std::string_view text) {
    const Alphabet alphabet = Alphabet::of(text, Split::characters);
    return alphabet.letter(alphabet.beginning());
  };
  CHECK(beginning("aaa b\n") == "\n");
  CHECK(beginning("aaa b") == " ");
  CHECK(beginning("baa") == "a");
  CHECK(Alphabet::of("", Split::bytes).beginning() == '\n');
}

TEST_CASE("alphabets that are damaged are refused") {
  CHECK_THROWS_AS(Alphabet(Split::characters, {"a", "a"}), Error);
  CHECK_THROWS_AS(Alphabet(Split::characters, {"a", ""}), Error);
  CHECK_THROWS_AS(Alphabet(Split::bytes, {"a", "b"}), Error);
  CHECK_THROWS_AS(Alphabet::of("a\xff", Split::characters), Error);
}

TEST_CASE("a text is tidied: no byte order mark, one kind of line end, one form of each letter") {
  CHECK(tidied("\xef\xbb\xbf"
               "a\r\nb\rc\n\r\n",
               Split::characters) == "a\nb\nc\n\n");
  CHECK(tidied("e\u0301\r\ne\u0301", Split::characters) == "é\né");
  CHECK(tidied("a  b\t", Split::characters) == "a  b\t");
  CHECK(tidied("", Split::characters).empty());
  CHECK(tidied("\xef\xbb\xbf"
               "e\u0301\r\n\xff",
               Split::bytes) ==
        "\xef\xbb\xbf"
        "e\u0301\r\n\xff");
  CHECK_THROWS_WITH(tidied("ab\ncd\xff", Split::characters), Contains("byte 6 (0xff)"));
}
