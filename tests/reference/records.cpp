// Reads what PyTorch recorded, and says how an operation's results differ from it.
#include "tests/reference/records.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "glance/autograd/engine.h"
#include "glance/tensor/create.h"
#include "glance/tensor/files/tensor_file.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"

namespace glance {
namespace {

// The same values, of which no two are neighbours in memory.
Tensor strided(const Tensor& x) {
  if (x.rank() == 0) return x;
  std::vector<Index> doubled(x.shape().begin(), x.shape().end());
  doubled.back() *= 2;
  const Tensor room(Shape(doubled), x.dtype());
  const Tensor view = slice(room, -1, 0, doubled.back(), 2);
  assign(view, x);
  return view;
}

Call call_of(const Record& record, bool make_strided) {
  Call call{{}, record.arguments};
  for (const auto& [name, value] : record.inputs) {
    const Tensor input = make_strided ? strided(value) : value;
    call.inputs.emplace(name, record.gradients.contains(name) ? parameter(input) : Variable(input));
  }
  return call;
}

// What differs between this operation and the record, in words; "" when nothing does.
std::string check(const Record& record, const Operation& operation, const Tolerance& tolerance, bool make_strided) {
  const Call call = call_of(record, make_strided);
  const std::vector<Variable> outputs = operation(call);
  if (outputs.size() != record.outputs.size())
    return fmt::format("{} outputs, expected {}", outputs.size(), record.outputs.size());
  std::vector<VariableRef> differentiable, inputs;
  std::vector<Variable> weights;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const std::string wrong = difference(outputs[i].value(), record.outputs[i], tolerance);
    if (!wrong.empty()) return fmt::format("output {}: {}", i, wrong);
    if (!outputs[i].requires_grad()) continue;
    differentiable.push_back(outputs[i]);
    weights.push_back(weights_of(outputs[i].value(), static_cast<int>(i)));
  }
  for (const auto& [name, expected] : record.gradients) inputs.push_back(call.inputs.at(name));
  if (inputs.empty()) return "";
  const std::vector<VariableRef> weight_refs(weights.begin(), weights.end());
  const auto gradients = grad(differentiable, inputs, weight_refs);
  std::size_t next = 0;
  for (const auto& [name, expected] : record.gradients) {
    const std::string wrong = difference(gradients[next++].value(), expected, tolerance);
    if (!wrong.empty()) return fmt::format("gradient of {}: {}", name, wrong);
  }
  return "";
}

}  // namespace

std::vector<Record> read_records(const std::string& file) {
  const TensorFile contents = load_safetensors(std::string(GLANCE_SOURCE_DIR) + "/tests/reference/" + file);
  std::size_t taken = 0;
  std::vector<Record> records;
  for (const auto& entry : nlohmann::json::parse(contents.metadata.at("records"))) {
    Record record{entry.at("name"), entry.at("operation"), entry.at("arguments"), {}, {}, {}};
    const auto take = [&](const std::string& name) {
      ++taken;
      return contents.tensors.at(record.name + "/" + name);
    };
    for (const std::string name : entry.at("inputs")) record.inputs.emplace(name, take(name));
    for (int i = 0; i < entry.at("outputs"); ++i) record.outputs.push_back(take("output." + std::to_string(i)));
    for (const std::string name : entry.at("gradients")) record.gradients.emplace(name, take("gradient." + name));
    records.push_back(std::move(record));
  }
  REQUIRE(taken == contents.tensors.size());
  return records;
}

Tensor weights_of(const Tensor& output, int number) {
  std::vector<double> weights(static_cast<std::size_t>(output.numel()));
  for (std::size_t i = 0; i < weights.size(); ++i)
    weights[i] = (static_cast<double>((7 * static_cast<Index>(i) + 3 * number + 3) % 11) - 5.5) / 4;
  return to(from_values(std::span<const double>(weights), output.shape()), output.dtype());
}

Variable Call::operator[](const std::string& name) const {
  const auto found = inputs.find(name);
  return found == inputs.end() ? Variable() : found->second;
}

std::string difference(const Tensor& got, const Tensor& expected, const Tolerance& tolerance) {
  if (got.dtype() != expected.dtype()) return fmt::format("{}, not {}", name(got.dtype()), name(expected.dtype()));
  if (got.shape() != expected.shape())
    return fmt::format("shape [{}], not [{}]", fmt::join(got.shape(), ", "), fmt::join(expected.shape(), ", "));
  const double relative = got.dtype() == f32 ? tolerance.f32 : got.dtype() == f64 ? tolerance.f64 : 0;
  const auto is = to(got, f64).to_vector<double>();
  const auto should = to(expected, f64).to_vector<double>();
  for (std::size_t i = 0; i < is.size(); ++i) {
    const bool same = is[i] == should[i] || (std::isnan(is[i]) && std::isnan(should[i]));
    if (same || std::abs(is[i] - should[i]) <= relative * std::max(std::abs(should[i]), tolerance.floor)) continue;
    return fmt::format("element {} is {:.17g}, not {:.17g}", i, is[i], should[i]);
  }
  return "";
}

void check_records(const std::string& file, const std::map<std::string, Case>& cases) {
  std::set<std::string> unused;
  for (const auto& [name, one] : cases) unused.insert(name);
  for (const Record& record : read_records(file)) {
    const auto found = cases.find(record.operation);
    if (found == cases.end()) {
      FAIL_CHECK(record.name << ": no case computes " << record.operation);
      continue;
    }
    unused.erase(record.operation);
    for (std::size_t i = 0; i < found->second.operations.size(); ++i)
      for (const bool make_strided : {false, true}) {
        std::string wrong;
        try {
          wrong = check(record, found->second.operations[i], found->second.tolerance, make_strided);
        } catch (const std::exception& error) {
          wrong = error.what();
        }
        if (wrong.empty()) {
          SUCCEED();
        } else {
          FAIL_CHECK(record.name << (i > 0 ? fmt::format(", way {}", i) : "") << (make_strided ? ", strided" : "")
                                 << ": " << wrong);
        }
      }
  }
  CHECK(unused == std::set<std::string>{});
}

}  // namespace glance
