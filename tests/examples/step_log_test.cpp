// A log that is gone on with from any of its steps.
#include "examples/common/step_log.h"

#include <filesystem>

#include "glance/tensor/error.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

using namespace glance;

namespace {

const std::string one = R"({"step":1})", two = R"({"loss":0.5,"step":2})", three = R"({"step":3})";

}  // namespace

TEST_CASE("a log is whole after each line") {
  const TemporaryFolder folder;
  StepLog log(folder / "log", 0);
  CHECK(get_text(folder / "log").empty());
  log.add(one);
  CHECK(get_text(folder / "log") == one + "\n");
  log.add(two);
  CHECK(get_text(folder / "log") == one + "\n" + two + "\n");
}

TEST_CASE("a log goes on after the step of its training, and from 0 anew") {
  const TemporaryFolder folder;
  const std::string text = one + "\n" + two + "\n" + three + "\n";
  put_text(folder / "log", text);
  StepLog(folder / "log", 2).add(three);
  CHECK(get_text(folder / "log") == text);
  const StepLog cut(folder / "log", 1);
  CHECK(get_text(folder / "log") == one + "\n");
  const StepLog anew(folder / "log", 0);
  CHECK(get_text(folder / "log").empty());
}

TEST_CASE("what is damaged, and all after it, is dropped") {
  const TemporaryFolder folder;
  for (const std::string damage : {"{\"step\":", "no JSON", "{\"step\":1.5}", "{\"loss\":1}", "[1]", "", "\xff"}) {
    INFO(damage);
    put_text(folder / "log", one + "\n" + damage + "\n" + two + "\n");
    const StepLog log(folder / "log", 9);
    CHECK(get_text(folder / "log") == one + "\n");
  }
}

TEST_CASE("a log that cannot be written is named") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "log");
  CHECK_THROWS_WITH(StepLog(folder / "log", 0), Contains(folder / "log"));
  CHECK_THROWS_WITH(StepLog(folder / "none/log", 0), Contains(folder / "none/log"));
}
