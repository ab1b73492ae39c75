// A whole translator with attention in one file: its data, model, training, search, and a picture of where it looked.
// Read it from top to bottom; nothing but the library's public functions is used. It makes sentence pairs, trains on
// them for a second, and translates sentences that it has never seen: those of its test, and yours,
//
//   one_file the sad king follows a mouse
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "glance/glance.h"

using namespace glance;

// ---- Data: sentences of a small grammar, in English and in French -------------------------------------------------
//
//   the red cow does not see a horse      la vache rouge ne voit pas un cheval
//
// What makes it more than a dictionary: "the" is "le" or "la", as the noun behind it asks for; an adjective stands
// behind its noun; and "does not" becomes two words around the verb.

using Words = std::vector<std::string>;
struct Pair {
  Words source, target;
};

struct Noun {
  const char *english, *french;
  bool feminine;
};
const std::vector<Noun> nouns = {{"cat", "chat", false}, {"dog", "chien", false},   {"horse", "cheval", false},
                                 {"king", "roi", false}, {"cake", "gâteau", false}, {"mouse", "souris", true},
                                 {"cow", "vache", true}, {"queen", "reine", true},  {"apple", "pomme", true},
                                 {"moon", "lune", true}};
const std::vector<Pair> adjectives = {{{"red"}, {"rouge"}},  {{"yellow"}, {"jaune"}}, {{"sad"}, {"triste"}},
                                      {{"calm"}, {"calme"}}, {{"fast"}, {"rapide"}},  {{"rich"}, {"riche"}}};
struct Verb {
  const char *he, *stem, *french;
};
const std::vector<Verb> verbs = {
    {"sees", "see", "voit"}, {"follows", "follow", "suit"}, {"takes", "take", "prend"}, {"draws", "draw", "dessine"}};

const auto& any_of(const auto& list, Generator& generator) { return list[generator.below(list.size())]; }

void add_noun_phrase(Pair& pair, Generator& generator) {
  const Noun& noun = any_of(nouns, generator);
  const bool definite = generator.below(2) == 0;
  pair.source.push_back(definite ? "the" : "a");
  pair.target.push_back(definite ? (noun.feminine ? "la" : "le") : (noun.feminine ? "une" : "un"));
  const Pair* adjective = generator.below(2) == 0 ? &any_of(adjectives, generator) : nullptr;
  if (adjective) pair.source.push_back(adjective->source[0]);
  pair.source.push_back(noun.english);
  pair.target.push_back(noun.french);
  if (adjective) pair.target.push_back(adjective->target[0]);
}

Pair make_pair_of_sentences(Generator& generator) {
  Pair pair;
  add_noun_phrase(pair, generator);
  const Verb& verb = any_of(verbs, generator);
  if (generator.below(3) == 0) {
    pair.source.insert(pair.source.end(), {"does", "not", verb.stem});
    pair.target.insert(pair.target.end(), {"ne", verb.french, "pas"});
  } else {
    pair.source.push_back(verb.he);
    pair.target.push_back(verb.french);
  }
  add_noun_phrase(pair, generator);
  return pair;
}

// ---- Vocabulary: words become numbers, and numbers words -----------------------------------------------------------

constexpr Index pad_mark = 0, begin_mark = 1, end_mark = 2;

struct Vocabulary {
  Words words = {"<pad>", "<begin>", "<end>"};
  std::map<std::string, Index> numbers;

  Index add(const std::string& word) {
    const auto [place, is_new] = numbers.try_emplace(word, static_cast<Index>(words.size()));
    if (is_new) words.push_back(word);
    return place->second;
  }
  std::vector<Index> add_all(const Words& sentence) {
    std::vector<Index> result;
    for (const std::string& word : sentence) result.push_back(add(word));
    return result;
  }
  Index size() const { return static_cast<Index>(words.size()); }
};

// Sentences side by side: the source; what the decoder is fed, which begins with the begin mark; and what it is to
// answer, the same one word earlier, which ends with the end mark.
struct Batch {
  PaddedBatch source, fed, answers;
};

Batch make_batch(const std::vector<Pair>& pairs, Vocabulary& english, Vocabulary& french) {
  std::vector<std::vector<Index>> source, fed, answers;
  for (const Pair& pair : pairs) {
    source.push_back(english.add_all(pair.source));
    answers.push_back(french.add_all(pair.target));
    fed.push_back(answers.back());
    fed.back().insert(fed.back().begin(), begin_mark);
    answers.back().push_back(end_mark);
  }
  return {pad_sequences(source, pad_mark), pad_sequences(fed, pad_mark), pad_sequences(answers, pad_mark)};
}

// ---- Model: an encoder reads, a decoder writes, and attention lets it glance back ----------------------------------

struct Translator {
  Embedding source, target;
  LSTM encoder, decoder;
  Linear combine, output;

  Translator(Index source_words, Index target_words, Index features, Generator& generator)
      : source(source_words, features, generator),
        target(target_words, features, generator),
        encoder(features, features, generator),
        decoder(features, features, generator),
        combine(2 * features, features, generator),
        output(features, target_words, generator) {}

