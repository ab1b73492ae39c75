// The log of a training read back, and the limits from which on something in it is said to be wrong.
#include "examples/seq2seq/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "glance/tensor/error.h"

namespace glance::seq2seq {

namespace {

using nlohmann::json;
using Findings = std::vector<Finding>;

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

LogRecord record_of(const json& line) {
  LogRecord record;
  // JSON has no NaN, so that such a loss stands there as null.
  const auto number = [&](const char* key) { return line.at(key).is_null() ? nothing : line.at(key).get<double>(); };
  record.step = line.at("step").get<Index>();
  if (line.contains("failure")) {
    record.failure = line.at("failure").get<std::string>();
    return record;
  }
  record.epoch = number("epoch");
  record.seconds = number("seconds");
  record.train_loss = number("train_loss");
  const auto score = [&](const char* key, std::optional<double>& value) {
    if (line.contains(key) && !line.at(key).is_null()) value = line.at(key).get<double>();
  };
  score("test_loss", record.test_loss);
  score("test_token_accuracy", record.token_accuracy);
  score("test_exact", record.exact);
  score("test_bleu", record.bleu);
  score("test_entropy", record.entropy);
  if (line.contains("gradient_norms"))
    for (const auto& [layer, norm] : line.at("gradient_norms").items())
      record.gradient_norms.emplace_back(layer, norm.is_null() ? nothing : norm.get<double>());
  return record;
}

// Of all layers together, as the root of the sum of their squares.
double norm_of(const LogRecord& record) {
  double sum = 0;
  for (const auto& [layer, norm] : record.gradient_norms) sum += norm * norm;
  return std::sqrt(sum);
}

std::string percent(double share) { return fmt::format("{:.0f}%", 100 * share); }

// "--rate 0.002" from 0.007: the next round number at about a third, or three times as much.
std::string rate(double wanted) {
  const double scale = std::pow(10, std::floor(std::log10(wanted)));
  return fmt::format("--rate {:g}", std::round(wanted / scale) * scale);
}
std::string lower(double now) { return rate(now / 3); }
std::string higher(double now) { return rate(3 * now); }

// The scorings of a training, and what is known beside them; never empty.
struct Course {
  const TrainingHistory& of;
  std::vector<LogRecord> log;  // without failures

