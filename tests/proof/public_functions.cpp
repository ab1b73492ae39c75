// Finds declarations in headers with regular expressions: the house's style is plain enough for them.
#include "tests/proof/public_functions.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <vector>

namespace glance::proof {

namespace {

std::string trimmed(const std::string& text) {
  const auto is_space = [](unsigned char c) { return std::isspace(c) != 0; };
  const auto first = std::find_if_not(text.begin(), text.end(), is_space);
  const auto last = std::find_if_not(text.rbegin(), text.rend(), is_space).base();
  return first < last ? std::string(first, last) : std::string();
}

std::string without_comments(const std::string& text) {
  std::string result;
  std::istringstream lines(std::regex_replace(text, std::regex(R"(/\*[^]*?\*/)"), " "));
  for (std::string line; std::getline(lines, line);)
    if (trimmed(line).rfind('#', 0) != 0) result += line.substr(0, line.find("//")) + "\n";
  return result;
}

struct Declaration {
  std::string result, name, arguments;
};

// A function's result, name and arguments; an empty name when the text declares something else.
Declaration parse(std::string text) {
  text = std::regex_replace(text, std::regex(R"(\s+)"), " ");
  // The arguments are the last group of parentheses that is not inside another.
  std::size_t open = std::string::npos, close = 0;
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(' && depth++ == 0) open = i;
    if (text[i] == ')' && --depth == 0) close = i;
  }
  if (open == std::string::npos) return {};
  std::string before = trimmed(text.substr(0, open));
  if (before.ends_with("operator")) {  // operator() itself
    before = trimmed(text.substr(0, text.rfind(')', open + 1) + 1));
  }
  std::smatch match;
  if (!std::regex_search(before, match, std::regex(R"((operator *[^\w\s]+|~?\w+)$)"))) return {};
  return {trimmed(match.prefix()), match.str(), text.substr(open + 1, close - open - 1)};
}

// "const Variable& x, double y = 1" -> "Variable, double"
std::string types_of(const std::string& arguments) {
  std::vector<std::string> list(1);
  int depth = 0;
  for (const char c : arguments) {
    if (c == '<' || c == '(' || c == '{' || c == '[') ++depth;
    if (c == '>' || c == ')' || c == '}' || c == ']') --depth;
    if (c == ',' && depth == 0)
      list.emplace_back();
    else
      list.back() += c;
  }
  std::string types;
  for (std::string& argument : list) {
    argument = argument.substr(0, argument.find('='));
    argument = std::regex_replace(argument, std::regex(R"(\bconst\b|&)"), "");
    argument = trimmed(std::regex_replace(argument, std::regex(R"(\s+)"), " "));
    argument = std::regex_replace(argument, std::regex("< "), "<");
    std::smatch name;  // what follows the type
    if (std::regex_search(argument, name, std::regex(R"([ *>](\w+)$)")))
      argument.resize(argument.size() - name[1].str().size());
    if (!types.empty()) types += ", ";
    types += trimmed(argument);
  }
  return types;
}

bool speaks_of_variables(const Declaration& declaration) {
  return (declaration.result + " " + declaration.arguments).find("Variable") != std::string::npos;
}

// Walks the declarations of a header.
class Reader {
 public:
  explicit Reader(const std::string& text) : text_(without_comments(text)) {}

  std::set<std::string> read() {
    scope("");
    return std::move(found_);
  }

 private:
  // Up to the closing brace of a namespace or, when `layer` is its name, of a struct.
  void scope(const std::string& layer) {
    std::string head;
    int parentheses = 0;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '(') ++parentheses;
      if (c == ')') --parentheses;
      if (parentheses > 0 || (c != '{' && c != '}' && c != ';')) {
        head += c;
        continue;
      }
      if (c == '}') return;
      if (c == ';') add(head, layer);
      if (c == '{') {
        ++at_;
        block(trimmed(head), layer);
      }
      head.clear();
    }
  }

  // What stands in braces after `head`; ends at the closing brace.
  void block(const std::string& head, const std::string& layer) {
    std::smatch match;
    const bool hidden = head == "namespace detail" || head.find("namespace") == std::string::npos;
    if (head.starts_with("namespace") && !hidden) return scope("");
    if (layer.empty() && std::regex_search(head, match, std::regex(R"(^struct (\w+)$)"))) {
      const std::string body = text_.substr(at_, end_of_block() - at_);
      if (body.find(" visit(auto& ") != std::string::npos || body.find(" visit(auto&, ") != std::string::npos)
        return scope(match[1]);
    }
    add(head, layer);
    at_ = end_of_block();
  }

  std::size_t end_of_block() const {
    int depth = 1;
    for (std::size_t i = at_; i < text_.size(); ++i) {
      if (text_[i] == '{') ++depth;
      if (text_[i] == '}' && --depth == 0) return i;
    }
    return text_.size();
  }

  void add(const std::string& text, const std::string& layer) {
    const Declaration declaration = parse(trimmed(text));
    if (declaration.name.empty() || declaration.result.find("using ") != std::string::npos) return;
    if (layer.empty()) {
      if (speaks_of_variables(declaration) && !declaration.result.ends_with("::"))
        found_.insert(declaration.name + "(" + types_of(declaration.arguments) + ")");
    } else if (declaration.name != layer && declaration.name != "visit") {
      found_.insert(declaration.name == "operator()" ? layer : layer + "::" + declaration.name);
    }
  }

  std::string text_;
  std::size_t at_ = 0;
  std::set<std::string> found_;
};

}  // namespace

std::set<std::string> signatures_in(const std::string& header) { return Reader(header).read(); }

std::set<std::string> public_functions(const std::filesystem::path& folder) {
  std::set<std::string> all;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".h") continue;
    std::stringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    all.merge(signatures_in(text.str()));
  }
  const auto name_of = [](const std::string& signature) { return signature.substr(0, signature.find('(')); };
  std::map<std::string, int> overloads;
  for (const std::string& signature : all) ++overloads[name_of(signature)];
  std::set<std::string> result;
  for (const std::string& signature : all)
    result.insert(overloads[name_of(signature)] > 1 ? signature : name_of(signature));
  return result;
}

}  // namespace glance::proof
