// The main of every test program, for Catch2 2 and 3. A test that leaves storage behind fails the program, too: what a
// graph, a tensor or a worker kept would show here.
#define CATCH_CONFIG_RUNNER
#define CATCH_CONFIG_EXTERNAL_INTERFACES

#include <iostream>
#include <string>

#include "glance/tensor/storage.h"
#include "tests/catch.h"

#if __has_include(<catch2/catch_all.hpp>)
using ListenerBase = Catch::EventListenerBase;
#else
using ListenerBase = Catch::TestEventListenerBase;
#endif

namespace {

int tests_that_left_storage = 0;

// After each test case as many blocks live as before it. A value that is made once and lives as long as the program is
// made outside the test cases.
class StorageListener : public ListenerBase {
 public:
  using ListenerBase::ListenerBase;

  void testCaseStarting(const Catch::TestCaseInfo& test) override {
    name_ = test.name;
    file_ = test.lineInfo.file;
    line_ = test.lineInfo.line;
    before_ = glance::storage_statistics();
  }

  void testCaseEnded(const Catch::TestCaseStats&) override {
    const glance::StorageStatistics after = glance::storage_statistics();
    if (after.live_blocks == before_.live_blocks) return;
    ++tests_that_left_storage;
    std::cerr << file_ << ":" << line_ << ": FAILED: \"" << name_ << "\" left "
              << after.live_blocks - before_.live_blocks << " more blocks of storage, "
              << after.live_bytes - before_.live_bytes << " bytes\n";
  }

 private:
  std::string name_, file_;
  std::size_t line_ = 0;
  glance::StorageStatistics before_;
};

CATCH_REGISTER_LISTENER(StorageListener)

}  // namespace

int main(int argc, char** argv) {
  const int failures = Catch::Session().run(argc, argv);
  return failures == 0 && tests_that_left_storage > 0 ? 1 : failures;
}
