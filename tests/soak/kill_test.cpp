// Training that is killed, or whose disk is full, at any moment: what was saved can be read, and going on from it gives
// the same bits as never having been stopped.
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "examples/seq2seq/checkpoint.h"
#include "glance/nn/module.h"
#include "glance/tensor/random.h"
#include "tests/catch.h"
#include "tests/examples/run_program.h"

using namespace glance;
using namespace glance::seq2seq;
using Catch::Matchers::StartsWith;
using nlohmann::json;

namespace {

// A training of the built-in language that is over soon, into the folder `out`.
std::string training(int epochs, const std::string& out) {
  return "translate train --limit 60 --hidden 8 --embedding 8 --batch 16 --threads 2 --epochs " +
         std::to_string(epochs) + " --out " + out;
}

std::string going_on(const std::string& out) { return "translate train --resume --out " + out; }

std::vector<json> log_of(const std::string& folder) {
  std::vector<json> lines;
  std::istringstream text(get_text(folder + "/log.jsonl"));
  for (std::string line; std::getline(text, line);) {
    lines.push_back(json::parse(line));
    lines.back().erase("seconds");
  }
  return lines;
}

bool same_numbers(const std::map<std::string, Tensor>& a, const std::map<std::string, Tensor>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.first == y.first && x.second.dtype() == y.second.dtype() && dispatch(x.second.dtype(), [&]<class T>() {
             return x.second.template to_vector<T>() == y.second.template to_vector<T>();
           });
  });
}

// Holds the trainings in two folders equal in all but the time they took.
void check_same_training(const std::string& a, const std::string& b) {
  CHECK(get_text(a + "/best") == get_text(b + "/best"));
  CHECK(log_of(a) == log_of(b));
  const Checkpoint first = load_checkpoint(a + "/last"), second = load_checkpoint(b + "/last");
  CHECK(same_numbers(state_dict(*first.model), state_dict(*second.model)));
  CHECK(same_numbers(first.training->optimiser, second.training->optimiser));
  CHECK(first.training->progress.steps == second.training->progress.steps);
  CHECK(first.training->progress.loss_sum == second.training->progress.loss_sum);
  CHECK(first.training->best_score == second.training->best_score);
}

// After a kill: what is there can be read, or there is nothing yet and that is said.
void check_left(const TemporaryFolder& folder) {
  if (std::filesystem::exists(folder / "m/best")) CHECK_NOTHROW(load_checkpoint(folder / "m/best"));
  if (std::filesystem::exists(folder / "m/last")) {
    CHECK_NOTHROW(load_checkpoint(folder / "m/last"));
    return;
  }
  const Outcome outcome = run(folder, going_on("m"));
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err, StartsWith("translate: m/last: no training to go on with"));
}

// Kills trainings at random moments, each again and again until it has ended, `kills` times in all.
void kill_at_random_moments(int kills, int epochs) {
  const TemporaryFolder folder;
  const auto begin = std::chrono::steady_clock::now();
  REQUIRE(run(folder, training(epochs, "whole")).status == 0);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  Generator moments(static_cast<std::uint64_t>(kills));
  for (int killed = 0; killed < kills;) {
    std::filesystem::remove_all(folder / "m");
    bool finished = false;
    while (!finished && killed < kills) {
      const std::string command = std::filesystem::exists(folder / "m/last") ? going_on("m") : training(epochs, "m");
      const double moment = seconds * moments.uniform01<double>();
      const Outcome outcome =
          run(folder, command + " & pid=$!; sleep " + std::to_string(moment) + "; kill -KILL $pid; wait $pid");
      INFO("killed after " << moment << " s of about " << seconds << ": " << outcome.err);
      finished = outcome.status == 0;
      if (finished) break;
      REQUIRE(outcome.status == 128 + 9);
      ++killed;
      check_left(folder);
    }
    if (!finished) {
      const bool begun = std::filesystem::exists(folder / "m/last");
      const Outcome outcome = run(folder, begun ? going_on("m") : training(epochs, "m"));
      INFO(outcome.err);
      REQUIRE(outcome.status == 0);
    }
    check_same_training(folder / "whole", folder / "m");
    CHECK(run(folder, "ls -A m").out == "best\nlast\nlog.jsonl\n");
  }
}

// A small disk, for root where one may be mounted.
class SmallDisk {
 public:
  SmallDisk(std::string path, std::size_t bytes) : path_(std::move(path)) {
    std::filesystem::create_directory(path_);
    mounted_ = ::mount("none", path_.c_str(), "tmpfs", 0, ("size=" + std::to_string(bytes)).c_str()) == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(path_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  bool is_mounted() const { return mounted_; }
  bool grow(std::size_t bytes) const {
    return ::mount("none", path_.c_str(), "tmpfs", MS_REMOUNT, ("size=" + std::to_string(bytes)).c_str()) == 0;
  }

 private:
  std::string path_;
  bool mounted_ = false;
};

}  // namespace

TEST_CASE("a training killed at any of 5 moments goes on to the same bits") { kill_at_random_moments(5, 6); }

TEST_CASE("a training killed at any of 50 moments goes on to the same bits", "[.kills]") {
  kill_at_random_moments(50, 60);
}

TEST_CASE("a limit on files met while training loses nothing") {
  const TemporaryFolder folder;
  constexpr int epochs = 80;
  REQUIRE(run(folder, training(epochs, "whole")).status == 0);
  REQUIRE(run_until(folder, "/" + std::to_string(epochs) + " ", SIGTERM, training(epochs, "m")).status == 130);
  const std::string last = get_text(folder / "m/last"), best = get_text(folder / "m/best");
  const Outcome full = run(folder, "ulimit -f 4; " + going_on("m"));
  CHECK(full.status == 1);
  CHECK_THAT(full.err, StartsWith("translate: m/") && Contains("cannot be written: File too large"));
  CHECK(get_text(folder / "m/last") == last);
  CHECK(get_text(folder / "m/best") == best);
  REQUIRE(run(folder, going_on("m")).status == 0);
  check_same_training(folder / "whole", folder / "m");
}

TEST_CASE("a disk that fills up while training loses nothing", "[.kills]") {
  const TemporaryFolder folder;
  constexpr int epochs = 6;
  REQUIRE(run(folder, training(epochs, "whole")).status == 0);
  // Room for the state at the start and for the best model after an epoch, but not for the state beside them.
  const auto size = [&](const char* name) {
    return std::filesystem::file_size(folder / (std::string("whole/") + name));
  };
  const SmallDisk disk(folder / "m", size("last") + size("best") + size("last") / 2);
  if (!disk.is_mounted()) {
    WARN("skipped: a file system can only be mounted by root, and not in every container");
    return;
  }
  const Outcome full = run(folder, training(epochs, "m"));
  CHECK(full.status == 1);
  CHECK_THAT(full.err, StartsWith("translate: m/") && Contains("cannot be written: No space left on device"));
  CHECK_NOTHROW(load_checkpoint(folder / "m/last"));
  CHECK(run(folder, going_on("m")).status == 1);
  CHECK_NOTHROW(load_checkpoint(folder / "m/last"));
  REQUIRE(disk.grow(4 * size("last")));
  const Outcome outcome = run(folder, going_on("m"));
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  check_same_training(folder / "whole", folder / "m");
}
