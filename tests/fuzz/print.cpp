// Writes a program in the words of C++ and of PyTorch from the same forms.
#include "tests/fuzz/print.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "glance/tensor/create.h"
#include "tests/fuzz/operations.h"

namespace glance::fuzz {

namespace {

// How one language writes what a program holds.
struct Language {
  const char* nothing;
  const char* no_tensor;
  const char* list;    // of numbers
  const char* tensor;  // what makes one of its dtype, values, shape
  const char* yes;
  const char* no;
};

constexpr Language cpp{"Variable()", "Tensor()", "{{{}}}", "{0}({{{1}}}, {{{2}}})", "true", "false"};
constexpr Language python{"None", "None", "({},)", "{0}([{1}], ({2},))", "True", "False"};

std::string name_of(int id, const Language& language) {
  return id == no_argument ? language.nothing : fmt::format("v{}", id);
}

std::string write(const std::vector<Index>& list, const Language& language) {
  return list.empty() ? (language.list == cpp.list ? "{}" : "()")
                      : fmt::format(fmt::runtime(language.list), fmt::join(list, ", "));
}

std::string write(const Tensor& x, const Language& language) {
  if (!x.defined()) return language.no_tensor;
  const std::string values = dispatch(x.dtype(), [&]<class T>() {
    std::vector<std::string> each;
    for (const T value : x.to_vector<T>()) {
      if constexpr (std::is_same_v<T, bool>)
        each.push_back(value ? language.yes : language.no);
      else
        each.push_back(fmt::format("{}", value));
    }
    return fmt::format("{}", fmt::join(each, ", "));
  });
  std::string text = fmt::format(fmt::runtime(language.tensor), x.dtype() == i64 ? "whole_numbers" : "mask", values,
                                 fmt::join(x.shape(), ", "));
  const std::size_t lone_comma = text.find("(,)");  // Python's empty tuple is ()
  if (lone_comma != text.npos) text.replace(lone_comma, 3, "()");
  return text;
}

std::string write(const Attribute& attribute, const Language& language) {
  return std::visit(
      [&](const auto& value) -> std::string {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, bool>) return value ? language.yes : language.no;
        if constexpr (std::is_same_v<T, double>) return fmt::format("{}", value);
        if constexpr (std::is_same_v<T, Index>) return fmt::format("{}", value);
        if constexpr (std::is_same_v<T, std::vector<Index>> || std::is_same_v<T, Tensor>) return write(value, language);
      },
      attribute);
}

std::string names_of(const std::vector<int>& ids, const Language& language) {
  std::vector<std::string> names;
  for (const int id : ids) names.push_back(name_of(id, language));
  return fmt::format("{}", fmt::join(names, ", "));
}

// What $word stands for in a printed form.
std::string meaning(const std::string& word, const Step& step, const Language& language) {
  const auto is_digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
  if (is_digit(word[0])) return name_of(step.arguments.at(std::stoul(word)), language);
  if (word[0] == 'r' && word.size() > 1 && is_digit(word[1]))
    return name_of(step.results.at(std::stoul(word.substr(1))), language);
  if (word == "all") return names_of(step.arguments, language);
  if (word == "results") return names_of(step.results, language) + (step.results.size() == 1 ? "," : "");
  if (word == "parts")
    return fmt::format("const std::vector<Variable> parts_of_{}", name_of(step.results[0], language));
  return write(step.attributes.all.at(word), language);
}

std::string fill_in(const std::string& form, const Step& step, const Language& language) {
  std::string text;
  for (std::size_t i = 0; i < form.size();) {
    if (form[i] != '$') {
      text += form[i++];
      continue;
    }
    std::size_t end = i + 1;
    while (end < form.size() && (std::isalnum(static_cast<unsigned char>(form[end])) != 0 ||
                                 (form[end] == '_' && std::isalpha(static_cast<unsigned char>(form[i + 1])) != 0)))
      ++end;
    text += meaning(form.substr(i + 1, end - i - 1), step, language);
    i = end;
  }
  return text;
}

std::string statement(const Step& step) {
  const std::string& form = step.operation->cpp;
  if (form.find("$parts") != form.npos) {
    std::string text = fill_in(form, step, cpp);
    for (std::size_t i = 0; i < step.results.size(); ++i)
      text += fmt::format(" const Variable v{} = parts_of_v{}[{}];", step.results[i], step.results[0], i);
    return text;
  }
  if (form.find("$r0") != form.npos) return fill_in(form, step, cpp);
  return fmt::format("const Variable v{} = {};", step.results[0], fill_in(form, step, cpp));
}

std::string maker_of(const char* name, const char* dtype) {
  return fmt::format(
      "  [[maybe_unused]] const auto {} = [](std::initializer_list<double> values, const Shape& shape) {{\n"
      "    return from_values(values, shape, {});\n  }};\n",
      name, dtype);
}

std::string as_f64(const Tensor& x) {
  return fmt::format("from_values({{{}}}, {{{}}}, f64)", fmt::join(x.to_vector<double>(), ", "),
                     fmt::join(x.shape(), ", "));
}

}  // namespace

