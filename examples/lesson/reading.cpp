// Reading mistakes: twenty wrong translations, whose causes are to be named. The grammar tells, and what the picture of
// the weights showed of it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "examples/common/arguments.h"
#include "examples/common/heatmap.h"
#include "examples/common/normalise.h"
#include "examples/lesson/twenty.h"

using namespace lesson;

namespace {

constexpr const char* arguments = "[list | picture NUMBER | answers FILE | told]";
constexpr std::size_t count = std::size(twenty);

using Answers = std::vector<std::optional<Cause>>;  // of each translation; none: not answered

// The sentences of one seed are written once.
const Sentence& sentence_of(const WrongTranslation& item) {
  static std::map<std::uint64_t, std::vector<Sentence>> written;
  auto& all = written[item.seed];
  if (all.empty()) all = sentences(8000, item.seed);
  return all.at(item.number);
}

std::string joined(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, " ")); }

std::string name_of(Cause cause) { return cause_names.at(static_cast<std::size_t>(cause)); }

// Without the grammar's help there would be no cause to name: lesson_half_trained picked those that have one.
Cause truth_of(const WrongTranslation& item) { return cause_of(item, sentence_of(item)).value(); }

void show(std::size_t i) {
  const WrongTranslation& item = twenty[i];
  const Sentence& sentence = sentence_of(item);
  fmt::print("{:>2}  {}\n    wrote  {}\n    right  {}\n", i + 1, joined(sentence.source), item.written,
             joined(pair(sentence).target));
  fmt::print("    fed the right words {} of {} right, loss {:.2f}; with other sources {:.2f}\n", item.forced_right,
             sentence.target.size() + 1, item.loss, item.other_loss);
}

AttentionPicture picture_of(const WrongTranslation& item) {
  AttentionPicture picture;
  picture.source = sentence_of(item).source;
  picture.target = split_at_spaces(item.written);
  picture.target.resize(item.weights.size());  // without the "…" of one that did not stop
  for (const auto& row : item.weights) {
    picture.weights.emplace_back();
    for (const int weight : row) picture.weights.back().push_back(weight / 100.0);
  }
  return picture;
}

// The English words at these places, in quotes.
std::string english(const Sentence& sentence, const std::vector<std::size_t>& places) {
  std::vector<std::string> words;
  for (const std::size_t place : places) words.push_back('"' + sentence.source[place] + '"');
  return fmt::format("{}", fmt::join(words, " and "));
}

// [told]
// One wrong place, in words.
std::string told(const WrongPlace& place, const Sentence& sentence, const std::vector<std::string>& written) {
  const std::string wrote = place.written ? '"' + written[*place.written] + '"' : "";
  if (!place.right) return wrote + " is one too many";
  const TargetWord& right = sentence.target[*place.right];
  if (!place.written) return fmt::format("\"{}\" is missing, which says {}", right.text, english(sentence, right.says));
  if (place.slip == Slip::order) return wrote + " stands in another place than it should";
  const std::string should = fmt::format("{} should be \"{}\"", wrote, right.text);
  if (place.slip == Slip::agreement) return should + ", which goes with " + english(sentence, {*right.agrees_with});
  return should + ", which says " + english(sentence, right.says);
}
// [told end]

// What the picture shows of a mistake.
struct Shown {
  std::string words;
  bool shows;  // whether one who sees it sees that something is wrong
};

// [shown]
// A weight below a quarter is a faint spot in the picture, or none.
constexpr double faint = 0.25;

double weight_on(const std::vector<double>& row, const std::vector<std::size_t>& words) {
  double sum = 0;
  for (const std::size_t word : words) sum += row[word];
  return sum;
}

// Did a wrong word look at the English words that the right one comes from? Of agreement, at the noun.
Shown look_of(const WrongPlace& place, const Sentence& sentence, const AttentionPicture& picture) {
  const TargetWord& right = sentence.target[*place.right];
  const auto from = place.slip == Slip::agreement ? std::vector<std::size_t>{*right.agrees_with} : right.says;
  if (!place.written) {  // a word that is missing: did any other look there?
    double most = 0;
    for (const auto& row : picture.weights) most = std::max(most, weight_on(row, from));
    return {fmt::format("the most that a word weighted {} is {:.2f}", english(sentence, from), most), most < faint};
  }
  const double weight = weight_on(picture.weights[*place.written], from);
  return {fmt::format("\"{}\" weighted {} by {:.2f}", picture.target[*place.written], english(sentence, from), weight),
          weight < faint};
}
// [shown end]

