// Words and numbers lead to each other, and marks are never taken for words.
#include "examples/seq2seq/vocabulary.h"

#include <string>
#include <vector>

#include "glance/tensor/error.h"
#include "tests/catch.h"

using namespace glance;
using namespace glance::seq2seq;

using Words = std::vector<std::string>;

namespace {

const std::vector<Pair> pairs = {
    {{"b", "d", "c", "d"}, {"le", "<s>"}},
    {{"é", "b", "d"}, {"la"}},
};

}  // namespace

TEST_CASE("a vocabulary begins with the marks, then the commonest words") {
  const Vocabulary source = Vocabulary::of(pairs, &Pair::source);
  CHECK(source.words() == Words{"<pad>", "<s>", "</s>", "<unk>", "d", "b", "c", "é"});
  CHECK(source.size() == 8);
  CHECK(Vocabulary::of(pairs, &Pair::source, 2).words() == Words{"<pad>", "<s>", "</s>", "<unk>", "d", "b"});
  CHECK(Vocabulary::of(pairs, &Pair::source, 9).size() == 4);
  CHECK(Vocabulary().size() == 4);
  CHECK(source.word(Vocabulary::pad) == "<pad>");
  CHECK(source.word(Vocabulary::begin) == "<s>");
  CHECK(source.word(Vocabulary::end) == "</s>");
  CHECK(source.word(Vocabulary::unknown) == "<unk>");
}

TEST_CASE("words have numbers and numbers have words") {
  const Vocabulary vocabulary = Vocabulary::of(pairs, &Pair::source);
  for (Index i = 4; i < vocabulary.size(); ++i) CHECK(vocabulary.index(vocabulary.word(i)) == i);
  CHECK(vocabulary.index("zebra") == Vocabulary::unknown);
  CHECK(vocabulary.index("") == Vocabulary::unknown);
  CHECK(vocabulary.indices(Words{"d", "zebra", "b"}) == std::vector<Index>{4, Vocabulary::unknown, 5});
  CHECK(vocabulary.sentence(std::vector<Index>{1, 4, 3, 0, 5, 2, 4}) == Words{"d", "<unk>", "b"});
}

TEST_CASE("a mark's text in a sentence is no mark") {
  const Vocabulary target = Vocabulary::of(pairs, &Pair::target);
  CHECK(target.words() == Words{"<pad>", "<s>", "</s>", "<unk>", "la", "le"});
  CHECK(target.index("<s>") == Vocabulary::unknown);
  CHECK(target.index("<pad>") == Vocabulary::unknown);
}

TEST_CASE("a saved vocabulary comes back") {
  const Vocabulary vocabulary = Vocabulary::of(pairs, &Pair::source);
  const Vocabulary loaded(vocabulary.words());
  CHECK(loaded.words() == vocabulary.words());
  CHECK(loaded.index("c") == vocabulary.index("c"));
}

TEST_CASE("a vocabulary that is none is refused") {
  CHECK_THROWS_WITH(Vocabulary(Words{}), "vocabulary: must begin with <pad> <s> </s> <unk>");
  CHECK_THROWS_AS(Vocabulary(Words{"<s>", "<pad>", "</s>", "<unk>", "a"}), Error);
  CHECK_THROWS_WITH(Vocabulary(Words{"<pad>", "<s>", "</s>", "<unk>", "a", "b", "a"}),
                    "vocabulary: \"a\", number 6, is there twice");
  CHECK_THROWS_AS(Vocabulary(Words{"<pad>", "<s>", "</s>", "<unk>", "<unk>"}), Error);
  const Vocabulary vocabulary = Vocabulary::of(pairs, &Pair::source);
  CHECK_THROWS_WITH(vocabulary.word(8), "vocabulary: no word 8: there are 8");
  CHECK_THROWS_AS(vocabulary.word(-1), Error);
  CHECK_THROWS_AS(vocabulary.sentence(std::vector<Index>{99}), Error);
}
