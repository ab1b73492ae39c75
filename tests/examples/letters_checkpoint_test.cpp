// Models of letters in files, whole, damaged and of another program.
#include "examples/letters/checkpoint.h"

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "glance/nn/module.h"
#include "glance/tensor/error.h"
#include "glance/tensor/files/tensor_file.h"
#include "tests/catch.h"
#include "tests/examples/tiny_letters.h"
#include "tests/temporary_folder.h"

using namespace glance;
using namespace glance::gpt;
using nlohmann::json;

namespace {

const std::vector<std::string> alphabet = {"a", "\n", "é", "🇫🇷", std::string(1, '\0')};

SavedTraining sample_training(const Model& model) {
  return {.options = {.steps = 30, .batch = 4, .schedule = Decay::linear, .seed = ~std::uint64_t{0}, .patience = 2},
          .progress = {.steps = 7, .loss_sum = 0.1, .summed = 3, .seconds = 1.5},
          .optimiser = optimiser_of(model, {}).state.state_dict(),
          .book = {.file = "/tmp/\xff.txt", .held_out = 0.25, .shuffle_lines = true, .seed = 9},
          .fingerprint = "0123",
          .best_loss = 1.0 / 3,
          .since_best = 1,
          .unvalidated = true};
}

void save_sample(const std::string& path) {
  const Model model = tiny_model();
  save_checkpoint(path, model, Alphabet(Split::characters, alphabet), sample_training(model));
}

}  // namespace

TEST_CASE("a checkpoint of letters comes back as it was") {
  const TemporaryFolder folder;
  save_sample(folder / "m");
  const Checkpoint read = load_checkpoint(folder / "m");
  CHECK(read.alphabet.letters() == alphabet);
  CHECK(read.alphabet.split() == Split::characters);
  CHECK(logits_of(*read.model, {0, 4, 2}) == logits_of(tiny_model(), {0, 4, 2}));
  REQUIRE(read.training);
  const SavedTraining& t = *read.training;
  CHECK(t.options.steps == 30);
  CHECK(t.options.schedule == Decay::linear);
  CHECK(t.options.seed == ~std::uint64_t{0});
  CHECK(t.options.patience == 2);
  CHECK(t.progress.steps == 7);
  CHECK(t.progress.loss_sum == 0.1);
  CHECK(t.progress.summed == 3);
  CHECK(t.book.file == "/tmp/\xff.txt");
  CHECK(t.book.held_out == 0.25);
  CHECK(t.book.shuffle_lines);
  CHECK(t.book.seed == 9);
  CHECK(t.best_loss == 1.0 / 3);
  CHECK(t.since_best == 1);
  CHECK(t.unvalidated);
  CHECK(t.optimiser.size() == sample_training(*read.model).optimiser.size());

  ModelOptions options = tiny_options(PositionKind::rotary);
  options.symbols = 256;
  Generator generator(1);
  SavedTraining fresh = sample_training(tiny_model());
  fresh.best_loss = std::numeric_limits<double>::infinity();
  save_checkpoint(folder / "b", Model(options, generator), Alphabet::of("", Split::bytes), fresh);
  const Checkpoint bytes = load_checkpoint(folder / "b");
  CHECK(bytes.alphabet.split() == Split::bytes);
  CHECK(bytes.model->options.positions == PositionKind::rotary);
  CHECK(std::isinf(bytes.training->best_loss));
}

TEST_CASE("a training's folder gives its best model, or its last while there is none") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(load_model(folder.path()), Contains("a folder without a model"));
  save_sample(folder / "last");
  CHECK(load_model(folder.path()).training);
  save_checkpoint(folder / "best", tiny_model(), Alphabet(Split::characters, alphabet));
  CHECK_FALSE(load_model(folder.path()).training);
}

TEST_CASE("files that are no model of letters are refused by name") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(load_checkpoint(folder / "none"), Contains("none") && Contains("No such file"));
  put_text(folder / "empty", "");
  CHECK_THROWS_WITH(load_checkpoint(folder / "empty"), Contains("empty"));
  save_safetensors(folder / "foreign", {{"weight", zeros({2})}});
  CHECK_THROWS_WITH(load_checkpoint(folder / "foreign"), Contains("foreign") && Contains("not a model of letters"));
  save_sample(folder / "m");
  const TensorFile whole = load_safetensors(folder / "m");
  const auto fails = [&](auto&& change, const std::string& wanted) {
    TensorFile file = whole;
    change(file);
    save_safetensors(folder / "changed", file.tensors, file.metadata);
    CHECK_THROWS_WITH(load_checkpoint(folder / "changed"), Contains("changed: ") && Contains(wanted));
  };
  const auto set = [](const char* part, const char* inner, const char* key, const json& value) {
    return [=](TensorFile& file) {
      json stored = json::parse(file.metadata.at(part));
      (*inner ? stored[inner][key] : stored[key]) = value;
      file.metadata[part] = stored.dump();
    };
  };
  fails([](TensorFile& file) { file.metadata["glance.letters"] = "9"; }, "format \"9\"");
  fails([](TensorFile& file) { file.metadata.erase("alphabet"); }, "missing");
  fails([](TensorFile& file) { file.metadata["model"] = "{"; }, "damaged");
  fails([](TensorFile& file) { file.tensors.erase("letters.weight"); }, "letters.weight");
  fails([](TensorFile& file) { file.tensors["blocks.norm.bias"] = full({8}, std::nan("")); }, "blocks.norm.bias");
  fails(set("model", "", "layers", 3), "blocks.layers.2");
  fails(set("model", "", "layers", 0), "at least 1");
  fails(set("model", "", "heads", 3), "evenly");
  fails(set("model", "", "width", 1 << 30), "shapes");
  fails(set("model", "", "width", 1e300), "whole number");
  fails(set("model", "", "context", 7), "positions.weight");
  fails(set("model", "", "symbols", 6), "alphabet");
  fails(set("model", "", "positions", 9), "positions");
  fails(set("model", "", "dropout", 2), "dropout");
  fails(set("alphabet", "", "split", 7), "split in a way");
  fails(set("alphabet", "", "letters", {"a", "a", "b", "c", "d"}), "twice");
  fails(set("training", "options", "steps", 0), "out of range");
  fails(set("training", "options", "batch", -1), "out of range");
  fails(set("training", "options", "shards", 0), "out of range");
  fails(set("training", "options", "learning_rate", nullptr), "damaged");
  fails(set("training", "options", "beta2", 1), "out of range");
  fails(set("training", "progress", "steps", 31), "out of range");
  fails(set("training", "", "since_best", -1), "out of range");
}

TEST_CASE("a checkpoint of letters that was cut short anywhere is refused") {
  const TemporaryFolder folder;
  save_sample(folder / "m");
  const std::string whole = get_text(folder / "m");
  for (std::size_t part = 0; part < 40; ++part) {
    put_text(folder / "cut", whole.substr(0, whole.size() * part / 40));
    CHECK_THROWS_WITH(load_checkpoint(folder / "cut"), Contains("cut: "));
  }
}