  const LogRecord& first() const { return log.front(); }
  const LogRecord& last() const { return log.back(); }
};

void words_that_cannot_be_written(const Course& c, Findings& found) {
  if (!c.of.held_out) return;
  const HeldOut& h = *c.of.held_out;
  const std::string_view units = plural(c.of.unit);
  std::string advice = c.of.unit == Unit::characters ? "try more pairs" : "try --split characters, or more pairs";
  if (c.of.min_count > 1) advice += ", or a lower --min-count";
  if (h.unknown_targets > 0.1)
    found.push_back({"unknown targets",
                     fmt::format("{} of the held-out target {} were never seen, and cannot be written{}",
                                 percent(h.unknown_targets), units, h.ends > 0.99 ? "; only the ends are right" : ""),
                     advice});
  if (h.unknown_sources > 0.1)
    found.push_back({"unknown sources",
                     fmt::format("{} of the held-out source {} were never seen, and say nothing",
                                 percent(h.unknown_sources), units),
                     advice});
}

void ignored_source(const Course& c, Findings& found) {
  if (!c.of.held_out || !c.of.held_out->other_loss || c.of.held_out->unknown_targets > 0.5) return;
  const HeldOut& h = *c.of.held_out;
  if (*h.other_loss - h.loss < 0.05)
    found.push_back(
        {"source ignored",
         fmt::format("the loss is {:.2f}, and {:.2f} with another sentence's source", h.loss, *h.other_loss),
         "see that each target stands beside its own source; then more --epochs"});
}

void loss_that_does_not_fall(const Course& c, Findings& found) {
  const double from = c.first().train_loss, to = c.last().train_loss;
  const double guess = std::log(static_cast<double>(std::max<Index>(c.of.target_words, 1)));
  const bool first_is_early = c.first().epoch <= 1;
  // One scoring says something only where nothing was learnt at all.
  const bool flat = c.log.size() == 1 ? to > 0.9 * guess : to > 0.95 * from && to > 0.5 * guess && first_is_early;
  if (!flat) return;
  const bool slow = c.of.learning_rate < 3e-4;
  found.push_back({"loss does not fall",
                   fmt::format("training loss {:.2f} to {:.2f}; guessing among {} words is ln {} = {:.2f}", from, to,
                               c.of.target_words, c.of.target_words, guess),
                   slow ? fmt::format("the rate is low: try {}", higher(c.of.learning_rate))
                        : fmt::format("the rate may be too high: try {}; and see that the pairs are in order",
                                      lower(c.of.learning_rate))});
}

void loss_that_jumps(const Course& c, Findings& found) {
  double least = c.first().train_loss;
  for (const LogRecord& record : c.log) {
    if (record.train_loss > 1.3 * least + 0.3) {
      found.push_back(
          {"loss jumps",
           fmt::format("training loss {:.2f}, and {:.2f} at step {}", least, record.train_loss, record.step),
           fmt::format("the rate is too high: try {}, or a longer --warmup", lower(c.of.learning_rate))});
      return;
    }
    least = std::min(least, record.train_loss);
  }
}

// Still falling fast where it ended, and not because its pairs are learnt by heart.
void ended_too_early(const Course& c, Findings& found) {
  if (c.log.size() < 2 || !c.of.over) return;
  const LogRecord &before = c.log[c.log.size() - 2], &end = c.last();
  const double epochs = std::max(end.epoch - before.epoch, 1e-9);
  const double kept = std::pow(end.train_loss / before.train_loss, 1 / epochs);  // of the loss, per epoch
  const bool better = end.test_loss && before.test_loss && *end.test_loss < 0.97 * *before.test_loss;
  const bool unfinished = end.exact.value_or(1) < 0.9 && end.train_loss > 0.3;
  if (kept < 0.92 && better && unfinished)
    found.push_back(
        {"ended too early", fmt::format("the loss still fell by {} in the last epoch", percent(1 - kept)),
         fmt::format("try --epochs {}, or {}", 2 * std::max<Index>(c.of.epochs, 1), higher(c.of.learning_rate))});
}

void gradients(const Course& c, Findings& found) {
  const auto measured = [](const LogRecord& record) { return !record.gradient_norms.empty(); };
  if (!std::all_of(c.log.begin(), c.log.end(), measured)) return;
  double least = norm_of(c.first());
  for (const LogRecord& record : c.log) least = std::min(least, norm_of(record));
  if (c.of.clip > 0 && least > 3 * c.of.clip)
    found.push_back(
        {"always clipped",
         fmt::format("the gradient's norm is at least {:.1f} at each scoring, and --clip is {:g}", least, c.of.clip),
         fmt::format("each step is cut to a third or less: try {}, or --clip {:.0f}", lower(c.of.learning_rate),
                     std::ceil(least))});
  const auto& norms = c.last().gradient_norms;
  const auto by_norm = [](const auto& a, const auto& b) { return a.second < b.second; };
  const auto [weak, strong] = std::minmax_element(norms.begin(), norms.end(), by_norm);
  if (weak->second < 1e-5 * strong->second)
    found.push_back({"gradient does not arrive",
                     fmt::format("{} gets {:.0e} of what {} gets", weak->first,
                                 strong->second > 0 ? weak->second / strong->second : 0.0, strong->first),
                     "it is not trained: see that the loss depends on it (docs/lesson/3-memory.md)"});
}

void learnt_by_heart(const Course& c, Findings& found) {
  const LogRecord* best = nullptr;
  for (const LogRecord& record : c.log)
    if (record.test_loss && (!best || *record.test_loss < *best->test_loss)) best = &record;
  if (!best || !c.last().test_loss) return;
  const double rise = *c.last().test_loss - *best->test_loss;
  if (rise > 0.05 && rise > 0.03 * *best->test_loss && c.last().train_loss < best->train_loss)
    found.push_back(
        {"learns its pairs by heart",
         fmt::format("held-out loss {:.2f} at epoch {:g}, {:.2f} at the end; training loss {:.2f} to {:.2f}",
                     *best->test_loss, best->epoch, *c.last().test_loss, best->train_loss, c.last().train_loss),
         fmt::format("more pairs, --dropout {:g}, or an earlier end: --patience 2",
                     std::min(0.6, std::max(0.2, c.of.dropout + 0.1)))});
}

void attention(const Course& c, Findings& found) {
  if (c.last().entropy && *c.last().entropy > 0.9 && c.log.size() > 1)
    found.push_back(
        {"attention stays uniform",
         fmt::format("its entropy is {:.2f} of the largest after {} scorings", *c.last().entropy, c.log.size()),
         fmt::format("more --epochs, or {}", higher(c.of.learning_rate))});
  if (c.of.held_out && c.of.held_out->padding.value_or(0) > 1e-6)
    found.push_back({"attention looks at padding",
                     fmt::format("{:.2g}% of its weight is behind the sentences' ends", 100 * *c.of.held_out->padding),
                     "hand `visible` on to the weights (docs/lesson/7b-break-the-data.md)"});
}

void whole_sentences(const Course& c, Findings& found) {
  const auto &words = c.last().token_accuracy, &exact = c.last().exact;
  if (c.of.held_out && c.of.held_out->cut > 0.02)
    found.push_back({"translations are cut",
                     fmt::format("{} come to no end, and were stopped", percent(c.of.held_out->cut)),
                     "it repeats itself, or the bound is low: more --epochs, or a higher --max-output"});
  if (!words || !exact || *words < 0.8 || *exact > 0.4) return;
  const double length = c.of.held_out ? c.of.held_out->words : 0;
  const std::string chance = length > 1 ? fmt::format("; {:.2f} to the power of {:.0f} words is {}", *words, length,
                                                      percent(std::pow(*words, length)))
                                        : std::string();
  found.push_back(
      {"right words, wrong sentences",
       fmt::format("words {}, fed the right ones before, and sentences {}{}", percent(*words), percent(*exact), chance),
       "each word must be right, and one that is wrong misleads the next: more --epochs or pairs"});
}

}  // namespace

std::vector<LogRecord> read_log(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw Error(fmt::format("{}: cannot be read: is there a training in that folder?", path));
  std::vector<LogRecord> log;
  std::string line;
  while (std::getline(file, line)) {
    try {
      log.push_back(record_of(json::parse(line)));
    } catch (const json::exception&) {
      throw Error(fmt::format("{}:{}: is no line of a training's log", path, log.size() + 1));
    }
  }
  return log;
}

std::vector<Finding> findings(const TrainingHistory& history) {
  Findings found;
  Course course{history, {}};
  for (const LogRecord& record : history.log) {
    const bool finite = std::isfinite(record.train_loss) && std::isfinite(record.test_loss.value_or(0));
    if (record.failure.empty() && finite) {
      course.log.push_back(record);
      continue;
    }
    if (!found.empty()) continue;
    found.push_back(
        {"loss not finite",
         record.failure.empty() ? fmt::format("the loss at step {} is no number", record.step) : record.failure,
         fmt::format("the rate is too high: try {}, or a longer --warmup", lower(history.learning_rate))});
  }
  if (course.log.empty()) return found;
  for (const auto& look : {words_that_cannot_be_written, ignored_source, loss_that_does_not_fall, loss_that_jumps,
                           gradients, learnt_by_heart, attention, whole_sentences, ended_too_early})
    look(course, found);
  return found;
}

}  // namespace glance::seq2seq
