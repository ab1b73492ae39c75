// Programs as ranks of a job that mpirun starts: the same bits on any number of them, and what they say when one
// differs, dies or falls silent.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "examples/seq2seq/checkpoint.h"
#include "glance/nn/module.h"
#include "tests/catch.h"
#include "tests/examples/run_program.h"

using namespace glance;

namespace {

// mpirun, as root too, with more ranks than processors; its own words stay apart from those of the ranks.
std::string mpirun(int ranks) {
  return "OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 timeout -k 5 300 mpirun --oversubscribe --bind-to "
         "none -n " +
         std::to_string(ranks) + " ";
}

// A training of the built-in language, in 4 shards.
std::string training(const std::string& out, int epochs = 3) {
  return "translate train --limit 60 --hidden 8 --embedding 8 --batch 16 --shards 4 --epochs " +
         std::to_string(epochs) + " --out " + out;
}

// So that each rank says which process it is, in the file pid.RANK, and what waits until a training is under way.
const std::string with_pids = "sh -c 'echo $$ > pid.$OMPI_COMM_WORLD_RANK; exec \"$@\"' sh ";
const std::string until_begun = "while ! grep -qs step m/log.jsonl; do sleep 0.01; done; ";

// Starts a training in the folder m on ranks, and ends it from outside while it runs. One that was over before that is
// done again, and longer: which is first is the machine's choice. Returns how it ended, and for how many epochs it was.
std::pair<Outcome, int> ended_early(const TemporaryFolder& folder, int ranks, const std::string& signal) {
  for (int epochs = 60;; epochs *= 3) {
    Outcome outcome = run(folder, "rm -rf m; " + mpirun(ranks) + with_pids + training("m", epochs) + " & " +
                                      until_begun + "kill " + signal + "; wait $!");
    if (outcome.status != 0 || epochs > 5000) return {std::move(outcome), epochs};
  }
}

std::vector<nlohmann::json> log_of(const std::string& folder) {
  std::vector<nlohmann::json> lines;
  std::istringstream text(get_text(folder + "/log.jsonl"));
  for (std::string line; std::getline(text, line);) {
    lines.push_back(nlohmann::json::parse(line));
    lines.back().erase("seconds");
  }
  return lines;
}

// How often a text stands in another.
std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

// Holds the trainings of `translate` in two folders equal in all but the time they took.
void check_same_training(const std::string& a, const std::string& b) {
  CHECK(get_text(a + "/best") == get_text(b + "/best"));
  CHECK(log_of(a) == log_of(b));
  const auto first = seq2seq::load_checkpoint(a + "/last"), second = seq2seq::load_checkpoint(b + "/last");
  const auto check_same = [](const std::map<std::string, Tensor>& x, const std::map<std::string, Tensor>& y) {
    REQUIRE(x.size() == y.size());
    for (const auto& [name, tensor] : x)
      if (tensor.dtype() == f32) CHECK(tensor.to_vector<float>() == y.at(name).to_vector<float>());
  };
  check_same(state_dict(*first.model), state_dict(*second.model));
  check_same(first.training->optimiser, second.training->optimiser);
  CHECK(first.training->progress.steps == second.training->progress.steps);
}

}  // namespace

TEST_CASE("a training has the same bits on any number of ranks") {
  const TemporaryFolder folder;
  REQUIRE(run(folder, training("alone")).status == 0);
  for (const int ranks : {1, 2, 3, 4}) {
    CAPTURE(ranks);
    const std::string out = "of_" + std::to_string(ranks);
    const Outcome outcome = run(folder, mpirun(ranks) + training(out));
    INFO(outcome.err);
    REQUIRE(outcome.status == 0);
    check_same_training(folder / "alone", folder / out);
    CHECK(count(outcome.out, "the best model is") == 1);  // one rank prints, plainly
    CHECK(outcome.out.find('\033') == std::string::npos);
    CHECK(run(folder, "ls -A " + out).out == "best\nlast\nlog.jsonl\n");
    if (ranks > 1) CHECK_THAT(outcome.out, Contains(std::to_string(ranks) + " ranks of 1 thread\n"));
  }
}

