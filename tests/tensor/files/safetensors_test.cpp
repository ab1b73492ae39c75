// safetensors are read and written as the reference does it, and hostile files are refused.
#include "glance/tensor/files/safetensors.h"

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "glance/tensor/error.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace glance {
namespace {

// A file of this header, whatever it says, and this data.
std::string file_of(const std::string& header, const std::string& data = "") {
  std::string length;
  for (std::size_t i = 0; i < 8; ++i) length += static_cast<char>(header.size() >> 8 * i & 0xFF);
  return length + header + data;
}

Safetensors parse(const std::string& file) { return parse_safetensors(std::as_bytes(std::span(file)), "x"); }

// What parsing throws, or "" when it does not.
std::string error_of(const std::string& file) {
  try {
    parse(file);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

// One tensor "a" with fields as given: tensor(R"("U8")", "[2]", "[0,2]").
std::string tensor(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"a":{"dtype":)" + dtype + R"(,"shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
}

// Bytes from..to of data, named.
std::string piece(const std::string& name, int from, int to) {
  const std::string begin = std::to_string(from);
  const std::string end = std::to_string(to);
  return '"' + name + R"(":{"dtype":"U8","shape":[)" + std::to_string(to - from) + R"(],"data_offsets":[)" + begin +
         "," + end + "]}";
}

struct Lie {
  std::string file;
  std::string error;
};

}  // namespace

TEST_CASE("a file gives its tensors in the order of their bytes, and its metadata", "[safetensors]") {
  const std::string file = file_of(
      R"( {"late":{"dtype":"I16","shape":[2,1],"data_offsets":[4,8]},"__metadata__":{"format":"pt","":"x\n"},)"
      R"("early":{"data_offsets":[0,4],"shape":[],"dtype":"F32"},"none":{"dtype":"F64","shape":[3,0],"data_offsets":[8,8]}} )",
      "abcdefgh");
  const Safetensors contents = parse(file);
  CHECK(contents.metadata == Metadata{{"format", "pt"}, {"", "x\n"}});
  REQUIRE(contents.tensors.size() == 3);
  const auto check = [&](std::size_t i, const char* name, const char* dtype, const std::vector<std::uint64_t>& shape,
                         const char* bytes) {
    CHECK(contents.tensors[i].name == name);
    CHECK(contents.tensors[i].dtype == dtype);
    CHECK(contents.tensors[i].shape == shape);
    CHECK(text_of(contents.tensors[i].bytes) == bytes);
  };
  check(0, "early", "F32", {}, "abcd");
  check(1, "late", "I16", {2, 1}, "efgh");
  check(2, "none", "F64", {3, 0}, "");
  CHECK(contents.tensors[0].bytes.data() == bytes_of(file).data() + file.size() - 8);
}

TEST_CASE("every dtype of the format is known with its size", "[safetensors]") {
  const std::vector<std::pair<std::string, std::size_t>> bits = {
      {"BOOL", 8}, {"U8", 8},   {"I8", 8},      {"F8_E5M2", 8},     {"F8_E4M3", 8},     {"F8_E8M0", 8},
      {"I16", 16}, {"U16", 16}, {"F16", 16},    {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}, {"BF16", 16},
      {"I32", 32}, {"U32", 32}, {"F32", 32},    {"C64", 64},        {"F64", 64},        {"I64", 64},
      {"U64", 64}, {"F4", 4},   {"F6_E2M3", 6}, {"F6_E3M2", 6}};
  for (const auto& [dtype, size] : bits) {
    CAPTURE(dtype);
    const std::string header = tensor('"' + dtype + '"', "[4]", "[0," + std::to_string(size / 2) + "]");
    CHECK(parse(file_of(header, std::string(size / 2, 'x'))).tensors.at(0).dtype == dtype);
    CHECK_FALSE(error_of(file_of(header, std::string(size / 2 + 1, 'x'))).empty());
  }
}

TEST_CASE("what the reference reader accepts is accepted", "[safetensors]") {
  const std::string one = R"("dtype":"U8","shape":[1],"data_offsets":[0,1])";
  const std::vector<std::string> headers = {
      "{\"a\":{" + one + "}}  \n\t\r ",
      "\n {\"a\":{" + one + "}}",
      R"({"__metadata__":null,"a":{)" + one + "}}",
      R"({"__metadata__":{},"a":{)" + one + "}}",
      R"({"a":{"more":[1,{"shape":null},-1.5e3],"x":null,"x":true,)" + one + "}}",
      R"({"a":{"deep":)" + std::string(125, '[') + std::string(125, ']') + "," + one + "}}",
      R"({"":{)" + one + "}}",
      R"({"\ud83d\ude00\u0000 \u00e9":{)" + one + "}}",
      "{\"caf\xC3\xA9 \xF0\x9F\x98\x80 \x7F\":{" + one + "}}",
      "{" + piece("a", 0, 1) + "," + piece("b", 1, 1) + "," + piece("c", 0, 0) + "," + piece("d", 1, 1) + "}",
      R"({"z":{"dtype":"F64","shape":[0,18446744073709551615],"data_offsets":[0,0]},"a":{)" + one + "}}",
  };
  for (const std::string& header : headers) {
    CAPTURE(header);
    CHECK(error_of(file_of(header, "x")).empty());
  }
  CHECK(parse(file_of("{}")).tensors.empty());
  CHECK(parse(file_of(headers[7], "x")).tensors[0].name == std::string("\xF0\x9F\x98\x80\0 \xC3\xA9", 8));
}

TEST_CASE("a file that does not begin as one is refused", "[safetensors]") {
  CHECK(error_of("") ==
        "x: 0 bytes are too few for a safetensors file, which begins with the 8-byte length of its header");
  CHECK(error_of("1234567") ==
        "x: 7 bytes are too few for a safetensors file, which begins with the 8-byte length of its header");
  const std::string not_ours =
      "x: not a safetensors file: its first 8 bytes announce a header of {} bytes, and 100000000 is the most";
  const auto announces = [&](const char* length) {
    return std::string(not_ours).replace(not_ours.find("{}"), 2, length);
  };
  CHECK(error_of("\x89PNG\r\n\x1A\n") == announces("727905341920923785"));
  CHECK(error_of(std::string(8, '\xFF')) == announces("18446744073709551615"));
  CHECK(error_of(std::string("\x01\xE1\xF5\x05\0\0\0\0", 8)) == announces("100000001"));
  CHECK(error_of(std::string("\x00\xE1\xF5\x05\0\0\0\0{}", 10)) ==
        "x: the header of 100000000 bytes ends at byte 100000008, but the file at byte 10");
  CHECK(error_of(std::string("\x03\0\0\0\0\0\0\0{}", 10)) ==
        "x: the header of 3 bytes ends at byte 11, but the file at byte 10");
}

TEST_CASE("a header that is not UTF-8 is refused where it goes wrong", "[safetensors]") {
  const std::vector<std::string> wrong = {"\xFF",
                                          "\x80",
                                          "\xC3",
                                          "\xC3(",
                                          "\xC0\x80",
                                          "\xC1\xBF",
                                          "\xE0\x9F\xBF",
                                          "\xED\xA0\x80",
                                          "\xE2\x82",
                                          "\xF0\x8F\xBF\xBF",
                                          "\xF0\x9F\x98",
                                          "\xF4\x90\x80\x80",
                                          "\xF5\x80\x80\x80"};
  for (const std::string& bytes : wrong) {
    CAPTURE(bytes);
    CHECK(error_of(file_of("{\"\xC3\xA9" + bytes + "\":1}")) == "x: the header is not UTF-8 at byte 12");
    CHECK(error_of(file_of("{}" + bytes)) == "x: the header is not UTF-8 at byte 10");
  }
  for (const std::string right :
       {"\x7F", "\xC2\x80", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"})
    CHECK(error_of(file_of("{\"__metadata__\":{\"" + right + "\":\"" + right + "\"}}")).empty());
}

TEST_CASE("a header that is not JSON is refused where it goes wrong", "[safetensors]") {
  using namespace std::string_literals;
  const std::vector<std::pair<std::string, int>> cases = {
      {"", 8},
      {"   ", 11},
      {"{", 9},
      {"{}}", 10},
      {"{}{}", 10},
      {"{\"a\"}", 12},
      {"{\"a\":}", 13},
      {"{,}", 9},
      {"{'a':1}", 9},
      {"/**/{}", 8},
      {"{}\0\0"s, 10},
      {"\0{}"s, 8},
      {"{\"\0\":1}"s, 10},
      {"\xEF\xBB\xBF{}", 8},
      {"{\"\n\":1}", 10},
      {"{\"\\x\":1}", 11},
      {"{\"\\ud800\":1}", 16},
  };
  for (const auto& [header, at] : cases) {
    CAPTURE(header);
    CHECK(error_of(file_of(header)) == "x: the header is not JSON at byte " + std::to_string(at));
  }
  for (const std::string number : {"01", "1.", ".5", "+1", "1e", "0x1", "NaN", "Infinity", "1e999", "-"}) {
    CAPTURE(number);
    CHECK(error_of(file_of(tensor("\"U8\"", "[" + number + "]", "[0,1]"), "x")).find("is not JSON") !=
          std::string::npos);
  }
}

TEST_CASE("a header of the wrong form is refused by name", "[safetensors]") {
  const std::string one = R"("dtype":"U8","shape":[1],"data_offsets":[0,1])";
  const std::string object = "an object with dtype, shape and data_offsets";
  const std::string whole = "a whole number from 0 to 2^64 - 1";
  const std::vector<Lie> lies = {
      {"[]", "x: the header: a list, expected an object"},
      {"null", "x: the header: null, expected an object"},
      {"7", "x: the header: a number, expected an object"},
      {"\"{}\"", "x: the header: a string, expected an object"},
      {R"({"a":null})", "x: tensor \"a\": null, expected " + object},
      {R"({"a":["U8",[1],[0,1]]})", "x: tensor \"a\": a list, expected " + object},
      {R"({"a":1})", "x: tensor \"a\": a number, expected " + object},
      {R"({"a":{}})", "x: tensor \"a\": has no dtype"},
      {R"({"a":{"dtype":"U8"}})", "x: tensor \"a\": has no shape"},
      {R"({"a":{"dtype":"U8","shape":[1]}})", "x: tensor \"a\": has no data_offsets"},
      {R"({"a":{"dtype":"U8",)" + one + "}}", "x: tensor \"a\": dtype: is given twice"},
      {R"({"a":{)" + one + R"(,"shape":[1]}})", "x: tensor \"a\": shape: is given twice"},
      {R"({"a":{)" + one + R"(,"data_offsets":[0,1]}})", "x: tensor \"a\": data_offsets: is given twice"},
      {R"({"a":{)" + one + R"(},"a":{)" + one + "}}", "x: tensor \"a\" is given twice"},
      {R"({"__metadata__":[]})", "x: __metadata__: a list, expected an object of strings"},
      {R"({"__metadata__":"pt"})", "x: __metadata__: a string, expected an object of strings"},
      {R"({"__metadata__":{"k":1}})", "x: __metadata__: \"k\": a number, expected a string"},
      {R"({"__metadata__":{"k":null}})", "x: __metadata__: \"k\": null, expected a string"},
      {R"({"__metadata__":{"k":{}}})", "x: __metadata__: \"k\": an object, expected a string"},
      {R"({"__metadata__":{"k":"","k":""}})", "x: __metadata__: \"k\": is given twice"},
      {R"({"__metadata__":{},"__metadata__":{}})", "x: __metadata__: is given twice"},
      {tensor("\"F99\"", "[1]", "[0,1]"), "x: tensor \"a\": dtype: \"F99\" is not a dtype of the format"},
      {tensor("\"f32\"", "[1]", "[0,1]"), "x: tensor \"a\": dtype: \"f32\" is not a dtype of the format"},
      {tensor("8", "[1]", "[0,1]"), "x: tensor \"a\": dtype: a number, expected a string"},
      {tensor(R"({"U8":null})", "[1]", "[0,1]"), "x: tensor \"a\": dtype: an object, expected a string"},
      {tensor("\"U8\"", "1", "[0,1]"), "x: tensor \"a\": shape: a number, expected a list of whole numbers"},
      {tensor("\"U8\"", "null", "[0,1]"), "x: tensor \"a\": shape: null, expected a list of whole numbers"},
      {tensor("\"U8\"", "[[1]]", "[0,1]"), "x: tensor \"a\": shape: a list, expected " + whole},
      {tensor("\"U8\"", "[-1]", "[0,1]"), "x: tensor \"a\": shape: a negative number, expected " + whole},
      {tensor("\"U8\"", "[-0]", "[0,1]"), "x: tensor \"a\": shape: a negative number, expected " + whole},
      {tensor("\"U8\"", "[\"1\"]", "[0,1]"), "x: tensor \"a\": shape: a string, expected " + whole},
      {tensor("\"U8\"", "[true]", "[0,1]"), "x: tensor \"a\": shape: true or false, expected " + whole},
      {tensor("\"U8\"", "[1.0]", "[0,1]"),
       "x: tensor \"a\": shape: a number that is not whole or too large, expected " + whole},
      {tensor("\"U8\"", "[1]", "[0,1e0]"),
       "x: tensor \"a\": data_offsets: a number that is not whole or too large, expected " + whole},
      {tensor("\"U8\"", "[18446744073709551616]", "[0,1]"),
       "x: tensor \"a\": shape: a number that is not whole or too large, expected " + whole},
      {tensor("\"U8\"", "[1]", "[0]"), "x: tensor \"a\": data_offsets: [0] is not a pair"},
      {tensor("\"U8\"", "[1]", "[0,1,2]"), "x: tensor \"a\": data_offsets: [0, 1, 2] is not a pair"},
      {tensor("\"U8\"", "[1]", "{}"), "x: tensor \"a\": data_offsets: an object, expected a list of two whole numbers"},
  };
  for (const Lie& lie : lies) {
    CAPTURE(lie.file);
    CHECK(error_of(file_of(lie.file, "x")) == lie.error);
  }
}

TEST_CASE("tensors that do not fit their bytes are refused", "[safetensors]") {
  const std::string big = "has more bits than 64-bit numbers can count";
  const std::vector<Lie> lies = {
      {file_of(tensor("\"I32\"", "[2,2]", "[0,20]"), std::string(20, 'x')),
       "x: tensor \"a\": data_offsets [0, 20] are 20 bytes, but shape [2, 2] of I32 takes 16"},
      {file_of(tensor("\"U8\"", "[0]", "[0,1]"), "x"),
       "x: tensor \"a\": data_offsets [0, 1] are 1 bytes, but shape [0] of U8 takes 0"},
      {file_of(tensor("\"U8\"", "[2]", "[0,2]"), "x"),
       "x: tensor \"a\": data_offsets [0, 2] run past the end of the data, which is 1 bytes"},
      {file_of(tensor("\"U8\"", "[4194304]", "[0,4194304]"), "x"),
       "x: tensor \"a\": data_offsets [0, 4194304] run past the end of the data, which is 1 bytes"},
      {file_of(tensor("\"U8\"", "[0]", "[1,0]"), "x"), "x: tensor \"a\": data_offsets [1, 0] end before they begin"},
      {file_of(tensor("\"U8\"", "[1]", "[18446744073709551615,0]"), "x"),
       "x: tensor \"a\": data_offsets [18446744073709551615, 0] end before they begin"},
      {file_of(tensor("\"U8\"", "[1]", "[1,2]"), "xx"),
       "x: tensor \"a\": data_offsets [1, 2] leave a hole: no tensor has the bytes from 0"},
      {file_of("{" + piece("a", 0, 1) + "," + piece("b", 2, 3) + "}", "xxx"),
       "x: tensor \"b\": data_offsets [2, 3] leave a hole: no tensor has the bytes from 1"},
      {file_of("{" + piece("a", 0, 2) + "," + piece("b", 1, 3) + "}", "xxx"),
       "x: tensor \"b\": data_offsets [1, 3] overlap with the tensor before, which ends at 2"},
      {file_of("{" + piece("a", 0, 2) + "," + piece("b", 0, 2) + "}", "xx"),
       "x: tensor \"b\": data_offsets [0, 2] overlap with the tensor before, which ends at 2"},
      {file_of("{" + piece("inside", 1, 1) + "," + piece("b", 0, 2) + "}", "xx"),
       "x: tensor \"inside\": data_offsets [1, 1] overlap with the tensor before, which ends at 2"},
      {file_of("{" + piece("a", 0, 1) + "}", "xyz"), "x: 2 bytes at the end, from byte 62, belong to no tensor"},
      {file_of("{}", "x"), "x: 1 bytes at the end, from byte 10, belong to no tensor"},
      {file_of(tensor("\"U8\"", "[4294967296,4294967296]", "[0,1]"), "x"),
       "x: tensor \"a\": shape [4294967296, 4294967296] of U8 " + big},
      {file_of(tensor("\"U8\"", "[9223372036854775808,4,0]", "[0,0]")),
       "x: tensor \"a\": shape [9223372036854775808, 4, 0] of U8 " + big},
      {file_of(tensor("\"F64\"", "[2305843009213693952]", "[0,0]")),
       "x: tensor \"a\": shape [2305843009213693952] of F64 " + big},
      {file_of(tensor("\"U8\"", "[18446744073709551615]", "[0,18446744073709551615]"), "x"),
       "x: tensor \"a\": shape [18446744073709551615] of U8 " + big},
      {file_of(tensor("\"F4\"", "[3]", "[0,2]"), "xx"),
       "x: tensor \"a\": shape [3] of F4 does not end on a whole byte"},
      {file_of(tensor("\"F6_E3M2\"", "[2,1]", "[0,2]"), "xx"),
       "x: tensor \"a\": shape [2, 1] of F6_E3M2 does not end on a whole byte"},
  };
  for (const Lie& lie : lies) {
    CAPTURE(lie.file);
    CHECK(error_of(lie.file) == lie.error);
  }
}

TEST_CASE("nesting neither exhausts the stack nor passes", "[safetensors]") {
  const std::string deep(5'000'000, '[');
  CHECK(error_of(file_of(deep)) == "x: the header: a list, expected an object");
  CHECK(error_of(file_of(R"({"a":{"more":)" + deep)) == "x: tensor \"a\": \"more\": is nested too deeply");
  const std::string just_too_deep = std::string(126, '[') + std::string(126, ']');
  CHECK(error_of(file_of(R"({"a":{"more":)" + just_too_deep + "}}")) ==
        "x: tensor \"a\": \"more\": is nested too deeply");
}

TEST_CASE("hostile text is shown short and on one line", "[safetensors]") {
  CHECK(error_of(file_of(R"({"\u001b[31m\n":1})")).find("x: tensor \"\\u001b[31m\\n\": a number") == 0);
  CHECK(error_of(file_of("{\"" + std::string(1'000'000, 'n') + "\":1}")).size() < 200);
  CHECK(error_of(file_of(tensor("\"" + std::string(1'000'000, 'F') + "\"", "[1]", "[0,1]"))).size() < 200);
  std::string ones = "[1";
  for (int i = 0; i < 100'000; ++i) ones += ",1";
  CHECK(
      error_of(file_of(tensor("\"U8\"", ones + "]", "[0,2]"), "xx")) ==
      "x: tensor \"a\": data_offsets [0, 2] are 2 bytes, but shape [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, ...] of U8 takes 1");
}

TEST_CASE("a file is read through a map, and its errors name it", "[safetensors]") {
  const TemporaryFolder folder;
  put_text(folder / "good", file_of("{" + piece("a", 0, 3) + "}", "abc"));
  SafetensorsFile file = read_safetensors(folder / "good");
  const SafetensorsFile moved = std::move(file);
  CHECK(text_of(moved.contents.tensors.at(0).bytes) == "abc");

  put_text(folder / "empty", "");
  CHECK_THROWS_WITH(read_safetensors(folder / "empty"),
                    Catch::Matchers::StartsWith((folder / "empty") + ": 0 bytes are too few"));
  CHECK_THROWS_AS(read_safetensors(folder / "none"), Error);
  CHECK_THROWS_AS(read_safetensors(folder.path()), Error);
}

TEST_CASE("a written file is the reference writer's, byte for byte", "[safetensors]") {
  const TemporaryFolder folder;
  const std::string floats("\0\0\0\0\0\0\x80?\0\0\0@\0\0@@\0\0\x80@\0\0\xA0@", 24);
  const auto written = [&](const std::vector<StoredTensor>& tensors, const Metadata& metadata) {
    write_safetensors(folder / "x", tensors, metadata);
    return get_text(folder / "x");
  };
  CHECK(written({}, {}) == file_of("{}      "));
  CHECK(written({}, {{"framework", "pt"}}) == file_of(R"({"__metadata__":{"framework":"pt"}}     )"));
  CHECK(written({{"attn.0", "F32", {1, 2, 3}, bytes_of(floats)}}, {}) ==
        file_of(R"({"attn.0":{"dtype":"F32","shape":[1,2,3],"data_offsets":[0,24]}})", floats));
  CHECK(written({{"attn0", "F32", {1, 1, 2, 3}, bytes_of(floats)}}, {}) ==
        file_of(R"({"attn0":{"dtype":"F32","shape":[1,1,2,3],"data_offsets":[0,24]}}       )", floats));

  const std::string mixed = R"({"b":{"dtype":"F64","shape":[],"data_offsets":[0,8]},)"
                            R"("c":{"dtype":"F64","shape":[0],"data_offsets":[8,8]},)"
                            R"("a\"\n":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},)"
                            R"("z":{"dtype":"BOOL","shape":[3],"data_offsets":[12,15]}}    )";
  const std::vector<StoredTensor> tensors = {{"z", "BOOL", {3}, bytes_of(floats).first(3)},
                                             {"c", "F64", {0}, {}},
                                             {"a\"\n", "F32", {1}, bytes_of(floats).subspan(4, 4)},
                                             {"b", "F64", {}, bytes_of(floats).subspan(8, 8)}};
  const std::string data = floats.substr(8, 8) + floats.substr(4, 4) + floats.substr(0, 3);
  CHECK(written(tensors, {}) == file_of(mixed, data));
  CHECK(written({tensors.rbegin(), tensors.rend()}, {}) == file_of(mixed, data));
}

TEST_CASE("what is written is read back", "[safetensors]") {
  const TemporaryFolder folder;
  const Metadata metadata = {{"", ""}, {"caf\xC3\xA9", "\xF0\x9F\x98\x80\n\"\\\x01"}, {"format", "pt"}};
  const std::string data = "0123456789abcdef";
  const std::vector<StoredTensor> tensors = {{"one", "U64", {2}, bytes_of(data)},
                                             {"\xC3\xA9", "F6_E2M3", {4}, bytes_of(data).first(3)},
                                             {"", "BF16", {1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, bytes_of(data).first(2)}};
  write_safetensors(folder / "x", tensors, metadata);
  const SafetensorsFile file = read_safetensors(folder / "x");
  CHECK(file.contents.metadata == metadata);
  REQUIRE(file.contents.tensors.size() == 3);
  for (const auto& [here, there] : {std::pair(0, 0), std::pair(1, 2), std::pair(2, 1)}) {
    const StoredTensor& read = file.contents.tensors[static_cast<std::size_t>(here)];
    const StoredTensor& wrote = tensors[static_cast<std::size_t>(there)];
    CHECK(read.name == wrote.name);
    CHECK(read.dtype == wrote.dtype);
    CHECK(read.shape == wrote.shape);
    CHECK(text_of(read.bytes) == text_of(wrote.bytes));
  }
}

TEST_CASE("what would not be read back is not written", "[safetensors]") {
  const TemporaryFolder folder;
  const std::string path = folder / "x";
  put_text(path, "old");
  const std::string data = "abcd";
  const auto refusal = [&](const std::vector<StoredTensor>& tensors, const Metadata& metadata = {}) {
    try {
      write_safetensors(path, tensors, metadata);
    } catch (const Error& error) {
      return std::string(error.what()).substr(path.size());
    }
    return std::string();
  };
  CHECK(refusal({{"a", "F32", {2}, bytes_of(data)}}) ==
        ": tensor \"a\": shape [2] of F32 takes 8 bytes, but there are 4");
  CHECK(refusal({{"a", "float", {1}, bytes_of(data)}}) == ": tensor \"a\": \"float\" is not a dtype of the format");
  CHECK(refusal({{"a", "F4", {1}, bytes_of(data)}}) == ": tensor \"a\": shape [1] of F4 does not end on a whole byte");
  CHECK(refusal({{"__metadata__", "F32", {1}, bytes_of(data)}}) ==
        ": tensor \"__metadata__\": this name is kept for the metadata");
  CHECK(refusal({{"\xFF", "F32", {1}, bytes_of(data)}}) == ": tensor \"\\ufffd\": the name is not UTF-8");
  CHECK(refusal({{"a", "F32", {1}, bytes_of(data)}, {"a", "U8", {4}, bytes_of(data)}}) ==
        ": tensor \"a\" is given twice");
  CHECK(refusal({}, {{"k", "\xC3"}}) == ": __metadata__: \"k\" or its value is not UTF-8");
  CHECK(get_text(path) == "old");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("a damaged file is read or refused, never worse", "[safetensors]") {
  const std::string good = file_of(
      R"({"__metadata__":{"format":"pt","x":"\u00e9"},"w":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},)"
      R"("f":{"dtype":"F16","shape":[4],"data_offsets":[16,24]},"n":{"dtype":"BOOL","shape":[],"data_offsets":[24,25]}})",
      "0123456789abcdefghijklmno");
  REQUIRE(error_of(good).empty());
  std::mt19937 random(20250101);
  const auto below = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
  const std::string favourites("0123456789{}[]:,\"\\-.eE\xFF\x7F \0", 26);
  int accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string file = good;
    for (std::size_t changes = 1 + below(3); changes > 0 && !file.empty(); --changes) {
      const std::size_t at = below(file.size());
      switch (below(5)) {
        case 0:
          file[at] = static_cast<char>(below(256));
          break;
        case 1:
          file[at] = favourites[below(favourites.size())];
          break;
        case 2:
          file.erase(at, 1 + below(4));
          break;
        case 3:
          file.insert(at, file.substr(below(file.size()), below(20)));
          break;
        default:
          file.resize(at + 1);
      }
    }
    // Half of them with the length put right, to reach what lies behind it.
    const std::size_t end = file.rfind('}');
    if (below(2) == 0 && end != std::string::npos && end > 8)
      file = file_of(file.substr(8, end - 7), file.substr(end + 1));
    accepted += error_of(file).empty();  // any other exception fails the test
  }
  CHECK(accepted > 100);
  CHECK(accepted < 19'900);
}

TEST_CASE("the reference's own cases", "[safetensors]") {
  const char* folder = std::getenv("GLANCE_SAFETENSORS_CASES");
  if (!folder) {
    WARN("skipped: GLANCE_SAFETENSORS_CASES does not name the folder with cases.json");
    return;
  }
  const std::string root = std::string(folder) + "/";
  const auto cases = nlohmann::json::parse(get_text(root + "cases.json"));
  REQUIRE(cases.size() > 0);
  const TemporaryFolder output;
  for (const auto& one : cases) {
    const std::string name = one["file"];
    CAPTURE(name);
    if (one["expect"].get<std::string>().rfind("OK", 0) != 0) {
      CHECK_THROWS_AS(read_safetensors(root + name), Error);
      continue;
    }
    const SafetensorsFile file = read_safetensors(root + name);
    if (one.contains("metadata")) CHECK(file.contents.metadata == one["metadata"].get<Metadata>());
    if (one.contains("tensors")) CHECK(file.contents.tensors.size() == one["tensors"].size());
    for (const StoredTensor& stored : file.contents.tensors) {
      if (!one.contains("tensors")) continue;
      const auto& expected = one["tensors"].at(stored.name);
      CHECK(stored.dtype == expected["dtype"].get<std::string>());
      CHECK(stored.shape == expected["shape"].get<std::vector<std::uint64_t>>());
    }
    if (one["note"].get<std::string>().find("byte-exact") != std::string::npos) {
      write_safetensors(output / name, file.contents.tensors, file.contents.metadata);
      CHECK(get_text(output / name) == get_text(root + name));
    }
  }
}

}  // namespace glance