  struct Answer {
    Variable logits;   // [batch, targets, target words]: how likely each word is next
    Variable weights;  // [batch, targets, sources]: how much of each source word was looked at
    LSTM::State state;
  };

  // The encoder's state after each source word is what can be looked at, [batch, sources, features].
  LSTM::Output encode(const PaddedBatch& sentences) const {
    return encoder(source(sentences.symbols), {}, sentences.lengths);
  }

  Answer decode(const Tensor& fed, const LSTM::State& state, const Variable& memory, const Lengths& lengths) const {
    const auto [query, next] = decoder(target(fed), state);
    const Variable scores = attention_scores(query, memory);                           // 1. query · key
    const Variable weights = attention_weights(scores, lengths.visible_to_queries());  // 2. softmax, pads hidden
    const Variable context = attention_context(weights, memory);                       // 3. average of the values
    return {output(tanh(combine(concat({context, query}, -1)))), weights, next};
  }

  Variable loss(const Batch& batch) const {
    const auto [memory, state] = encode(batch.source);
    const Answer answer = decode(batch.fed.symbols, state, memory, batch.source.lengths);
    return softmax_cross_entropy(answer.logits, batch.answers.symbols, {.ignore_index = pad_mark});
  }

  // The parameters, by name: what is trained and saved.
  static void visit(auto& self, auto&& f) {
    f("source", self.source);
    f("target", self.target);
    f("encoder", self.encoder);
    f("decoder", self.decoder);
    f("combine", self.combine);
    f("output", self.output);
  }
};

// ---- Search: the likeliest word, one after the other ----------------------------------------------------------------

struct Translation {
  Words words;
  std::vector<std::vector<float>> weights;  // for each word, how much of each source word was looked at
};

Translation translate(const Translator& model, const Words& sentence, Vocabulary& english, const Vocabulary& french) {
  const NoGrad no_grad;
  const PaddedBatch source = pad_sequences(std::vector<std::vector<Index>>{english.add_all(sentence)}, pad_mark);
  auto [memory, state] = model.encode(source);
  Translation result;
  for (Index word = begin_mark; result.words.size() < 20;) {
    const auto answer = model.decode(full({1, 1}, static_cast<double>(word), i64), state, memory, source.lengths);
    word = static_cast<Index>(argmax(flatten(answer.logits.value()), 0).item());
    result.words.push_back(french.words[static_cast<std::size_t>(word)]);
    result.weights.push_back(answer.weights.value().to_vector<float>());
    if (word == end_mark) break;
    state = answer.state;
  }
  return result;
}

bool is_right(const Translation& translation, const Pair& pair) {
  Words wanted = pair.target;
  wanted.push_back("<end>");
  return translation.words == wanted;
}

// ---- A picture of where it looked: a row for each word that was written ---------------------------------------------

void draw(const Words& source, const Translation& translation) {
  std::printf("%9s", "");
  for (const std::string& word : source) std::printf("%8s", word.c_str());
  for (std::size_t row = 0; row < translation.words.size(); ++row) {
    std::printf("\n%9s", translation.words[row].c_str());
    for (const float weight : translation.weights[row]) {
      const char* const shades[] = {"       .", "      ░░", "      ▒▒", "      ▓▓", "      ██"};
      std::printf("%s", shades[static_cast<int>(weight * 4.99F)]);
    }
  }
  std::printf("\n\n");
}

// ---- Training
// ---------------------------------------------------------------------------------------------------------

int main(int argc, char** argv) {
  Generator generator(1);
  Vocabulary english, french;
  std::vector<Pair> unseen;
  for (int i = 0; i < 200; ++i) unseen.push_back(make_pair_of_sentences(generator));
  make_batch(unseen, english, french);  // gives every word its number

  Words shown = {"the", "red", "cow", "does", "not", "see", "a", "horse"};
  if (argc > 1) shown.assign(argv + 1, argv + argc);
  for (const std::string& word : shown)
    if (!english.numbers.contains(word)) {
      std::printf("this language has no \"%s\"; its words are:", word.c_str());
      for (const auto& known : english.numbers) std::printf(" %s", known.first.c_str());
      std::printf("\n");
      return 1;
    }

  Translator model(english.size(), french.size(), 64, generator);
  const std::vector<Variable> weights = parameters(model);
  Adam adam(model, {.learning_rate = 5e-3});
  double loss_value = 0;
  int steps = 0;
  for (const int more : {25, 25, 50, 100}) {
    for (int i = 0; i < more; ++i, ++steps) {
      std::vector<Pair> pairs;
      for (int j = 0; j < 32; ++j) pairs.push_back(make_pair_of_sentences(generator));
      const Variable loss = model.loss(make_batch(pairs, english, french));
      std::vector<Variable> gradients = grad(loss, weights);
      clip_grad_norm(gradients, 1);
      adam.step(gradients);
      loss_value = loss.item();
    }
    int right = 0;
    for (const Pair& pair : unseen) right += is_right(translate(model, pair.source, english, french), pair);
    std::printf("step %d: loss %.3f, %.1f%% of unseen sentences right\n", steps, loss_value, right / 2.0);
    draw(shown, translate(model, shown, english, french));
  }
}
