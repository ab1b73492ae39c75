// Walks the graph and writes it down for Graphviz.
#include "glance/autograd/draw.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "glance/autograd/node.h"

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

// Names by node, several of one node in the order they were given in.
std::unordered_map<const detail::Node*, std::vector<std::string>> names_by_node(std::span<const NamedVariable> names) {
  std::unordered_map<const detail::Node*, std::vector<std::string>> result;
  for (const auto& [name, variable] : names)
    if (const detail::Node* node = variable.node().get()) result[node].push_back(name);
  return result;
}

class Drawing {
 public:
  Drawing(std::span<const VariableRef> outputs, std::span<const NamedVariable> names)
      : names_(names_by_node(names)), nodes_(nodes_behind(outputs)) {
    for (const VariableRef& output : outputs) ends_.insert(output->node().get());
    for (const detail::Node* node : nodes_) {
      ids_.emplace(node, ids_.size());
      layers_.push_back(layer_of(*node));
    }
  }

  std::string text() const {
    std::string text = "digraph {\n  node [fontname=\"sans-serif\"];\n";
    std::vector<std::string> framed;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      const std::string& layer = layers_[i];
      if (layer.empty()) {
        text += declaration(i, "  ");
      } else if (std::find(framed.begin(), framed.end(), layer) == framed.end()) {
        text += frame(layer, framed.size());
        framed.push_back(layer);
      }
      for (const detail::Edge& edge : nodes_[i]->edges())
        if (edge.node) text += fmt::format("  n{} -> n{};\n", ids_.at(edge.node.get()), i);
    }
    return text + "}\n";
  }

 private:
  // Of a parameter by its name, of an operation by the parameters it takes; empty when it takes none, or others too.
  std::string layer_of(const detail::Node& node) const {
    if (node.is_parameter()) {
      const auto found = names_.find(&node);
      const std::string name = found == names_.end() ? "" : found->second.front();
      const auto point = name.rfind('.');
      return point == std::string::npos ? "" : name.substr(0, point);
    }
    std::string layer;
    bool found = false;
    for (const detail::Edge& edge : node.edges()) {
      if (!edge.node || !edge.node->is_parameter()) continue;
      const std::string& of_parameter = layers_[ids_.at(edge.node.get())];
      if (found && of_parameter != layer) return "";
      layer = of_parameter;
      found = true;
    }
    return layer;
  }

  std::string frame(const std::string& layer, std::size_t number) const {
    std::string text = fmt::format("  subgraph cluster{} {{\n    label=\"{}\"; fontname=\"sans-serif\"; color=gray;\n",
                                   number, escaped(layer));
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      if (layers_[i] == layer) text += declaration(i, "    ");
    return text + "  }\n";
  }

  std::string declaration(std::size_t i, const char* indent) const {
    const detail::Node& node = *nodes_[i];
    return fmt::format("{}n{} [label=\"{}\"{}{}];\n", indent, i, label(node), node.is_parameter() ? ", shape=box" : "",
                       ends_.count(&node) ? ", style=bold" : "");
  }

  std::string label(const detail::Node& node) const {
    const auto found = names_.find(&node);
    const std::string given = found == names_.end() ? "" : fmt::format("{}", fmt::join(found->second, ", "));
    std::string title = node.name();
    if (!given.empty()) title = node.is_parameter() ? given : given + " = " + title;
    std::string result = escaped(title);
    for (const detail::OutputInfo& output : node.outputs()) result += "\\n" + to_string(output.shape);
    return result;
  }

  std::unordered_map<const detail::Node*, std::vector<std::string>> names_;
  std::vector<const detail::Node*> nodes_;
  std::unordered_map<const detail::Node*, std::size_t> ids_;
  std::vector<std::string> layers_;  // by node; empty: in no frame
  std::unordered_set<const detail::Node*> ends_;
};

}  // namespace

std::string draw_graph(std::span<const VariableRef> outputs, std::span<const NamedVariable> names) {
  for (const VariableRef& output : outputs)
    if (!output->given() || !output->requires_grad())
      throw Error("draw_graph: an output has no history: it is a constant, or was computed under NoGrad");
  return Drawing(outputs, names).text();
}

std::string draw_graph(const Variable& output, std::span<const NamedVariable> names) {
  const VariableRef outputs[] = {output};
  return draw_graph(outputs, names);
}

std::string draw_graph(const Variable& output, std::initializer_list<NamedVariable> names) {
  return draw_graph(output, std::span(names.begin(), names.size()));
}

}  // namespace glance
