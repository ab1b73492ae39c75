#pragma once

#include <fmt/format.h>

#include "examples/lesson/translator.h"

// What chapter 7's translators that mix neighbouring states are compared by.
namespace lesson {

inline void show_heading() {
  fmt::print("{:<18}{:>15}{:>20}{:>16}{:>18}\n", "states", "whole sentences", "weight on the noun", "right article",
             "its noun hidden");
}

inline void show(const char* name, const Translator& model, const Data& data) {
  const double exact = score(model, data.numbered).exact;
  const double noun = score_looking(model, data.test, data.numbered.test).article_noun;
  const Articles articles = hide_words(model, data);
  fmt::print("{:<18}{:>15.2f}{:>20.2f}{:>16.2f}{:>18.2f}\n", name, exact, noun, articles.seen, articles.noun_hidden);
}

}  // namespace lesson