TEST_CASE("letters and gaps have the same bits on any number of ranks") {
  const TemporaryFolder folder;
  std::string text;
  for (int i = 0; i < 60; ++i)
    text += "le chat " + std::to_string(i % 11) + " voit la souris " + std::to_string(i) + "\n";
  put_text(folder / "text.txt", text);
  const std::string options = "--text text.txt --steps 12 --width 16 --layers 1 --heads 2 --batch 6 --shards 3 --out ";
  const std::string letters = "letters train --validate-every 6 --context 16 " + options;
  const std::string gaps = "gaps train " + options;
  REQUIRE(run(folder, letters + "l1 && " + gaps + "g1").status == 0);
  for (const int ranks : {2, 3}) {
    CAPTURE(ranks);
    const std::string n = std::to_string(ranks);
    const Outcome outcome = run(folder, mpirun(ranks) + letters + "l" + n + " && " + mpirun(ranks) + gaps + "g" + n);
    INFO(outcome.err);
    REQUIRE(outcome.status == 0);
    CHECK(get_text(folder / "l1/best") == get_text(folder / ("l" + n + "/best")));
    CHECK(log_of(folder / "l1") == log_of(folder / ("l" + n)));
    CHECK(get_text(folder / "g1/model") == get_text(folder / ("g" + n + "/model")));
    CHECK_THAT(outcome.out, Contains(n + " ranks"));
  }
}

TEST_CASE("a training goes on with another number of ranks, on machines that have not its folder") {
  const TemporaryFolder folder;
  const auto [killed, epochs] = ended_early(folder, 3, "-KILL $(cat pid.2)");
  INFO(killed.err);
  REQUIRE(killed.status == 137);
  REQUIRE(run(folder, training("alone", epochs)).status == 0);
  // The first rank works in this folder, the other in one of its own.
  const Outcome outcome = run(folder, "mkdir -p elsewhere && " + mpirun(1) +
                                          "translate train --resume --out m : -n 1 --wdir elsewhere translate train "
                                          "--resume --out m");
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  check_same_training(folder / "alone", folder / "m");
  CHECK(run(folder, "ls -A elsewhere").out.empty());
}

TEST_CASE("ranks that differ say how, in one line") {
  const TemporaryFolder folder;
  put_text(folder / "a.tsv", "one\tun\ntwo\tdeux\nthree\ttrois\nfour\tquatre\n");
  put_text(folder / "b.tsv", "one\tun\ntwo\tdeux\nthree\ttrois\nfour\tquartre\n");
  const std::string common = "translate train --hidden 8 --embedding 8 --held-out 0 --epochs 1 --shards 4 --out m ";
  const auto refused = [&](const std::string& first, const std::string& second, const std::string& line) {
    const Outcome outcome = run(folder, mpirun(1) + common + first + " : -n 1 " + common + second);
    INFO(outcome.err);
    CHECK(outcome.status == 1);
    CHECK(count(outcome.err, "translate: ") == 1);
    CHECK_THAT(outcome.err, Contains(line));
    CHECK_FALSE(std::filesystem::exists(folder / "m"));
  };
  refused("--pairs a.tsv", "--pairs b.tsv", " differs from rank 0: its pairs is ");
  refused("--pairs a.tsv", "--pairs a.tsv --seed 2",
          " differs from rank 0: its option seed is 2, and that of rank 0 1:");
  refused("--pairs a.tsv", "--pairs c.tsv", ": c.tsv: ");
  refused("--pairs c.tsv", "--pairs c.tsv", "translate: c.tsv: ");
  const Outcome many = run(folder, mpirun(5) + common + "--pairs a.tsv");
  CHECK(many.status == 1);
  CHECK(count(many.err, "translate: ") == 1);
  CHECK_THAT(many.err, Contains("translate: 5 ranks for 4 shards: a rank takes one at least"));
  CHECK_FALSE(std::filesystem::exists(folder / "m"));
}