std::size_t top_of(const std::vector<double>& row) {
  return static_cast<std::size_t>(std::max_element(row.begin(), row.end()) - row.begin());
}

// A word too many: did it look where an earlier one had looked?
Shown look_again(std::size_t row, const AttentionPicture& picture) {
  const std::size_t top = top_of(picture.weights[row]);
  bool again = false;
  for (std::size_t earlier = 0; earlier < row; ++earlier) again = again || top_of(picture.weights[earlier]) == top;
  return {fmt::format("\"{}\" weighted \"{}\" most, {} earlier", picture.target[row], picture.source[top],
                      again ? "as did a word" : "and no word did"),
          again};
}

Shown shown_of(const WrongTranslation& item, const std::vector<WrongPlace>& places) {
  const AttentionPicture picture = picture_of(item);
  const Cause cause = truth_of(item);
  double entropy = 0, sum = 0;
  for (const auto& row : picture.weights) {
    entropy += normalised_entropy(row) / static_cast<double>(picture.weights.size());
    for (const double weight : row) sum += weight / static_cast<double>(picture.weights.size());
  }
  if (cause == Cause::future_leak) return {fmt::format("a row adds up to {:.2f}", sum), std::abs(sum - 1) > 0.05};
  if (cause == Cause::ignored_source)
    return {fmt::format("the entropy of the rows is {:.2f} on average", entropy), entropy > 0.9};
  const WrongPlace& first = places.front();
  if (!first.right) return look_again(*first.written, picture);
  return look_of(first, sentence_of(item), picture);
}

void tell(std::size_t i) {
  const WrongTranslation& item = twenty[i];
  const auto written = split_at_spaces(item.written);
  const auto places = slips_of(sentence_of(item), written);
  const Cause cause = truth_of(item);
  const Shown shown = shown_of(item, places);
  std::string why;
  if (cause == Cause::future_leak)
    why = fmt::format("a later word moves an earlier probability by {:.2f}", item.leak);
  else if (cause == Cause::ignored_source)
    why = fmt::format("another source is no worse: loss {:.2f}, its own {:.2f}", item.other_loss, item.loss);
  else
    why = told(places.front(), sentence_of(item), written);
  fmt::print("{:>2}  {}: {}\n    picture: {}, which {}\n", i + 1, name_of(cause), why, shown.words,
             shown.shows ? "shows it" : "shows nothing wrong");
}

// For comparison: how many of the words before the first mistake, all of them right, weight what they say so little.
void print_right_words() {
  std::size_t words = 0, little = 0;
  for (const WrongTranslation& item : twenty) {
    if (truth_of(item) >= Cause::future_leak) continue;
    const Sentence& sentence = sentence_of(item);
    const WrongPlace first = slips_of(sentence, split_at_spaces(item.written)).front();
    const AttentionPicture picture = picture_of(item);
    for (std::size_t t = 0; t < (first.written ? *first.written : *first.right); ++t) {
      ++words;
      little += weight_on(picture.weights[t], sentence.target[t].says) < faint;
    }
  }
  fmt::print("Of {} right words before a mistake, {} weighted what they say by less than {}.\n", words, little, faint);
}

// How many of each cause there are, how many were named, and how many the picture shows.
void count_up(const Answers& answers) {
  fmt::print("\n{:<16}{:>4}{:>8}{:>18}\n", "cause", "of", "named", "the picture shows");
  std::size_t all_named = 0, all_shown = 0;
  for (std::size_t c = 0; c < cause_names.size(); ++c) {
    std::size_t of = 0, named = 0, shown = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (truth_of(twenty[i]) != static_cast<Cause>(c)) continue;
      ++of;
      named += answers[i] == static_cast<Cause>(c);
      shown += shown_of(twenty[i], slips_of(sentence_of(twenty[i]), split_at_spaces(twenty[i].written))).shows;
    }
    all_named += named, all_shown += shown;
    fmt::print("{:<16}{:>4}{:>8}{:>20}\n", cause_names[c], of, named, shown);
  }
  fmt::print("{:<16}{:>4}{:>8}{:>20}\n", "all", count, all_named, all_shown);
  print_right_words();
}

