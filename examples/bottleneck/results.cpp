// The measurements in words, in a table and in a chart: means over seeds, by buckets of length.
#include "examples/bottleneck/results.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace glance::bottleneck {

namespace {

// A contender that masters even the shortest sequences less often than this has not learnt the task.
constexpr double learnt = 0.95;

constexpr int name_columns = 22;

// Lengths from..to, both included.
struct Bucket {
  Index from, to;

  std::string name() const { return from == to ? fmt::format("{}", from) : fmt::format("{}-{}", from, to); }
};

std::vector<Bucket> buckets(const Task& task, Index from, Index to) {
  std::vector<Bucket> result;
  for (; from <= to; from += task.bucket()) result.push_back({from, std::min(from + task.bucket() - 1, to)});
  return result;
}
std::vector<Bucket> seen(const Task& task) { return buckets(task, 1, task.longest); }
std::vector<Bucket> unseen(const Task& task) { return buckets(task, task.longest + 1, task.beyond()); }

struct Spread {
  double low = 1, mean = 0, high = 0;
};

// Over seeds, of the mean accuracy in a bucket.
Spread spread(const Measured& measured, const Bucket& bucket) {
  Spread result;
  for (const auto& accuracy : measured.accuracy) {
    double sum = 0;
    for (Index length = bucket.from; length <= bucket.to; ++length)
      sum += accuracy[static_cast<std::size_t>(length - 1)];
    const double mean = sum / static_cast<double>(bucket.to - bucket.from + 1);
    result.low = std::min(result.low, mean);
    result.high = std::max(result.high, mean);
    result.mean += mean / static_cast<double>(measured.accuracy.size());
  }
  return result;
}

// The longest length up to which at least half of the sequences are right, the mean over seeds; 0 when there is none.
Index half_right(const Task& task, const Measured& measured) {
  Index length = 0;
  while (length < task.longest && spread(measured, {length + 1, length + 1}).mean >= 0.5) ++length;
  return length;
}

const Measured* find(std::span<const Measured> all, CellKind cell, Index width, bool attention) {
  for (const auto& measured : all) {
    const auto& c = measured.contender;
    if (c.cell == cell && c.width == width && c.attention == attention) return &measured;
  }
  return nullptr;
}

std::string with_separators(Index number) {
  std::string text = std::to_string(number);
  for (auto i = static_cast<int>(text.size()) - 3; i > 0; i -= 3) text.insert(static_cast<std::size_t>(i), ",");
  return text;
}

}  // namespace

std::string table_head(const Task& task) {
  std::string text = fmt::format("{:<{}}{:>10}  ", "lengths", name_columns, "parameters");
  for (const auto& bucket : seen(task)) text += fmt::format("{:>7}", bucket.name());
  text += "  |";
  for (const auto& bucket : unseen(task)) text += fmt::format("{:>7}", bucket.name());
  return text + "\n";
}

std::string table_row(const Task& task, const Measured& measured) {
  const auto line = [&](const std::string& name, const std::string& parameters, double Spread::*part) {
    std::string text = fmt::format("{:<{}}{:>10}  ", name, name_columns, parameters);
    for (const auto& bucket : seen(task)) text += fmt::format("{:7.2f}", spread(measured, bucket).*part);
    text += "  |";
    for (const auto& bucket : unseen(task)) text += fmt::format("{:7.2f}", spread(measured, bucket).*part);
    return text + "\n";
  };
  std::string text = line(measured.contender.name(), with_separators(measured.parameters), &Spread::mean);
  if (measured.accuracy.size() > 1)
    text += line("  worst seed", "", &Spread::low) + line("  best seed", "", &Spread::high);
  return text;
}

