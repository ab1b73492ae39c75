// A log is kept in memory and written whole for each line; what is there at the beginning is cut at the step to go on
// from.
#include "examples/common/step_log.h"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "glance/tensor/files/file.h"

namespace glance {

namespace {

// The lines up to a step's. A killed training may have logged a validation that its checkpoint does not have.
std::string kept_lines(const std::string& path, Index steps) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return {};  // a pipe would keep us waiting
  std::ifstream file(path);
  std::string kept, line;
  while (std::getline(file, line)) {
    const auto record = nlohmann::json::parse(line, nullptr, false);
    const auto step = record.is_object() ? record.find("step") : record.end();
    if (step == record.end() || !step->is_number_integer() || step->get<Index>() > steps) break;
    kept += line + "\n";
  }
  return kept;
}

}  // namespace

StepLog::StepLog(std::string path, Index steps) : path_(std::move(path)), text_(kept_lines(path_, steps)) {
  write_file(path_, text_);
}

void StepLog::add(const std::string& line) {
  text_ += line + "\n";
  write_file(path_, text_);
}

}  // namespace glance
