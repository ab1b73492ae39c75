// Any bytes as a checkpoint: refused in a line, or a translator that translates.
#include "examples/seq2seq/checkpoint.h"
#include "examples/seq2seq/search.h"
#include "glance/tensor/error.h"
#include "tests/fuzz/targets/hostile.h"

using namespace glance;
using namespace glance::seq2seq;

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned int seed) {
  return hostile::mutate_safetensors(data, size, max_size, seed);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static hostile::File hostile_file;
  hostile_file.put(data, size);
  try {
    const hostile::MemoryBound bound(size, 64);  // the weights in the file, in the model, and while it translates
    const Checkpoint checkpoint = load_checkpoint(hostile_file.path());
    greedy_search(*checkpoint.model, pad_sequences({{{0, 1}}}));
  } catch (const Error& error) {
    hostile::check_message(error, hostile_file.path());
  }
  return 0;
}
