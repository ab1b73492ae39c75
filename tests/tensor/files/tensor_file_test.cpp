// Tensors of every dtype and layout come back from a file, and a file's claims are checked first.
#include "glance/tensor/files/tensor_file.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "glance/tensor/create.h"
#include "glance/tensor/error.h"
#include "glance/tensor/storage.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace glance {
namespace {

template <class T, std::size_t n>
StoredTensor stored(const char* name, const char* dtype, const std::array<T, n>& values) {
  return {name, dtype, {n}, std::as_bytes(std::span(values))};
}

std::string error_of_load(const std::string& path) {
  try {
    load_safetensors(path);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("tensors of every dtype are saved and loaded as they are", "[tensor_file]") {
  const TemporaryFolder folder;
  const double tiny = std::numeric_limits<double>::denorm_min();
  const std::int64_t least = std::numeric_limits<std::int64_t>::min();
  std::map<std::string, Tensor> tensors;
  tensors["f32"] = from_values({1, -2.5, INFINITY, 0, -0.0, 0.125}, {2, 3});
  tensors["f64"] = from_values(std::array{tiny, 1.0 / 3}, {2, 1, 1});
  tensors["i64"] = from_values(std::array{least, std::int64_t{7}}, {2});
  tensors["bool"] = from_values(std::array{true, false, true}, {3});
  tensors["scalar"] = scalar(4, f64);
  tensors["empty"] = zeros({2, 0, 3});
  save_safetensors(folder / "x", tensors, {{"format", "pt"}});

  const TensorFile file = load_safetensors(folder / "x");
  CHECK(file.metadata == Metadata{{"format", "pt"}});
  REQUIRE(file.tensors.size() == tensors.size());
  for (const auto& [name, tensor] : tensors) {
    CAPTURE(name);
    const Tensor& loaded = file.tensors.at(name);
    CHECK(loaded.dtype() == tensor.dtype());
    CHECK(loaded.shape() == tensor.shape());
    dispatch(tensor.dtype(), [&, &saved = tensor]<class T>() { CHECK(loaded.to_vector<T>() == saved.to_vector<T>()); });
  }
  CHECK(std::signbit(file.tensors.at("f32").values<float>()[4]));
}

TEST_CASE("strided tensors are saved row-major", "[tensor_file]") {
  const TemporaryFolder folder;
  const Tensor x = from_values({1, 2, 3, 4, 5, 6}, {2, 3});
  save_safetensors(folder / "x", {{"transposed", transpose(x)}, {"column", select(x, 1, 2)}, {"all", x}});
  const TensorFile file = load_safetensors(folder / "x");
  CHECK(file.tensors.at("transposed").shape() == Shape{3, 2});
  CHECK(file.tensors.at("transposed").to_vector<float>() == std::vector<float>{1, 4, 2, 5, 3, 6});
  CHECK(file.tensors.at("column").to_vector<float>() == std::vector<float>{3, 6});
  CHECK(file.metadata.empty());
}

TEST_CASE("narrow dtypes are widened", "[tensor_file]") {
  const TemporaryFolder folder;
  const std::array<std::int32_t, 3> i32 = {-1, 0, std::numeric_limits<std::int32_t>::max()};
  const std::array<std::uint16_t, 12> f16 = {0x0000, 0x8000, 0x0001, 0x83FF, 0x0400, 0x3C00,
                                             0x3555, 0xC000, 0x7BFF, 0x7C00, 0xFC00, 0x7E00};
  const std::array<std::uint16_t, 7> bf16 = {0x0000, 0x8000, 0x0001, 0x3F80, 0x4010, 0xFF80, 0x7FC0};
  const std::array<std::uint8_t, 4> boolean_bytes = {0, 1, 2, 255};
  const std::vector<StoredTensor> tensors = {stored("i32", "I32", i32), stored("f16", "F16", f16),
                                             stored("bf16", "BF16", bf16), stored("bool", "BOOL", boolean_bytes)};
  write_safetensors(folder / "x", tensors);
  const auto loaded = load_safetensors(folder / "x").tensors;

  CHECK(loaded.at("i32").to_vector<std::int64_t>() == std::vector<std::int64_t>{-1, 0, 2147483647});
  CHECK(loaded.at("bool").to_vector<bool>() == std::vector<bool>{false, true, true, true});
  auto widened = loaded.at("f16").to_vector<float>();
  CHECK(std::isnan(widened.back()));
  widened.pop_back();
  CHECK(widened ==
        std::vector<float>{0, 0, 0x1p-24f, -0x3FFp-24f, 0x1p-14f, 1, 0.333251953125f, -2, 65504, INFINITY, -INFINITY});
  CHECK(std::signbit(widened[1]));
  widened = loaded.at("bf16").to_vector<float>();
  CHECK(std::isnan(widened.back()));
  widened.pop_back();
  CHECK(widened == std::vector<float>{0, 0, 0x1p-133f, 1, 2.25f, -INFINITY});
  CHECK(std::signbit(widened[1]));
}

TEST_CASE("data that is not aligned is read all the same", "[tensor_file]") {
  const TemporaryFolder folder;
  const std::string header = R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},)"
                             R"("b":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]},)"
                             R"("c":{"dtype":"F64","shape":[1],"data_offsets":[1,9]}})";
  const std::string f64_header = header.substr(0, 1) + header.substr(header.find("\"b\""));
  put_text(folder / "x", static_cast<char>(f64_header.size()) + std::string(7, '\0') + f64_header +
                             std::string("\1\0\0\0\0\0\0\xF0\x3F", 9));
  CHECK(load_safetensors(folder / "x").tensors.at("c").item() == 1);
}

TEST_CASE("what a Tensor cannot hold is refused by name", "[tensor_file]") {
  const TemporaryFolder folder;
  const std::string path = folder / "x";
  const std::string bytes(8, '\0');
  for (const std::string dtype : {"U8", "I8", "I16", "U16", "U32", "U64", "C64", "F8_E4M3", "F8_E5M2", "F8_E8M0",
                                  "F8_E4M3FNUZ", "F8_E5M2FNUZ", "F6_E2M3", "F6_E3M2", "F4"}) {
    write_safetensors(path, std::array{StoredTensor{"w", dtype, {0}, {}}});
    CHECK(error_of_load(path) == path + ": tensor \"w\": dtype " + dtype +
                                     " has no place in a Tensor; F32, F64, I64, I32, BOOL, F16 and BF16 have");
  }
  write_safetensors(path, std::array{StoredTensor{"w", "BOOL", std::vector<std::uint64_t>(9, 1),
                                                  std::as_bytes(std::span(bytes)).first(1)}});
  CHECK(error_of_load(path) == path + ": tensor \"w\": 9 dimensions, and 8 are the most");
  write_safetensors(path, std::array{StoredTensor{"w", "F32", {0, 1ull << 63}, {}}});
  CHECK(error_of_load(path) == path + ": tensor \"w\": extent 9223372036854775808 is too large");
  write_safetensors(path, std::array{StoredTensor{"w", "F32", {0, 1ull << 62, 1ull << 62}, {}}});
  CHECK(error_of_load(path).find("too many elements") != std::string::npos);
  CHECK_THROWS_AS(load_safetensors(folder / "none"), Error);
}

TEST_CASE("a lie about sizes is refused before any memory is taken for it", "[tensor_file]") {
  const TemporaryFolder folder;
  const std::string path = folder / "x";
  const auto peak_of_load = [&](const std::string& header) {
    put_text(path, static_cast<char>(header.size()) + std::string(7, '\0') + header + "0123");
    reset_peak_storage();
    const std::int64_t before = storage_statistics().peak_bytes;
    CHECK_THROWS_AS(load_safetensors(path), Error);
    return storage_statistics().peak_bytes - before;
  };
  const std::string four_bytes = R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)";
  for (const std::string lie : {R"("b":{"dtype":"F32","shape":[268435456],"data_offsets":[4,1073741828]}})",
                                R"("b":{"dtype":"F16","shape":[1000000,1000],"data_offsets":[4,4]}})",
                                R"("b":{"dtype":"F64","shape":[1000000000],"data_offsets":[0,4]}})"}) {
    CAPTURE(lie);
    CHECK(peak_of_load(four_bytes + lie) == 0);
  }
}

