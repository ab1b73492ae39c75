// Arguments as a person may paste them, held against the shell itself.
#include "examples/common/shell.h"

#include "tests/catch.h"
#include "tests/examples/run_program.h"

using namespace glance;
using Catch::Matchers::StartsWith;

TEST_CASE("plain arguments stand as they are, others in quotes") {
  CHECK(quoted_for_shell("out/demo-1") == "out/demo-1");
  CHECK(quoted_for_shell("") == "''");
  CHECK(quoted_for_shell("a b") == "'a b'");
  CHECK(quoted_for_shell("it's") == "'it'\\''s'");
  CHECK(quoted_for_shell("é") == "'é'");
  CHECK(quoted_for_shell("a\nb") == "$'a\\012b'");
  CHECK(quoted_for_shell("\xff'\\") == "$'\\377\\'\\\\'");
}

TEST_CASE("what is quoted comes out of a shell as it was") {
  const TemporaryFolder folder;
  for (const std::string text : {"a b", "$HOME", "`ls`", "*", "~", "it's \"so\"", "-n", "a\nb", "\x1b[2J", "\xff\xfe",
                                 "tab\there", "e\u0301", "\u202eabc", "a\\b", "!x", "#", "(;&|<>)"}) {
    INFO(text);
    put_text(folder / "said.sh", "printf '%s' " + quoted_for_shell(text));
    CHECK(run(folder, "bash said.sh").out == text);
  }
}

TEST_CASE("a path means the same in any folder") {
  CHECK_THAT(from_anywhere("out/demo"), StartsWith("/") && Contains("/out/demo"));
  CHECK(from_anywhere("/a/./b/../c") == "/a/c");
  CHECK(from_anywhere("/a b") == "'/a b'");
}
