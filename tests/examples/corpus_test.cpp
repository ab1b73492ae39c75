// Pairs are read from every kind of text file, errors name the line, and what is held out is never trained on.
#include "examples/seq2seq/corpus.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "glance/tensor/error.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

using namespace glance;
using namespace glance::seq2seq;

using Words = std::vector<std::string>;

namespace {

Corpus read(const std::string& text, const ReadOptions& options = {}) {
  std::istringstream stream(text);
  return read_pairs(stream, "pairs.tsv", options);
}

// 100 sources with three translations each.
std::vector<Pair> many_pairs() {
  std::vector<Pair> pairs;
  for (int i = 0; i < 300; ++i) pairs.push_back({{"word", std::to_string(i % 100)}, {std::to_string(i)}});
  return pairs;
}

std::set<Words> sources(const std::vector<Pair>& pairs) {
  std::set<Words> found;
  for (const Pair& pair : pairs) found.insert(pair.source);
  return found;
}

}  // namespace

TEST_CASE("read_pairs reads a source and a target a line") {
  const Corpus corpus = read("Go.\tVa !\nI'm ill.\tJe suis malade.\tCC-BY 2.0 \xff\n");
  REQUIRE(corpus.pairs.size() == 2);
  CHECK(corpus.pairs[0].source == Words{"go", "."});
  CHECK(corpus.pairs[0].target == Words{"va", "!"});
  CHECK(corpus.pairs[1].source == Words{"i", "'m", "ill", "."});
  CHECK(corpus.pairs[1].target == Words{"je", "suis", "malade", "."});
  CHECK(corpus.lines == 2);
}

TEST_CASE("read_sentences reads one sentence a line, whose tabs are spaces") {
  const TemporaryFolder folder;
  put_text(folder / "text", "\xef\xbb\xbfLe chat.\r\n\t\r\nla\tvache dort bien");
  const Corpus corpus = read_sentences(folder / "text");
  REQUIRE(corpus.pairs.size() == 2);
  CHECK(corpus.pairs[0].source == Words{"le", "chat", "."});
  CHECK(corpus.pairs[0].target.empty());
  CHECK(corpus.pairs[1].source == Words{"la", "vache", "dort", "bien"});
  CHECK(describe(corpus, {}) == "2 sentences; skipped 1 blank line");
  const ReadOptions short_ones{.max_words = 3};
  CHECK(describe(read_sentences(folder / "text", short_ones), short_ones) ==
        "1 sentence; dropped 1 with more than 3 words; skipped 1 blank line");
  put_text(folder / "text", " \n");
  CHECK_THROWS_WITH(read_sentences(folder / "text"), folder / "text" + ": holds no sentences: one on each line");
}

TEST_CASE("read_pairs takes CRLF, a byte order mark, blank lines and a last line without an end") {
  const Corpus corpus = read("\xef\xbb\xbf\r\na\tb\r\n \u00a0\n\nc\td");
  REQUIRE(corpus.pairs.size() == 2);
  CHECK(corpus.pairs[0].target == Words{"b"});
  CHECK(corpus.pairs[1].target == Words{"d"});
  CHECK(corpus.blank == 3);
  CHECK(describe(corpus, {}) == "2 pairs; skipped 3 blank lines");
  CHECK(read("\xef\xbb\xbfx\ty\n").pairs[0].source == Words{"x"});
}

