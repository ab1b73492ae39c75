// No program writes over a file that is not of its own kind, or into a folder that another one uses.
#include "examples/common/output_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>

#include "glance/tensor/error.h"
#include "tests/catch.h"
#include "tests/examples/run_program.h"

using namespace glance;

TEST_CASE("a file is replaced by one of its own kind, and by no other") {
  const TemporaryFolder folder;
  const std::string path = folder / "file";
  replace_file("--svg", path, "<svg", "<svg>1");  // none is there
  replace_file("--svg", path, "<svg", "<svg>2");
  CHECK(get_text(path) == "<svg>2");
  CHECK_THROWS_WITH(replace_file("--graph", path, "digraph", "digraph {}"),
                    Contains("--graph " + path + ": would be written over a file of another kind"));
  for (const char* work : {"<sv", "pairs\tpaires\n", " <svg", "\n"}) {
    put_text(path, work);
    CHECK_THROWS_WITH(check_replaceable("--svg", path, "<svg"), Contains("another kind"));
    CHECK(get_text(path) == work);
  }
  put_text(path, "");
  CHECK_NOTHROW(check_replaceable("--svg", path, "<svg"));
}

namespace {

const std::string train = "translate train --limit 200 --epochs 1 --batch 64 --hidden 4 --embedding 4 --out m ";

}  // namespace

TEST_CASE("what a program is asked to write costs nobody a model, a log or pairs") {
  const TemporaryFolder folder;
  put_text(folder / "mine.tsv", "a\tb\n");
  REQUIRE(run(folder, train).status == 0);
  REQUIRE(run(folder, "ln m/best hard && ln -s m/best soft && mkdir other && cp m/last other/last").status == 0);
  for (const std::string over : {"m/best", "m/last", "m/log.jsonl", "hard", "soft", "other/last", "mine.tsv"}) {
    INFO(over);
    const std::string before = get_text(folder / over);
    for (const std::string command :
         {"translate explain m 'the cat sees the dog' --svg ", "translate explain m 'the cat sees the dog' --graph ",
          "translate train --resume --out m --report ", "bottleneck --steps 1 --svg "}) {
      const auto outcome = run(folder, command + over);
      CHECK(outcome.status == 1);
      CHECK_THAT(outcome.err, Contains("would be written over"));
      CHECK(get_text(folder / over) == before);
    }
  }
  CHECK(run(folder, "translate explain m 'the cat' --svg a.svg && translate explain m 'the dog' --svg a.svg").status ==
        0);
}

TEST_CASE("two trainings do not write in one folder") {
  const TemporaryFolder folder;
  REQUIRE(run(folder, train).status == 0);
  const std::string before = get_text(folder / "m/last");
  const int held = ::open((folder / "m").c_str(), O_RDONLY | O_DIRECTORY);
  REQUIRE(::flock(held, LOCK_EX | LOCK_NB) == 0);  // as a training holds it
  // Held before anything is read, so that the missing text is not spoken of.
  for (const std::string& command : {train + "--overwrite", std::string("translate train --resume --out m"),
                                     std::string("gaps train --text missing --out m"),
                                     std::string("letters train --text missing --out m --overwrite"),
                                     std::string("translate train --pairs missing --out m --overwrite")}) {
    const auto outcome = run(folder, command);
    CHECK(outcome.status == 1);
    CHECK_THAT(outcome.err, Contains("m: another training is writing there"));
    CHECK(get_text(folder / "m/last") == before);
  }
  ::close(held);  // as the end of its process does
  CHECK(run(folder, train + "--overwrite").status == 0);
}

TEST_CASE("help that cannot be written is an error, of the small programs too") {
  if (!std::filesystem::exists("/dev/full")) return;
  const TemporaryFolder folder;
  for (const std::string command :
       {"translate --help", "translate train --help", "bottleneck --help", "lesson_neuron --help", "lesson_derivative",
        "lesson_lookup", "mistakes --help", "attention --help"}) {
    INFO(command);
    const auto outcome = run(folder, command + " > /dev/full");
    CHECK(outcome.status == 1);
    CHECK_THAT(outcome.err, Contains("standard output: cannot be written"));
  }
}