std::string to_cpp(const Program& program) {
  std::string text = fmt::format(
      "// A random program, of seed {}.\n#include <glance/glance.h>\n\n#include <iostream>\n\n"
      "using namespace glance;\n\nint main() {{\n{}{}",
      program.seed, maker_of("whole_numbers", "i64"), maker_of("mask", "boolean"));
  for (const Input& input : program.inputs)
    text += fmt::format("  const Variable v{} = parameter({});\n", input.id, as_f64(input.value));
  for (const Step& step : program.steps) text += fmt::format("  {}\n", statement(step));
  const auto values = evaluate(program, parameters_of(program, {}));
  text += "  const Variable projection = scalar(0, f64)";
  for (const int id : program.outputs)
    text += fmt::format(" +\n      sum(v{} * {})", id, as_f64(direction_of(program, id, values.at(id).shape())));
  std::vector<std::string> names;
  for (const Input& input : program.inputs) names.push_back(fmt::format("v{}", input.id));
  text += fmt::format(
      ";\n  for (const Variable& gradient : grad(projection, {{{}}}))\n"
      "    std::cout << gradient.value() << \"\\n\";\n}}\n",
      fmt::join(names, ", "));
  return text;
}

std::string to_json(const Program& program) {
  using nlohmann::json;
  const auto dense = [](int id, const Tensor& x) {
    return json{{"name", fmt::format("v{}", id)},
                {"shape", std::vector<Index>(x.shape().begin(), x.shape().end())},
                {"values", x.to_vector<double>()}};
  };
  json text{{"seed", program.seed}, {"inputs", json::array()}, {"steps", json::array()}, {"outputs", json::array()}};
  for (const Step& step : program.steps) {
    const std::string& form = step.operation->python;
    if (form.empty()) return "";
    const std::string filled = fill_in(form, step, python);
    text["steps"].push_back(form.find("$results") != form.npos ? filled
                                                               : fmt::format("v{} = {}", step.results[0], filled));
  }
  const Results results = differentiate(program);
  for (std::size_t i = 0; i < program.inputs.size(); ++i) {
    json input = dense(program.inputs[i].id, program.inputs[i].value);
    input["gradient"] = results.gradients[i].to_vector<double>();
    text["inputs"].push_back(std::move(input));
  }
  for (std::size_t i = 0; i < program.outputs.size(); ++i) {
    const Tensor& value = results.outputs[i];
    json output = dense(program.outputs[i], value);
    output["direction"] = direction_of(program, program.outputs[i], value.shape()).to_vector<double>();
    text["outputs"].push_back(std::move(output));
  }
  return text.dump();
}

}  // namespace glance::fuzz