TEST_CASE("read_pairs takes the line ends of every system") {
  for (const std::string end : {"\n", "\r\n", "\r", "\u0085", "\u2028", "\u2029", "\v", "\f"}) {
    for (const std::string& last : {end, std::string()}) {
      const Corpus corpus = read("a\tb" + end + end + "c\td\te" + end + "f\tg" + last);
      REQUIRE(corpus.pairs.size() == 3);
      CHECK(corpus.pairs[0].target == Words{"b"});
      CHECK(corpus.pairs[2].source == Words{"f"});
      CHECK(corpus.blank == 1);
      CHECK(corpus.lines == 4);
    }
    CHECK_THROWS_WITH(read("a\tb" + end + "c d" + end), "pairs.tsv:2: no tab: source, a tab, target");
  }
  // Beside LF they are spaces, as they were.
  CHECK(read("a\u2028x\tb\vy\n").pairs[0].target == Words{"b", "y"});
  CHECK(read("a\tb\rc\td\ne\tf\n").pairs.size() == 3);  // a mixture
  std::string many;
  for (int i = 0; i < 20000; ++i) many += "abc\tdef\r\n";  // some of the ends lie between two blocks that are read
  CHECK(read(many).pairs.size() == 20000);
}

TEST_CASE("read_pairs splits as it is told") {
  const Corpus codes = read("Go left\tI_GO I_LEFT\n", {.text = {.unit = Unit::spaces, .keep_case = true}});
  CHECK(codes.pairs[0].source == Words{"Go", "left"});
  CHECK(codes.pairs[0].target == Words{"I_GO", "I_LEFT"});
  const ReadOptions characters{.max_words = 2, .text = {.unit = Unit::characters}};
  const Corpus dates = read("Ab\t1\nabc\t1\n", characters);
  CHECK(dates.pairs.at(0).source == Words{"a", "b"});
  CHECK(describe(dates, characters) == "1 pair; dropped 1 with more than 2 characters");
}

TEST_CASE("read_pairs finds the lines that are far longer than the others") {
  std::string text, long_side;
  for (int i = 0; i < 20; ++i) text += "a b c\td e\n";
  for (int i = 0; i < 150; ++i) long_side += "w ";
  const Corpus corpus = read(text + "x\t" + long_side + "\n" + text);
  REQUIRE(corpus.far_longer.size() == 1);
  CHECK(corpus.far_longer[0].line == 21);
  CHECK(corpus.far_longer[0].words == 150);
  CHECK(corpus.middle == 3);
  CHECK(read(text + "x\t" + long_side.substr(0, 2 * 99) + "\n").far_longer.empty());  // not so many words
  CHECK(read("x\t" + long_side + "\ny\t" + long_side + "\n").far_longer.empty());     // all are alike
}

TEST_CASE("read_pairs can reverse, drop long pairs and stop early") {
  const std::string text = "a\tb c\nd e f\tg\nh\ti j k\nl\tm\n";
  CHECK(read(text, {.reverse = true}).pairs[0].source == Words{"b", "c"});
  const ReadOptions shorter{.max_words = 2};
  const Corpus corpus = read(text, shorter);
  CHECK(corpus.pairs.size() == 2);
  CHECK(corpus.too_long == 2);
  CHECK(corpus.lines == 4);
  CHECK(describe(corpus, shorter) == "2 pairs; dropped 2 with more than 2 words");
  CHECK(read(text, {.limit = 3}).pairs.size() == 3);
  CHECK(read(text, {.max_words = 2, .limit = 2}).pairs[1].source == Words{"l"});
  CHECK(read("a\tb\nno tab here", {.limit = 1}).lines == 1);
}

TEST_CASE("read_pairs names the file and the line of what is wrong") {
  CHECK_THROWS_WITH(read("a\tb\nc d\n"), "pairs.tsv:2: no tab: source, a tab, target");
  CHECK_THROWS_WITH(read("a\tb\n\n\tc\n"), "pairs.tsv:3: the source is empty: source, a tab, target");
  CHECK_THROWS_WITH(read("a\t \u00a0\tcredits\n"), "pairs.tsv:1: the target is empty: source, a tab, target");
  CHECK_THROWS_WITH(read("a\tb\xc3(\n"),
                    "pairs.tsv:1: target has invalid UTF-8: byte 2 (0xc3): save the text as UTF-8");
  CHECK_THROWS_WITH(read("a\tb\n\xff\n"), "pairs.tsv:2: invalid UTF-8: byte 1 (0xff): save the text as UTF-8");
  CHECK_THROWS_WITH(read(""), "pairs.tsv: holds no sentence pairs: source, a tab, target");
  CHECK_THROWS_WITH(read("\n \n"), "pairs.tsv: holds no sentence pairs: source, a tab, target");
  CHECK_THROWS_WITH(read("a b\tc\n", {.max_words = 1}),
                    "pairs.tsv: every pair has more than 1 words: allow longer ones");
}

