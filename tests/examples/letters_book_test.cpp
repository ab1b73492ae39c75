// What is trained on and what is held out, and which files are no text.
#include "examples/letters/book.h"

#include <algorithm>

#include "glance/tensor/error.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

using namespace glance;
using namespace glance::gpt;

namespace {

std::string text_of(const Book& book) {
  std::string text;
  for (const Numbers* part : {&book.train, &book.held_out})
    for (const auto number : *part) text += book.alphabet.letter(number);
  return text;
}

}  // namespace

TEST_CASE("the end of a text is held out") {
  const TemporaryFolder folder;
  std::string text;
  for (int i = 0; i < 400; ++i) text += static_cast<char>('a' + i * i % 26);
  put_text(folder / "a.txt", text);
  const Book book = read_book({.file = folder / "a.txt"});
  CHECK(book.train.size() == 360);
  CHECK(book.held_out.size() == 40);
  CHECK(text_of(book) == text);
  CHECK(read_book({.file = folder / "a.txt", .held_out = 0}).held_out.empty());
  // Too little to say anything about.
  put_text(folder / "b.txt", text.substr(0, 310));
  CHECK(read_book({.file = folder / "b.txt"}).held_out.empty());
}

TEST_CASE("lines are shuffled by the seed, and none is lost") {
  const TemporaryFolder folder;
  put_text(folder / "a.txt", "one\ntwo\nthree\nfour\nfive\nsix");
  const auto shuffled = [&](std::uint64_t seed) {
    return read_book({.file = folder / "a.txt", .shuffle_lines = true, .seed = seed});
  };
  const std::string text = text_of(shuffled(1));
  CHECK(text == text_of(shuffled(1)));
  CHECK(text != text_of(shuffled(2)));
  for (const std::string line : {"one\n", "two\n", "three\n", "four\n", "five\n", "six\n"})
    CHECK_THAT(text, Contains(line));
  CHECK(text.size() == 28);
}

TEST_CASE("the same text has the same fingerprint, another has another") {
  const TemporaryFolder folder;
  put_text(folder / "a.txt", "abcabd");
  put_text(folder / "b.txt", "abcabd");
  put_text(folder / "c.txt", "abcadb");
  put_text(folder / "d.txt", "xyzxyw");  // the same numbers of other letters
  const auto fingerprint = [&](const char* name) { return read_book({.file = folder / name}).fingerprint; };
  CHECK(fingerprint("a.txt") == fingerprint("b.txt"));
  CHECK(fingerprint("a.txt") != fingerprint("c.txt"));
  CHECK(fingerprint("a.txt") != fingerprint("d.txt"));
}

TEST_CASE("without a file the text is French sentences of the built-in language") {
  const Book book = read_book({});
  CHECK(book.train.size() > 500000);
  CHECK(book.alphabet.size() < 64);
  const std::string text = text_of(book);
  CHECK(std::count(text.begin(), text.end(), '\n') == 20000);
  CHECK_THAT(text.substr(0, 2000), Contains("le ") && Contains(".\n"));
}

TEST_CASE("files that are no text are refused by name") {
  const TemporaryFolder folder;
  put_text(folder / "empty", "");
  put_text(folder / "one", "a");
  put_text(folder / "mark", "\xef\xbb\xbf");
  put_text(folder / "latin", "caf\xe9 au lait");
  CHECK_THROWS_WITH(read_book({.file = folder / "empty"}), Contains("empty: is empty"));
  CHECK_THROWS_WITH(read_book({.file = folder / "one"}), Contains("at least 2"));
  CHECK_THROWS_WITH(read_book({.file = folder / "mark"}), Contains("at least 2"));
  CHECK_THROWS_WITH(read_book({.file = folder / "latin"}),
                    Contains("latin: ") && Contains("byte 4 (0xe9)") && Contains("--split bytes"));
  CHECK(read_book({.file = folder / "latin", .split = Split::bytes}).train.size() == 12);
  CHECK_THROWS_AS(read_book({.file = folder.path()}), Error);
  CHECK_THROWS_AS(read_book({.file = folder / "none"}), Error);
}
