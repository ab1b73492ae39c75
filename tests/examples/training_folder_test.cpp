// Which folders a training begins in, and which it goes on in.
#include "examples/common/training_folder.h"

#include <filesystem>

#include "glance/tensor/error.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

using namespace glance;

TEST_CASE("the files of a training have their names") {
  const TrainingFolder folder{"out/a"};
  CHECK(folder.last() == "out/a/last");
  CHECK(folder.best() == "out/a/best");
  CHECK(folder.average() == "out/a/average");
  CHECK(folder.log() == "out/a/log.jsonl");
}

TEST_CASE("a training begins where there is none, and goes on where there is one") {
  const TemporaryFolder place;
  const TrainingFolder folder{place / "new"};
  CHECK_NOTHROW(folder.check(false, false));
  CHECK_THROWS_WITH(folder.check(true, false), Contains("new/last: no training to go on with"));
  folder.make();
  CHECK(std::filesystem::is_directory(folder.path));
  folder.make();
  for (const std::string& file : {folder.last(), folder.best(), folder.log()}) {
    put_text(file, "");
    CHECK_THROWS_WITH(folder.check(false, false), Contains(file + ": there is a training already"));
    CHECK_NOTHROW(folder.check(false, true));
    if (file == folder.last())
      CHECK_NOTHROW(folder.check(true, false));
    else
      CHECK_THROWS_AS(folder.check(true, false), Error);
    std::filesystem::remove(file);
  }
}

TEST_CASE("a training folder that cannot be made is named") {
  const TemporaryFolder place;
  put_text(place / "file", "");
  for (const char* name : {"file", "file/in"})
    CHECK_THROWS_WITH((TrainingFolder{place / name}.make()), Contains(place / name) && Contains("cannot be made"));
}
