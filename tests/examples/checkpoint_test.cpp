// A checkpoint brings back all that was saved, and a damaged one does no harm.
#include "examples/seq2seq/checkpoint.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "examples/seq2seq/search.h"
#include "glance/nn/module.h"
#include "glance/tensor/create.h"
#include "glance/tensor/files/tensor_file.h"
#include "glance/tensor/storage.h"
#include "tests/catch.h"
#include "tests/examples/tiny_translator.h"
#include "tests/temporary_folder.h"

using namespace glance;
using namespace glance::seq2seq;
using nlohmann::json;

namespace {

const Vocabulary source({"<pad>", "<s>", "</s>", "<unk>", "cat", "the", "café"});
const Vocabulary target({"<pad>", "<s>", "</s>", "<unk>", "chat", "l'"});

SavedTraining some_training(const RecurrentTranslator& model) {
  const TrainingOptions options{
      .epochs = 3, .batch = 5, .learning_rate = 0.25, .shards = 7, .seed = 0xffffffffffffffff};
  const Progress progress{.epochs = 1,
                          .batches = 2,
                          .steps = 9,
                          .loss_sum = 0.1,
                          .answers = 77,
                          .seconds = 1.5,
                          .gradient_norms = {0.1, 2}};
  return {options, progress, Adam(model).state.state_dict(), 33.25, "{\"pairs\":\"a\\\"b\"}"};
}

void save_sample(const std::string& path, const ModelOptions& kind = {}) {
  const RecurrentTranslator model = tiny_translator(kind);
  save_checkpoint(path, model, source, target, some_training(model));
}

}  // namespace

TEST_CASE("a checkpoint brings back the model, its words and its training") {
  const TemporaryFolder folder;
  for (const ModelOptions& kind : all_kinds()) {
    const RecurrentTranslator model = tiny_translator(kind);
    const auto saved = some_training(model);
    save_checkpoint(folder / "m", model, source, target, saved);
    const Checkpoint loaded = load_checkpoint(folder / "m");
    CHECK(loaded.source.words() == source.words());
    CHECK(loaded.target.words() == target.words());
    const auto before = state_dict(model), after = state_dict(*loaded.model);
    REQUIRE(before.size() == after.size());
    for (const auto& [name, value] : before) CHECK(value.to_vector<float>() == after.at(name).to_vector<float>());
    const PaddedBatch batch = pad_sequences({{{4, 5, 6}}});
    CHECK(greedy_search(model, batch)[0].words == greedy_search(*loaded.model, batch)[0].words);

    REQUIRE(loaded.training);
    const auto& training = *loaded.training;
    CHECK(training.options.epochs == 3);
    CHECK(training.options.batch == 5);
    CHECK(training.options.learning_rate == 0.25);
    CHECK(training.options.shards == 7);
    CHECK(training.options.seed == 0xffffffffffffffff);
    CHECK(training.progress.epochs == 1);
    CHECK(training.progress.batches == 2);
    CHECK(training.progress.steps == 9);
    CHECK(training.progress.loss_sum == 0.1);
    CHECK(training.progress.answers == 77);
    CHECK(training.progress.seconds == 1.5);
    CHECK(training.progress.gradient_norms == std::vector<double>{0.1, 2});
    CHECK(training.best_score == 33.25);
    CHECK(training.data == saved.data);
    CHECK(training.optimiser.size() == saved.optimiser.size());
  }
}

TEST_CASE("a checkpoint for translating has no training, and the same bytes each time") {
  const TemporaryFolder folder;
  const RecurrentTranslator model = tiny_translator();
  save_checkpoint(folder / "one", model, source, target);
  save_checkpoint(folder / "two", model, source, target);
  CHECK_FALSE(load_checkpoint(folder / "one").training);
  CHECK(get_text(folder / "one") == get_text(folder / "two"));
}

