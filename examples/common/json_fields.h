#pragma once

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <type_traits>
#include <vector>

#include "glance/tensor/error.h"

// Structs whose fields are listed once, by a function that calls f(name, member) for each, as JSON: for checkpoints.
namespace glance {

// The name of a file as JSON, which holds UTF-8 only: a string, or the numbers of its bytes; and back.
inline nlohmann::json name_json(const std::string& name) {
  try {
    nlohmann::json text = name;
    text.dump();
    return text;
  } catch (const nlohmann::json::exception&) {
    return std::vector<unsigned char>(name.begin(), name.end());
  }
}
inline std::string name_from(const nlohmann::json& stored) {
  if (stored.is_string()) return stored.get<std::string>();
  const auto bytes = stored.get<std::vector<unsigned char>>();
  return {bytes.begin(), bytes.end()};
}

// What writes each field that it is called with into `to`.
inline auto json_writer(nlohmann::json& to) {
  return [&to](const char* key, const auto& value, bool = false) {
    if constexpr (requires { value.has_value(); })
      to[key] = value ? nlohmann::json(*value) : nlohmann::json();
    else
      to[key] = value;
  };
}

// What reads each from `from`. One that may be missing, because older files do not have it, is then left as it was.
// Throws Error for a fraction where a whole number belongs, and nlohmann's own for what is missing or of another kind.
inline auto json_reader(const nlohmann::json& from) {
  return [&from](const char* key, auto& value, bool may_be_missing = false) {
    if (may_be_missing && !from.contains(key)) return;
    const nlohmann::json& stored = from.at(key);
    // JSON would turn 1e300 into a whole number, or a kind, of its own choice.
    const auto read_into = [&](auto& number) {
      using T = std::remove_reference_t<decltype(number)>;
      if constexpr ((std::is_integral_v<T> && !std::is_same_v<T, bool>) || std::is_enum_v<T>)
        if (!stored.is_number_integer()) throw Error(fmt::format("its {} is not a whole number", key));
      stored.get_to(number);
    };
    if constexpr (requires { value.has_value(); }) {
      if (!stored.is_null()) read_into(value.emplace());
    } else {
      read_into(value);
    }
  };
}

}  // namespace glance