TEST_CASE("what cannot be saved leaves the old file", "[tensor_file]") {
  const TemporaryFolder folder;
  const std::string path = folder / "x";
  put_text(path, "old");
  CHECK_THROWS_WITH(save_safetensors(path, {{"w", Tensor()}}), path + ": tensor \"w\" is undefined");
  CHECK_THROWS_AS(save_safetensors(path, {{"__metadata__", zeros({1})}}), Error);
  CHECK_THROWS_AS(save_safetensors(path, {{"\xFF", zeros({1})}}), Error);
  CHECK(get_text(path) == "old");
}

TEST_CASE("the reference's own cases have the values that it gives", "[tensor_file]") {
  const char* folder = std::getenv("GLANCE_SAFETENSORS_CASES");
  if (!folder) {
    WARN("skipped: GLANCE_SAFETENSORS_CASES does not name the folder with cases.json");
    return;
  }
  const std::string root = std::string(folder) + "/";
  const auto cases = nlohmann::json::parse(get_text(root + "cases.json"));
  REQUIRE(cases.size() > 0);
  for (const auto& one : cases) {
    const std::string name = one["file"];
    CAPTURE(name);
    if (one["expect"] != "OK") {
      CHECK_THROWS_AS(load_safetensors(root + name), Error);
      continue;
    }
    const auto tensors = load_safetensors(root + name).tensors;
    CHECK(tensors.size() == one["tensors"].size());
    for (const auto& [key, expected] : one["tensors"].items())
      CHECK(to(tensors.at(key), f64).to_vector<double>() == expected["values"].get<std::vector<double>>());
  }
}

}  // namespace glance
