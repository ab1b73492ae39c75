// Training keeps no memory from one step to the next.
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <vector>

#include "examples/seq2seq/checkpoint.h"
#include "glance/tensor/storage.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

using namespace glance;
using namespace glance::seq2seq;

namespace {

constexpr Index words = 20;

// Sentences of 1 to 12 words, so that hardly two batches have one shape.
std::vector<Example> sentences(std::size_t count) {
  Generator generator(1);
  std::vector<Example> examples(count);
  const auto word = [&] { return 4 + static_cast<Index>(generator.below(words - 4)); };
  for (Example& example : examples) {
    example.source.resize(1 + generator.below(12));
    example.target.resize(1 + generator.below(12));
    std::generate(example.source.begin(), example.source.end(), word);
    std::generate(example.target.begin(), example.target.end(), word);
    example.target.push_back(Vocabulary::end);
  }
  return examples;
}

Vocabulary vocabulary() {
  std::vector<std::string> list = Vocabulary().words();
  for (Index i = Vocabulary().size(); i < words; ++i) list.push_back("w" + std::to_string(i));
  return Vocabulary(list);
}

// Memory that the process holds, in bytes; 0 where the system does not say.
std::int64_t resident() {
  std::ifstream file("/proc/self/statm");
  std::int64_t size = 0, pages = 0;
  file >> size >> pages;
  return pages * ::sysconf(_SC_PAGESIZE);
}

struct Sample {
  Index step = 0;
  std::int64_t live_blocks = 0, live_bytes = 0, resident = 0;
};

// Trains for `steps`, saving now and then, and looks at memory after every `every` steps.
std::vector<Sample> samples_of_training(Index steps, Index every) {
  const std::vector<Example> examples = sentences(160);
  const ModelOptions options{
      .source_words = words, .target_words = words, .embedding = 16, .hidden = 16, .dropout = 0.1};
  Generator generator(2);
  const RecurrentTranslator model(options, generator);
  Workers workers(2);
  const TrainingOptions training{.epochs = steps, .batch = 8, .label_smoothing = 0.1};
  Trainer trainer(model, examples, training, workers);
  const TemporaryFolder folder;
  const Vocabulary names = vocabulary();
  std::vector<Sample> samples;
  for (Index step = 1; step <= steps; ++step) {
    trainer.step();
    if (step % every != 0) continue;
    save_checkpoint(folder / "last", model, names, names,
                    SavedTraining{training, trainer.progress, trainer.adam.state.state_dict(), 0, "{}"});
    load_checkpoint(folder / "last");
    const StorageStatistics storage = storage_statistics();
    samples.push_back({step, storage.live_blocks, storage.live_bytes, resident()});
  }
  return samples;
}

void check_live_storage(const std::vector<Sample>& samples) {
  for (const Sample& sample : samples) {
    INFO("step " << sample.step);
    CHECK(sample.live_blocks == samples.front().live_blocks);
    CHECK(sample.live_bytes == samples.front().live_bytes);
  }
}

}  // namespace

TEST_CASE("300 steps of training leave exactly what was there before") {
  check_live_storage(samples_of_training(300, 10));
}

TEST_CASE("10000 steps of training keep memory flat", "[.memory]") {
  constexpr Index warm_up = 1000;
  constexpr std::int64_t most_growth = 1 << 21;
  const auto samples = samples_of_training(10000, 500);
  check_live_storage(samples);
  std::int64_t before = 0;
  for (const Sample& sample : samples) {
    std::cout << "step " << sample.step << ": " << sample.live_blocks << " live blocks, " << sample.live_bytes
              << " bytes in them; " << sample.resident / 1024 << " KiB resident\n";
    if (sample.step <= warm_up) before = sample.resident;
    INFO("step " << sample.step);
    CHECK(sample.resident - before <= most_growth);
  }
}