std::string skyline(const Task& task, std::span<const Measured> all) {
  static constexpr const char* blocks[] = {"·", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  static constexpr const char* fence = " | ";  // what is right of it was not trained
  const auto column = [&](Index length) {
    return static_cast<std::size_t>(length - 1 + (length > task.longest ? 3 : 0));
  };
  std::string ruler(column(task.beyond()) + 2, ' ');
  ruler.replace(column(1), 1, "1");
  for (Index length = 5; length <= task.beyond(); length += 5) {
    const std::string mark = std::to_string(length);
    ruler.replace(column(length), mark.size(), mark);
  }
  ruler.resize(ruler.find_last_not_of(' ') + 1);
  std::string text = fmt::format("{:<{}}{}\n", "length", name_columns, ruler);
  for (const auto& measured : all) {
    text += fmt::format("{:<{}}", measured.contender.name(), name_columns);
    for (Index length = 1; length <= task.beyond(); ++length) {
      if (length == task.longest + 1) text += fence;
      const double accuracy = spread(measured, {length, length}).mean;
      text += blocks[accuracy <= 0 ? 0 : 1 + std::min(static_cast<int>(accuracy * 8), 7)];
    }
    text += "\n";
  }
  return text +
         fmt::format("{:<{}}· none right   ▁ few   ▅ half   █ nearly all   | beyond: not trained\n", "", name_columns);
}

std::string conclusion(const Task& task, Index width, std::span<const Measured> all) {
  const auto trained = seen(task);
  const auto learnt_too_little = [&](const Measured& measured) {
    return !measured.contender.attention && spread(measured, trained.front()).low < learnt;
  };
  for (const auto& measured : all)
    if (measured.contender.width == width && learnt_too_little(measured))
      return fmt::format(
          "Not trained enough: {} has {:.2f} on the shortest sequences ({}), under {:.2f},\n"
          "so nothing is concluded. Raise --steps.\n",
          measured.contender.name(), spread(measured, trained.front()).low, trained.front().name(), learnt);

  const std::string short_name = trained.front().name(), long_name = trained.back().name();
  std::string text = "One vector carries everything from encoder to decoder:\n";
  for (const auto cell : {CellKind::rnn, CellKind::lstm})
    if (const auto* plain = find(all, cell, width, false))
      text +=
          fmt::format("  {}: {:.2f} on lengths {}, {:.2f} on {}\n", plain->contender.name(),
                      spread(*plain, trained.front()).low, short_name, spread(*plain, trained.back()).high, long_name);
  text += "The greatest length of which at least half are right:\n";
  for (const auto& measured : all)
    if (!measured.contender.attention && measured.contender.cell == CellKind::lstm)
      text +=
          fmt::format("  {}: {}\n", measured.contender.name(),
                      learnt_too_little(measured) ? "not trained enough" : std::to_string(half_right(task, measured)));
  if (const auto* attention = find(all, CellKind::lstm, width, true)) {
    double lowest = 1, beyond = 1;
    for (const auto& bucket : trained) lowest = std::min(lowest, spread(*attention, bucket).low);
    for (const auto& bucket : unseen(task)) beyond = std::min(beyond, spread(*attention, bucket).low);
    text += fmt::format(
        "With attention the decoder may look back:\n"
        "  {}: at least {:.2f} in every bucket that training saw\n"
        "Beyond length {}, which training never showed:\n"
        "  {}: {:.2f} in its worst bucket\n",
        attention->contender.name(), lowest, task.longest, attention->contender.name(), beyond);
  }
  if (all.front().accuracy.size() > 1)
    text += "Each figure is the worst seed's: the lowest, but on the longest without attention the highest.\n";
  return text;
}

LineChart chart(const Task& task, std::span<const Measured> all) {
  LineChart result{.title = "Whole sequences written backwards without a mistake",
                   .x_label = "length of the sequence",
                   .y_label = "share right",
                   .shaded_from = static_cast<double>(task.longest) + 0.5,
                   .shaded_label = "longer than in training"};
  for (const auto& measured : all) {
    auto& line = result.lines.emplace_back();
    line.name = measured.contender.name();
    line.emphasised = measured.contender.attention;
    for (Index length = 1; length <= task.beyond(); ++length) {
      const Spread s = spread(measured, {length, length});
      line.points.push_back({static_cast<double>(length), s.low, s.mean, s.high});
    }
  }
  return result;
}

}  // namespace glance::bottleneck
