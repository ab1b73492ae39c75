#include "autograd/draw.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "autograd/node.h"

namespace glance {

namespace {

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    if (c == '\n')
      result += "\\n";
    else
      result += c;
  }
  return result;
}

// Every node behind the outputs, inputs before what was computed from them.
std::vector<const detail::Node*> nodes_behind(std::span<const VariableRef> outputs) {
  std::vector<const detail::Node*> found;
  std::unordered_set<const detail::Node*> seen;
  const auto visit = [&](const detail::Node* node) {
    if (node && seen.insert(node).second) found.push_back(node);
  };
  for (const VariableRef& output : outputs) visit(output->node().get());
  for (std::size_t i = 0; i < found.size(); ++i)
    for (const detail::Edge& edge : found[i]->edges()) visit(edge.node.get());
  std::stable_sort(found.begin(), found.end(), [](auto* a, auto* b) { return a->number() < b->number(); });
  return found;
}

std::string label(const detail::Node& node, std::span<const NamedVariable> names) {
  std::string given;
  for (const auto& [name, variable] : names)
    if (variable.node().get() == &node) given += (given.empty() ? "" : ", ") + name;
  std::string title = node.name();
  if (!given.empty()) title = node.is_parameter() ? given : given + " = " + title;
  std::string result = escaped(title);
  for (const detail::OutputInfo& output : node.outputs()) result += "\\n" + to_string(output.shape);
  return result;
}

}  // namespace

std::string draw_graph(std::span<const VariableRef> outputs, std::span<const NamedVariable> names) {
  std::unordered_set<const detail::Node*> ends;
  for (const VariableRef& output : outputs) {
    if (!output->requires_grad())
      throw Error("draw_graph: an output has no history: it is a constant, or was computed under NoGrad");
    ends.insert(output->node().get());
  }
  const std::vector<const detail::Node*> nodes = nodes_behind(outputs);
  std::unordered_map<const detail::Node*, std::size_t> ids;
  std::string text = "digraph {\n  node [fontname=\"sans-serif\"];\n";
  for (const detail::Node* node : nodes) {
    const std::size_t id = ids.emplace(node, ids.size()).first->second;
    text += fmt::format("  n{} [label=\"{}\"{}{}];\n", id, label(*node, names),
                        node->is_parameter() ? ", shape=box" : "", ends.count(node) ? ", style=bold" : "");
    for (const detail::Edge& edge : node->edges())
      if (edge.node) text += fmt::format("  n{} -> n{};\n", ids.at(edge.node.get()), id);
  }
  return text + "}\n";
}

std::string draw_graph(const Variable& output, std::span<const NamedVariable> names) {
  const VariableRef outputs[] = {output};
  return draw_graph(outputs, names);
}

std::string draw_graph(const Variable& output, std::initializer_list<NamedVariable> names) {
  return draw_graph(output, std::span(names.begin(), names.size()));
}

}  // namespace glance
