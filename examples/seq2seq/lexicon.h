#pragma once

#include <cstddef>
#include <string_view>

// The words of the built-in language. Everything before a noun agrees with its gender, so no noun, and no adjective
// that stands before one, begins with a vowel or a silent h: "l'", "cet" and "bel" would hide the gender or bend the
// rule.

namespace glance::seq2seq::lexicon {

enum class Gender { masculine, feminine };

struct Noun {
  std::string_view kind, english, french;
  Gender gender;
};

// A word whose French depends on the gender of the noun it belongs to.
struct Agreeing {
  std::string_view english, masculine, feminine;
  std::string_view kinds = "";  // of noun that it goes with; empty: any
  std::size_t weight = 1;       // how often, beside the others
};

struct Verb {
  std::string_view kind;
  std::string_view base, third, past;                // English: eat, eats, ate
  std::string_view infinitive, present, participle;  // French: manger, mange, mangé
};

inline constexpr Gender m = Gender::masculine;
inline constexpr Gender f = Gender::feminine;

inline constexpr Noun nouns[] = {
    {"person", "boy", "garçon", m},       {"person", "girl", "fille", f},
    {"person", "king", "roi", m},         {"person", "queen", "reine", f},
    {"person", "brother", "frère", m},    {"person", "sister", "sœur", f},
    {"person", "father", "père", m},      {"person", "mother", "mère", f},
    {"person", "prince", "prince", m},    {"person", "princess", "princesse", f},
    {"person", "knight", "chevalier", m}, {"person", "witch", "sorcière", f},

    {"animal", "cat", "chat", m},         {"animal", "mouse", "souris", f},
    {"animal", "dog", "chien", m},        {"animal", "cow", "vache", f},
    {"animal", "horse", "cheval", m},     {"animal", "goat", "chèvre", f},
    {"animal", "rabbit", "lapin", m},     {"animal", "hen", "poule", f},
    {"animal", "wolf", "loup", m},        {"animal", "frog", "grenouille", f},
    {"animal", "fox", "renard", m},       {"animal", "turtle", "tortue", f},

    {"food", "cake", "gâteau", m},        {"food", "apple", "pomme", f},
    {"food", "bread", "pain", m},         {"food", "pear", "poire", f},
    {"food", "cheese", "fromage", m},     {"food", "soup", "soupe", f},
    {"food", "fish", "poisson", m},       {"food", "carrot", "carotte", f},
    {"food", "lemon", "citron", m},       {"food", "cherry", "cerise", f},

    {"thing", "book", "livre", m},        {"thing", "letter", "lettre", f},
    {"thing", "hat", "chapeau", m},       {"thing", "key", "clé", f},
    {"thing", "knife", "couteau", m},     {"thing", "flower", "fleur", f},
    {"thing", "bag", "sac", m},           {"thing", "box", "boîte", f},
    {"thing", "coat", "manteau", m},      {"thing", "lamp", "lampe", f},
    {"thing", "mirror", "miroir", m},     {"thing", "chair", "chaise", f},

    {"place", "garden", "jardin", m},     {"place", "house", "maison", f},
    {"place", "castle", "château", m},    {"place", "forest", "forêt", f},
    {"place", "village", "village", m},   {"place", "kitchen", "cuisine", f},
    {"place", "museum", "musée", m},      {"place", "tower", "tour", f},
};

inline constexpr Agreeing articles[] = {
    {"the", "le", "la", "", 4},
    {"this", "ce", "cette"},
    {"my", "mon", "ma"},
};

inline constexpr Agreeing adjectives_before[] = {
    {"small", "petit", "petite"}, {"big", "grand", "grande"},     {"old", "vieux", "vieille"},
    {"pretty", "joli", "jolie"},  {"new", "nouveau", "nouvelle"}, {"bad", "mauvais", "mauvaise"},
};

inline constexpr Agreeing adjectives_after[] = {
    {"strange", "étrange", "étrange"},
    {"happy", "heureux", "heureuse", "person animal"},
    {"tired", "fatigué", "fatiguée", "person animal"},
    {"brave", "courageux", "courageuse", "person animal"},
    {"black", "noir", "noire", "animal thing place"},
    {"white", "blanc", "blanche", "animal thing place"},
    {"grey", "gris", "grise", "animal thing place"},
    {"green", "vert", "verte", "food thing place"},
    {"cold", "froid", "froide", "food place"},
    {"heavy", "lourd", "lourde", "food thing"},
};

inline constexpr Verb verbs[] = {
    {"sleep", "sleep", "sleeps", "slept", "dormir", "dort", "dormi"},
    {"sleep", "sing", "sings", "sang", "chanter", "chante", "chanté"},
    {"sleep", "dance", "dances", "danced", "danser", "danse", "dansé"},
    {"sleep", "run", "runs", "ran", "courir", "court", "couru"},
    {"sleep", "laugh", "laughs", "laughed", "rire", "rit", "ri"},
    {"sleep", "work", "works", "worked", "travailler", "travaille", "travaillé"},

    {"eat", "eat", "eats", "ate", "manger", "mange", "mangé"},
    {"eat", "taste", "tastes", "tasted", "goûter", "goûte", "goûté"},
    {"eat", "steal", "steals", "stole", "voler", "vole", "volé"},
    {"eat", "want", "wants", "wanted", "vouloir", "veut", "voulu"},

    {"take", "take", "takes", "took", "prendre", "prend", "pris"},
    {"take", "lose", "loses", "lost", "perdre", "perd", "perdu"},
    {"take", "sell", "sells", "sold", "vendre", "vend", "vendu"},
    {"take", "break", "breaks", "broke", "casser", "casse", "cassé"},
    {"take", "buy", "buys", "bought", "acheter", "achète", "acheté"},

    {"see", "see", "sees", "saw", "voir", "voit", "vu"},
    {"see", "find", "finds", "found", "trouver", "trouve", "trouvé"},
    {"see", "follow", "follows", "followed", "suivre", "suit", "suivi"},
    {"see", "hide", "hides", "hid", "cacher", "cache", "caché"},
    {"see", "like", "likes", "liked", "aimer", "aime", "aimé"},

    {"say", "say", "says", "said", "dire", "dit", "dit"},
    {"say", "think", "thinks", "thought", "penser", "pense", "pensé"},
    {"say", "believe", "believes", "believed", "croire", "croit", "cru"},
    {"say", "forget", "forgets", "forgot", "oublier", "oublie", "oublié"},
};

}  // namespace glance::seq2seq::lexicon
