// Fields of structs to JSON and back, and JSON that does not fit them.
#include "examples/common/json_fields.h"

#include <cstdint>
#include <optional>

#include "tests/catch.h"

using namespace glance;
using nlohmann::json;

namespace {

enum class Kind { first, second };

struct Options {
  std::int64_t count = 1;
  double share = 0.5;
  bool flag = false;
  Kind kind = Kind::first;
  std::optional<std::int64_t> most = {};
  std::string name = "a";

  static void fields(auto& o, auto&& f) {
    f("count", o.count);
    f("share", o.share);
    f("flag", o.flag);
    f("kind", o.kind);
    f("most", o.most);
    f("name", o.name, true);
  }
  bool operator==(const Options&) const = default;
};

json written(const Options& options) {
  json result;
  Options::fields(options, json_writer(result));
  return result;
}

Options read(const json& stored) {
  Options options;
  Options::fields(options, json_reader(stored));
  return options;
}

}  // namespace

TEST_CASE("fields come back as they were written") {
  const Options other{-7, 1. / 3, true, Kind::second, 12, "é"};
  CHECK(read(written(other)) == other);
  CHECK(read(written({})) == Options());
  CHECK(written({}).at("most").is_null());
}

TEST_CASE("a field may be missing where older files do not have it, and nowhere else") {
  json stored = written({.count = 2, .name = "b"});
  stored.erase("name");
  CHECK(read(stored).name == "a");
  stored.erase("count");
  CHECK_THROWS_AS(read(stored), json::exception);
}

TEST_CASE("a fraction is no whole number and no kind") {
  for (const char* key : {"count", "kind", "most"})
    for (const json& wrong : {json(1.5), json(1e300), json("1")}) {
      json stored = written({});
      stored[key] = wrong;
      INFO(stored.dump());
      CHECK_THROWS_WITH(read(stored), Contains(key) && Contains("not a whole number"));
    }
  json stored = written({});
  stored["share"] = "x";
  CHECK_THROWS_AS(read(stored), json::exception);
}

TEST_CASE("names of files are kept, whatever their bytes") {
  for (const std::string name : {"", "a b", "é", "\xff\xfe", "a\x80"})
    CHECK(name_from(json::parse(name_json(name).dump())) == name);
  CHECK(name_json("a").is_string());
  CHECK_FALSE(name_json("\xff").is_string());
}