TEST_CASE("read_pairs refuses endless lines, and takes the longest that is allowed") {
  const std::string word(65534, 'x');
  CHECK(read(word + "\ty\n").pairs[0].source[0].size() == 65534);
  CHECK(read(word + "\ty").pairs[0].source[0].size() == 65534);
  CHECK_THROWS_WITH(read("a\tb\n" + word + "x\ty\n"),
                    "pairs.tsv:2: longer than 65536 bytes: one sentence or pair a line");
}

TEST_CASE("read_pairs opens files, and says why it cannot") {
  const TemporaryFolder folder;
  const std::string path = folder / "pairs.tsv";
  put_text(path, "a\tb\n");
  CHECK(read_pairs(path).pairs.size() == 1);
  put_text(path, "");
  CHECK_THROWS_WITH(read_pairs(path), path + ": holds no sentence pairs: source, a tab, target");
  CHECK_THROWS_WITH(read_pairs(path + ".gone"), path + ".gone: cannot be opened: No such file or directory");
  CHECK_THROWS_WITH(read_pairs(folder.path()), folder.path() + ": is a directory: name a file of sentence pairs");
}

TEST_CASE("hold_out splits by source sentence") {
  const Split split = hold_out(many_pairs(), 0.1, 1);
  CHECK(sources(split.test).size() == 10);
  CHECK(split.test.size() == 30);
  CHECK(split.train.size() == 270);
  for (const Words& source : sources(split.test)) CHECK(!sources(split.train).contains(source));
}

TEST_CASE("hold_out depends on the seed and the sentence alone") {
  const auto chosen = [](std::uint64_t seed) { return sources(hold_out(many_pairs(), 0.1, seed).test); };
  CHECK(chosen(1) == chosen(1));
  CHECK(chosen(1) != chosen(2));
  std::vector<Pair> turned = many_pairs();
  std::reverse(turned.begin(), turned.end());
  CHECK(sources(hold_out(turned, 0.1, 1).test) == chosen(1));
  // Committed so that the split stays the same on every machine and from version to version.
  CHECK(hold_out(many_pairs(), 0.01, 7).test.at(0).source == Words{"word", "46"});
}

TEST_CASE("hold_out leaves something on both sides, or refuses") {
  CHECK(sources(hold_out(many_pairs(), 1e-9, 1).test).size() == 1);
  CHECK(sources(hold_out(many_pairs(), 1 - 1e-9, 1).train).size() == 1);
  CHECK_THROWS_WITH(hold_out(many_pairs(), 0, 1), "hold_out: share 0: must be between 0 and 1");
  CHECK_THROWS_AS(hold_out(many_pairs(), 1, 1), Error);
  CHECK_THROWS_AS(hold_out({{{"a"}, {"b"}}, {{"a"}, {"c"}}}, 0.5, 1), Error);
  CHECK_THROWS_AS(hold_out({}, 0.5, 1), Error);
}

TEST_CASE("remove_seen takes test sentences out of training") {
  std::vector<Pair> train = {{{"a"}, {"b"}}, {{"c"}, {"d"}}, {{"a"}, {"e"}}};
  CHECK(remove_seen(train, {{{"a"}, {"other"}}}) == 2);
  REQUIRE(train.size() == 1);
  CHECK(train[0].source == Words{"c"});
  CHECK(remove_seen(train, {}) == 0);
}