// A cause by its name, or by a beginning that no other has; none when it is no cause's.
std::optional<Cause> cause_named(const std::string& text) {
  const auto begins = [&](const char* name) { return std::string_view(name).starts_with(text); };
  if (text.empty() || std::count_if(std::begin(cause_names), std::end(cause_names), begins) != 1) return {};
  return static_cast<Cause>(std::find_if(std::begin(cause_names), std::end(cause_names), begins) -
                            std::begin(cause_names));
}

// Each translation in turn, until the input ends. An empty line leaves one out.
Answers ask() {
  Answers answers(count);
  fmt::print("Why is each translation wrong? {}.\nThe first letters do.\n", fmt::join(cause_names, ", "));
  for (std::size_t i = 0; i < count; ++i) {
    fmt::print("\n");
    show(i);
    for (std::string line;;) {
      fmt::print("    cause? ");
      std::fflush(stdout);
      if (!std::getline(std::cin, line)) return fmt::print("\n"), answers;
      answers[i] = cause_named(line);
      if (line.empty() || answers[i]) break;
      fmt::print("    \"{}\" is none, or not one alone, of: {}\n", one_line(line), fmt::join(cause_names, ", "));
    }
    if (answers[i]) fmt::print("    {}\n", answers[i] == truth_of(twenty[i]) ? "Right." : "No.");
    tell(i);
  }
  return answers;
}

[[noreturn]] void refuse(const std::string& message) {
  std::fprintf(stderr, "lesson_reading: %s\n", message.c_str());
  std::exit(1);
}

// A line for each translation: its number and the cause. What begins with # is left out.
Answers read_answers(const char* file) {
  std::ifstream stream(file);
  if (!stream) refuse(fmt::format("cannot read {}", one_line(file)));
  Answers answers(count);
  std::size_t number = 0;
  for (std::string line; std::getline(stream, line);) {
    ++number;
    if (line.empty() || line.starts_with('#')) continue;
    const std::size_t space = std::min(line.find(' '), line.size());
    const auto which = parse_number<std::size_t>(line.substr(0, space));
    const auto cause = cause_named(line.substr(std::min(space + 1, line.size())));
    const std::string place = fmt::format("{}:{}", one_line(file), number);
    if (!which || *which < 1 || *which > count)
      refuse(fmt::format("{}: a line is a number from 1 to {} and a cause: \"{}\"", place, count, one_line(line)));
    if (!cause)
      refuse(fmt::format("{}: no cause, or not one alone, of these: {}", place, fmt::join(cause_names, ", ")));
    if (answers[*which - 1]) refuse(fmt::format("{}: {} was answered before", place, *which));
    answers[*which - 1] = cause;
  }
  return answers;
}

void show_picture(char** argv) {
  const auto number = number_argument<std::size_t>(argv, 2, arguments);
  if (number < 1 || number > count) show_usage(argv, arguments);
  const WrongTranslation& item = twenty[number - 1];
  fmt::print("{}", heatmap(picture_of(item), terminal_of(stdout)));
}

void show_answers(const Answers& answers) {
  for (std::size_t i = 0; i < count; ++i) {
    if (answers[i] && answers[i] != truth_of(twenty[i])) fmt::print("    you said {}\n", name_of(*answers[i]));
    tell(i);
  }
  count_up(answers);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string command = argc > 1 ? argv[1] : "ask";
  if (command == "ask" && argc <= 2) {
    count_up(ask());
  } else if (command == "list" && argc == 2) {
    for (std::size_t i = 0; i < count; ++i) show(i);
  } else if (command == "picture" && argc == 3) {
    show_picture(argv);
  } else if (command == "answers" && argc == 3) {
    show_answers(read_answers(argv[2]));
  } else if (command == "told" && argc == 2) {
    show_answers(Answers(count));
  } else {
    show_usage(argv, arguments);
  }
}