TEST_CASE("a checkpoint keeps how text is split, how long translations may be, and how a training is scheduled") {
  const TemporaryFolder folder;
  const TextOptions text{.unit = Unit::characters, .keep_case = true};
  const LengthBound length{.ratio = 6.5, .longest_source = 9, .longest_target = 60, .fixed = 0};
  const RecurrentTranslator model = tiny_translator({.length = length});
  SavedTraining saved = some_training(model);
  saved.options.schedule = Decay::cosine;
  saved.options.warmup_steps = 40;
  saved.options.validate_every = 7;
  saved.options.patience = 3;
  saved.since_best = 2;
  save_checkpoint(folder / "m", model, source, target, saved, text);
  const Checkpoint loaded = load_checkpoint(folder / "m");
  CHECK(loaded.text == text);
  CHECK(loaded.model->options().length == length);
  const SavedTraining& training = *loaded.training;
  CHECK(training.options.schedule == Decay::cosine);
  CHECK(training.options.warmup_steps == 40);
  CHECK(training.options.validate_every == 7);
  CHECK(training.options.patience == 3);
  CHECK(training.since_best == 2);

  // Files from before there was any of this.
  TensorFile file = load_safetensors(folder / "m");
  file.metadata.erase("text");
  for (const auto& [part, keys] : std::vector<std::pair<std::string, std::vector<std::string>>>{
           {"model", {"model", "bidirectional", "length_ratio", "longest_source", "longest_target", "length_fixed"}},
           {"training", {"since_best", "unvalidated"}}}) {
    json description = json::parse(file.metadata.at(part));
    for (const auto& key : keys) REQUIRE(description.erase(key) == 1);
    if (part == "model") description["attention"] = true;  // it was a switch
    if (part == "training")
      for (const char* key : {"schedule", "warmup_steps", "validate_every", "patience", "beta2"})
        REQUIRE(description["options"].erase(key) == 1);
    file.metadata[part] = description.dump();
  }
  save_safetensors(folder / "old", file.tensors, file.metadata);
  const Checkpoint old = load_checkpoint(folder / "old");
  CHECK(old.text == TextOptions());
  CHECK(old.model->options().attention == "dot");
  CHECK(old.model->options().length(9) == 28);
  CHECK(old.training->options.schedule == Decay::linear);
  CHECK_FALSE(old.training->options.warmup_steps);
  CHECK(old.training->options.validate_every == 0);
  CHECK(old.training->since_best == 0);
}

TEST_CASE("the weights have the names that PyTorch would give them") {
  const TemporaryFolder folder;
  save_checkpoint(folder / "m", tiny_translator(), source, target);
  const TensorFile file = load_safetensors(folder / "m");
  CHECK(file.tensors.at("source.weight").shape() == Shape{7, 4});
  CHECK(file.tensors.at("encoder.weight_ih_l0").shape() == Shape{20, 4});
  CHECK(file.tensors.at("decoder.bias_hh_l0").shape() == Shape{20});
  CHECK(file.tensors.at("combine.weight").shape() == Shape{4, 10});
  CHECK(file.tensors.at("output_bias").shape() == Shape{6});
}