TEST_CASE("another program, or other kernels, on a rank are refused") {
  const TemporaryFolder folder;
  REQUIRE(run(folder, "cp '" GLANCE_BIN_DIR "/rank_worker' other && printf x >> other").status == 0);
  const Outcome program = run(folder, mpirun(1) + "rank_worker : -n 1 ./other");
  CHECK(program.status == 1);
  CHECK_THAT(program.err, Contains("rank_worker: rank 1 on ") && Contains("differs from rank 0: its program is "));
  const Outcome kernels = run(folder, mpirun(1) +
                                          "-x OPENBLAS_CORETYPE=Nehalem rank_worker : -n 1 -x "
                                          "OPENBLAS_CORETYPE=Core2 rank_worker");
  if (kernels.status != 0) {  // other builds than those with OpenBLAS know one kind of kernels
    CHECK(kernels.status == 1);
    CHECK_THAT(kernels.err, Contains("differs from rank 0: its products is "));
  }
}

TEST_CASE("a rank that dies, throws, leaves or falls silent ends the job, which names it") {
  const TemporaryFolder folder;
  const auto end_of = [&](const std::string& what) {
    const auto begin = std::chrono::steady_clock::now();
    const Outcome outcome = run(folder, mpirun(3) + "rank_worker " + what);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    INFO(what << " took " << taken.count() << " s: " << outcome.err);
    CHECK(outcome.status != 0);
    CHECK(outcome.out.find("ranks:") == std::string::npos);
    return outcome;
  };
  const Outcome killed = end_of("kill 2");
  CHECK(killed.status == 137);
  CHECK_THAT(killed.err, Contains("process rank 2") && Contains("signal 9"));
  CHECK_THAT(end_of("throw 1").err, Contains("rank_worker: rank 1 on ") && Contains(": its disk burnt down"));
  CHECK_THAT(end_of("leave 1").err, Contains("[[") || Contains("non-zero"));
  const Outcome stopped = end_of("stop 1 5");
  CHECK_THAT(stopped.err, Contains("rank 1 on ") && Contains(" has not answered for 5 s: "));
  CHECK(count(stopped.err, "has not answered") == 1);
  CHECK_THAT(end_of("stop 0 5").err, Contains("rank 0 on ") && Contains(" has not answered for 5 s: "));
  const Outcome together = end_of("'all throw' 0");
  CHECK(together.status == 1);
  CHECK(count(together.err, "rank_worker: the loss is nan") == 1);
}

TEST_CASE("what only the first rank can find out is one line, too") {
  const TemporaryFolder folder;
  put_text(folder / "m", "a person's own");
  const Outcome outcome = run(folder, mpirun(2) + training("m"));
  INFO(outcome.err);
  CHECK(outcome.status == 1);
  CHECK(count(outcome.err, "translate: ") == 1);
  CHECK_THAT(outcome.err, Contains("translate: m: cannot be made a folder"));
  CHECK(get_text(folder / "m") == "a person's own");
  CHECK(run(folder, mpirun(2) + "translate train --resume --out elsewhere").status == 1);
}

TEST_CASE("ranks that are asked to end do so together, after a step") {
  const TemporaryFolder folder;
  const auto [asked, epochs] = ended_early(folder, 2, "-TERM $(cat pid.1)");
  INFO(asked.err);
  REQUIRE(run(folder, training("alone", epochs)).status == 0);
  REQUIRE(asked.status == 130);
  CHECK(count(asked.out, "and saved; go on with: translate train --resume --out ") == 1);
  REQUIRE(run(folder, "translate train --resume --out m").status == 0);
  check_same_training(folder / "alone", folder / "m");
}