TEST_CASE("a checkpoint brings back a Transformer, or says what is wrong with it") {
  const TemporaryFolder folder;
  const PaddedBatch batch = pad_sequences({{{4, 5, 6}}});
  for (const ModelOptions& kind : all_transformers()) {
    const Translator model = tiny_transformer(kind);
    save_checkpoint(folder / "m", model, source, target);
    const Checkpoint loaded = load_checkpoint(folder / "m");
    CHECK(loaded.model->description() == model.description());
    CHECK(loaded.model->options().feed_forward == 10);
    CHECK(loaded.model->options().places == 12);
    const auto before = state_dict(model), after = state_dict(*loaded.model);
    REQUIRE(before.size() == after.size());
    for (const auto& [name, value] : before) CHECK(value.to_vector<float>() == after.at(name).to_vector<float>());
    CHECK(greedy_search(model, batch)[0].words == greedy_search(*loaded.model, batch)[0].words);
  }
  save_checkpoint(folder / "m", tiny_transformer({.positions = PositionKind::learned}), source, target);
  const TensorFile whole = load_safetensors(folder / "m");
  CHECK(whole.tensors.at("decoder.layers.0.multihead_attn.in_proj_weight").shape() == Shape{24, 8});
  CHECK(whole.tensors.at("source_positions.weight").shape() == Shape{12, 8});
  CHECK(whole.tensors.at("encoder.norm.weight").shape() == Shape{8});
  CHECK_FALSE(json::parse(whole.metadata.at("model")).contains("cell"));
  const auto fails = [&](const char* key, const json& value, const std::string& wanted) {
    TensorFile file = whole;
    json options = json::parse(file.metadata.at("model"));
    options[key] = value;
    file.metadata["model"] = options.dump();
    save_safetensors(folder / "changed", file.tensors, file.metadata);
    CHECK_THROWS_WITH(load_checkpoint(folder / "changed"), Contains("changed: ") && Contains(wanted));
  };
  fails("heads", 3, "3 heads cannot share the 8 features");
  fails("heads", 1e300, "its heads is not a whole number");
  fails("heads", 0, "out of range");
  fails("positions", 4, "positions is none that this program knows");
  fails("places", 0, "no number of places");
  fails("places", 1000000000, "its weights do not have the shapes");
  fails("feed_forward", 1000000000, "its weights do not have the shapes");
  fails("feed_forward", 11, "linear1");
  fails("model", 2, "kind of model is none that this program knows");
  fails("model", 0, "description");
}

TEST_CASE("a file that is no translator is named, and why") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(load_checkpoint(folder / "none"), Contains(folder / "none") && Contains("No such file"));
  CHECK_THROWS_WITH(load_checkpoint(folder.path()), Contains("Is a directory"));
  put_text(folder / "empty", "");
  CHECK_THROWS_AS(load_checkpoint(folder / "empty"), Error);
  save_safetensors(folder / "foreign", {{"weight", zeros({2})}});
  CHECK_THROWS_WITH(load_checkpoint(folder / "foreign"), Contains("foreign") && Contains("not a translator"));

  save_sample(folder / "m");
  const TensorFile whole = load_safetensors(folder / "m");
  const auto fails = [&](auto&& change, const std::string& wanted) {
    TensorFile file = whole;
    change(file);
    save_safetensors(folder / "changed", file.tensors, file.metadata);
    CHECK_THROWS_WITH(load_checkpoint(folder / "changed"), Contains("changed: ") && Contains(wanted));
  };
  const auto set = [](const char* part, const char* key, const json& value) {
    return [=](TensorFile& file) {
      json options = json::parse(file.metadata.at(part));
      (options.contains("options") && options["options"].contains(key)     ? options["options"][key]
       : options.contains("progress") && options["progress"].contains(key) ? options["progress"][key]
                                                                           : options[key]) = value;
      file.metadata[part] = options.dump();
    };
  };
  fails([](TensorFile& file) { file.metadata["glance.translator"] = "9"; }, "format \"9\"");
  fails([](TensorFile& file) { file.metadata.erase("source"); }, "missing");
  fails([](TensorFile& file) { file.metadata["model"] = "{"; }, "damaged");
  fails([](TensorFile& file) { file.metadata["model"] = "[1]"; }, "damaged");
  fails([](TensorFile& file) { file.tensors.erase("combine.bias"); }, "combine.bias");
  fails([](TensorFile& file) { file.tensors.erase("source.weight"); }, "source.weight");
  fails([](TensorFile& file) { file.tensors["output_bias"] = zeros({6}, f64); }, "output_bias");
  fails(set("model", "layers", 1000), "out of range");
  fails(set("model", "layers", 2), "l1");
  fails(set("model", "hidden", 1e300), "whole number");
  fails(set("model", "hidden", 0x7fffffffffffffff), "out of range");
  fails(set("model", "hidden", 1 << 30), "shapes");
  fails(set("model", "embedding", -4), "out of range");
  fails(set("model", "dropout", 2), "out of range");
  fails(set("model", "cell", 7), "none of lstm, rnn, gru");
  fails(set("model", "cell", 1e300), "whole number");
  fails(set("model", "attention", "multiple"), "its attention \"multiple\" is none of none, dot, scaled, general");
  fails(set("model", "attention", "general"), "attention.w is missing");
  fails(set("model", "bidirectional", true), "5 is odd");
  fails(set("model", "source_words", 8), "vocabularies");
  fails(set("model", "length_ratio", -1), "length of a translation");
  fails(set("model", "length_ratio", 1e300), "length of a translation");
  fails(set("model", "longest_target", -1), "length of a translation");
  fails(set("model", "length_fixed", 1 << 30), "length of a translation");
  fails(set("text", "unit", 9), "split in a way");
  fails(set("text", "unit", 0.5), "whole number");
  fails([](TensorFile& file) { file.metadata["target"] = R"(["<pad>","<s>","</s>","<unk>","a\u001b[2J","b"])"; },
        "is no word");
  fails(set("training", "schedule", 4), "training options");
  fails(set("training", "warmup_steps", -1), "training options");
  fails(set("training", "validate_every", -1), "training options");
  fails(set("training", "batch", 0), "training options");
  fails(set("training", "shards", -1), "training options");
  fails(set("training", "learning_rate", nullptr), "damaged");
  fails(set("training", "warmup", 1), "training options");
  fails(set("training", "batches", -1), "training options");
  fails(set("training", "steps", 1), "training options");
}

TEST_CASE("a saved file that cannot be written leaves the one before") {
  const TemporaryFolder folder;
  save_sample(folder / "m");
  const std::string before = get_text(folder / "m");
  CHECK_THROWS_WITH(save_sample(folder / "m/below"), Contains("m/below: cannot be written"));
  std::filesystem::create_directory(folder / ".m.tmp");
  CHECK_THROWS_AS(save_sample(folder / "m", {.layers = 2}), Error);
  CHECK(get_text(folder / "m") == before);
}

TEST_CASE("damaged checkpoints are refused or read, but do no harm") {
  const TemporaryFolder folder;
  save_sample(folder / "m");
  const std::string whole = get_text(folder / "m");
  const std::string damaged = folder / "damaged";
  Generator generator(7);
  std::size_t refused = 0, read = 0;
  const auto try_to_load = [&](const std::string& bytes) {
    std::filesystem::remove(damaged);  // some file systems wait for the disk when a file is written over
    put_text(damaged, bytes);
    reset_peak_storage();
    const auto before = storage_statistics().live_bytes;
    try {
      const Checkpoint loaded = load_checkpoint(damaged);
      greedy_search(*loaded.model, pad_sequences({{{0, 1}}}));
      ++read;
    } catch (const Error& error) {
      const std::string text = error.what();
      CHECK(text.starts_with(damaged));
      CHECK(std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20; }));
      ++refused;
    }
    CHECK(storage_statistics().peak_bytes - before < 1 << 22);
  };
  std::uint64_t header = 0;
  std::memcpy(&header, whole.data(), sizeof header);
  for (std::size_t at = 0; at < sizeof header + header; ++at) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << generator.below(8)));
    try_to_load(bytes);
  }
  for (int i = 0; i < 200; ++i) {
    std::string bytes = whole;
    for (int changes = 0; changes < 4; ++changes)
      bytes[generator.below(bytes.size())] = static_cast<char>(generator.below(256));
    try_to_load(bytes);
    try_to_load(whole.substr(0, generator.below(whole.size())));
  }
  CHECK(refused > 1000);
  CHECK(read > 100);
}
