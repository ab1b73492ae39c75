// Text is normalised, split and joined as a reader would, and bytes that are no text are refused.
#include "examples/common/text.h"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>

#include "glance/tensor/error.h"
#include "tests/catch.h"
#include "tests/examples/run_program.h"

using namespace glance;

using Words = std::vector<std::string>;

namespace {

std::string join_with_spaces(const Words& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

// The UTF-8 text in another normal form.
std::string in_form(const std::string& text, int form) {
  utf8proc_uint8_t* mapped = nullptr;
  const auto written =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                   &mapped, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | form));
  REQUIRE(written >= 0);
  std::string result(reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(written));
  std::free(mapped);
  return result;
}

constexpr int canonical_forms[] = {UTF8PROC_COMPOSE, UTF8PROC_DECOMPOSE};
constexpr int all_forms[] = {UTF8PROC_COMPOSE, UTF8PROC_DECOMPOSE, UTF8PROC_COMPOSE | UTF8PROC_COMPAT,
                             UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT};

// Each letter by itself in another case.
std::string in_case(const std::string& text, utf8proc_int32_t (*change)(utf8proc_int32_t)) {
  std::u32string result;
  for (const char32_t c : decode(text))
    result.push_back(static_cast<char32_t>(change(static_cast<utf8proc_int32_t>(c))));
  return encode(result);
}

// Code points that have other forms or cases, or that nobody sees, and a few of all others.
std::vector<char32_t> telling_code_points() {
  std::vector<char32_t> found;
  for (utf8proc_int32_t c = 1; c < 0x110000; ++c) {
    const auto* p = utf8proc_get_property(c);
    if (p->category == UTF8PROC_CATEGORY_CN || p->category == UTF8PROC_CATEGORY_CS) continue;
    const bool cased = utf8proc_toupper(c) != c || utf8proc_tolower(c) != c || utf8proc_totitle(c) != c;
    const bool telling = cased || p->decomp_seqindex != UINT16_MAX || p->casefold_seqindex != UINT16_MAX ||
                         p->combining_class != 0 || p->ignorable || p->category == UTF8PROC_CATEGORY_ZS;
    if (telling || c % 97 == 0) found.push_back(static_cast<char32_t>(c));
  }
  return found;
}

}  // namespace

TEST_CASE("normalise makes text lower case, composed and evenly spaced") {
  CHECK(normalise("The CAT") == "the cat");
  CHECK(normalise("ÉLÈVE Ωμέγα ДОМ") == "élève ωμέγα дом");
  CHECK(normalise("e\u0301te\u0301") == "été");                       // combining accents are composed
  CHECK(normalise("\u212b") == "å");                                  // so is the angstrom sign
  CHECK(normalise("  a\t b \u00a0c\u202f!\u2003\r\n") == "a b c !");  // no-break, narrow and em spaces
  CHECK(normalise("l\u2019eau") == "l'eau");
  CHECK(normalise("\ufeffa\u00adb\u200ec") == "abc");  // byte order mark, soft hyphen, mark of direction
  CHECK(normalise(std::string_view("a\0b", 3)) == "a b");
  CHECK(normalise("").empty());
  CHECK(normalise(" \t ").empty());
}

TEST_CASE("what parts words and what does not, though neither is seen") {
  CHECK(split_words("the\u200bcat") == Words{"the", "cat"});  // a zero-width space
  CHECK(split_words("the\u2028cat\u0085sat\vdown") == Words{"the", "cat", "sat", "down"});
  CHECK(split_words("the\u2060c\u00ada\ufefft") == Words{"thecat"});  // word joiner, soft hyphen, byte order mark
  CHECK(split_words("e\u00ad\u0301te\u200b\u0301") == Words{"éte", "\u0301"});  // taken out before composing
  CHECK(split_words("می\u200cخواهم") == Words{"می\u200cخواهم"});                // a non-joiner is spelling
}

TEST_CASE("a text has the same words in every normal form and every case") {
  for (const char32_t c : telling_code_points()) {
    if (!optimised && c % 16 != 0) continue;  // minutes under a sanitizer
    const std::string text = "x" + encode(std::u32string(1, c)) + "y " + encode(std::u32string(1, c));
    INFO("U+" << std::hex << static_cast<std::uint32_t>(c));
    for (const TextOptions options : {TextOptions{}, TextOptions{.keep_case = true}}) {
      const std::string normal = normalise(text, options);
      REQUIRE(normalise(normal, options) == normal);
      for (const int form : all_forms) REQUIRE(normalise(in_form(text, form), options) == normal);
    }
    for (const auto change : {utf8proc_toupper, utf8proc_tolower, utf8proc_totitle})
      REQUIRE(normalise(in_case(text, change)) == normalise(text));
    for (const Unit unit : {Unit::spaces, Unit::characters})
      for (const bool keep_case : {false, true}) {
        const std::string normal = normalise(text, {unit, keep_case});
        REQUIRE(normalise(normal, {unit, keep_case}) == normal);
        for (const int form : canonical_forms) REQUIRE(normalise(in_form(text, form), {unit, keep_case}) == normal);
      }
  }
}

TEST_CASE("cases that change the number of letters are the same words, too") {
  const std::vector<std::pair<std::string, std::string>> same = {{"straße", "STRASSE"},
                                                                 {"straẞe", "strasse"},
                                                                 {"όδος", "ΌΔΟΣ"},
                                                                 {"ﬁn ﬀ ﬆ", "FIN FF ST"},
                                                                 {"İstanbul", "i\u0307stanbul"},
                                                                 {"İSTANBUL", "istanbul"},
                                                                 {"ısı", "ISI"},
                                                                 {"ŉ", "ʼN"},
                                                                 {"և", "ԵՒ"},
                                                                 {"ǆ", "ǅ"},
                                                                 {"µm", "ΜM"},
                                                                 {"ᾳ", "ΑΙ"},
                                                                 {"ſo", "SO"},
                                                                 {"ＦＵＬＬ", "full"},
                                                                 {"Å", "å"}};
  for (const auto& [one, other] : same) CHECK(split_words(one) == split_words(other));
  CHECK(normalise("Straße", {.keep_case = true}) == "Straße");
  CHECK(normalise("x² … ﬁ Ａ", {.unit = Unit::spaces, .keep_case = true}) == "x² … ﬁ Ａ");
  CHECK(normalise("x² … ﬁ Ａ") == "x2 ... fi a");
}

TEST_CASE("text is split into what was asked for, and joined again") {
  const TextOptions spaces{.unit = Unit::spaces, .keep_case = true}, characters{.unit = Unit::characters};
  CHECK(to_units(" I_TURN_LEFT  AH0\tdon't. ", spaces) == Words{"I_TURN_LEFT", "AH0", "don't."});
  CHECK(to_units("I_TURN_LEFT", {.unit = Unit::spaces}) == Words{"i_turn_left"});
  CHECK(to_units("10 Mai e\u0301", characters) == Words{"1", "0", " ", "m", "a", "i", " ", "é"});
  CHECK(to_units("我爱你。", characters) == Words{"我", "爱", "你", "。"});
  CHECK(to_units("Paris, I'm L'Eau", {.keep_case = true}) == Words{"Paris", ",", "I", "'m", "L'", "Eau"});
  for (const std::string text : {"the cat's, nose", "2020-05-01 x", "ab  c"}) {
    CHECK(to_text(to_units(text, spaces), spaces) == normalise(text, spaces));
    CHECK(to_text(to_units(text, characters), characters) == normalise(text, characters));
  }
  CHECK(to_text(Words{"L'", "Eau", "."}, {.keep_case = true}) == "L'Eau.");
  CHECK(shown_units(Words{"a", " ", "b"}) == Words{"a", "␣", "b"});
  for (const Unit unit : {Unit::words, Unit::spaces, Unit::characters}) CHECK(unit_of(name_of(unit)) == unit);
  CHECK_THROWS_WITH(unit_of("letters"), Contains("\"letters\"") && Contains("into characters"));
  CHECK_THROWS_AS(to_units("\xff", characters), Error);
}

TEST_CASE("what a screen would not show is found") {
  for (const char* text : {"cat", " ", "é", "می\u200cخواهم", "👩‍🚀"}) CHECK(is_printable(text));
  for (const char* text : {"a\nb", "\x1b[2J", "\u009b", "\u202e", "\ufeff", "\u200b", "\x7f"})
    CHECK_FALSE(is_printable(text));
}

TEST_CASE("split_words parts words from punctuation") {
  CHECK(split_words("The cat ate the apple.") == Words{"the", "cat", "ate", "the", "apple", "."});
  CHECK(split_words("Ça suffit !") == Words{"ça", "suffit", "!"});
  CHECK(split_words("«Oui», dit-il…") == Words{"«", "oui", "»", ",", "dit-il", "..."});
  CHECK(split_words("Wait... what?!") == Words{"wait", "...", "what", "?", "!"});
  CHECK(split_words("(3.5 to 1,000 at 10:30)") == Words{"(", "3.5", "to", "1,000", "at", "10:30", ")"});
  CHECK(split_words("in 1999.") == Words{"in", "1999", "."});
  CHECK(split_words("a -b- c--d") == Words{"a", "-", "b", "-", "c", "-", "-", "d"});
  CHECK(split_words("50% €3") == Words{"50", "%", "€", "3"});
  CHECK(split_words("हिन्दी में") == Words{"हिन्दी", "में"});  // vowel signs are part of the word
  CHECK(split_words("").empty());
}

TEST_CASE("split_words knows elided words and English endings") {
  CHECK(split_words("L'eau n'a pas d'odeur") == Words{"l'", "eau", "n'", "a", "pas", "d'", "odeur"});
  CHECK(split_words("Parce qu\u2019il s\u2019en va") == Words{"parce", "qu'", "il", "s'", "en", "va"});
  CHECK(split_words("jusqu'aujourd'hui") == Words{"jusqu'", "aujourd'hui"});
  CHECK(split_words("I'm sure you're Tom's") == Words{"i", "'m", "sure", "you", "'re", "tom", "'s"});
  CHECK(split_words("I'd've") == Words{"i", "'d", "'ve"});
  CHECK(split_words("I don't, c'mon, o'clock") == Words{"i", "don't", ",", "c'mon", ",", "o'clock"});
  CHECK(split_words("'hello'") == Words{"'", "hello", "'"});
  CHECK(split_words("the dogs' l'") == Words{"the", "dogs", "'", "l'"});
}

TEST_CASE("split_words takes a sign of several code points for one word") {
  CHECK(split_words("ok👍🏽!") == Words{"ok", "👍🏽", "!"});  // with a skin tone
  CHECK(split_words("👩‍👩‍👧❤️") ==
        Words{"👩‍👩‍👧", "❤️"});  // joined, and with an emoji style
  CHECK(split_words("🇫🇷🇬🇧") == Words{"🇫🇷", "🇬🇧"});
}

TEST_CASE("split_words leaves alone what is already split") {
  for (const char* sentence :
       {"i m ill .", "je suis touche !", "do n't you 're l' eau ...", "le chat n' a pas mangé la pomme"})
    CHECK(join_with_spaces(split_words(sentence)) == sentence);
}

TEST_CASE("splitting twice is splitting once, whatever the text") {
  const std::vector<std::string> pieces = {"a", "é",      "e\u0301", "9",      "'",      "\u2019", ".",      ",",
                                           "-", " ",      "l'",      "n't",    "'s",     "qu",     "\u200d", "\u0308",
                                           "İ", "Σ",      "👍",       "🏽",   "\ufe0f", "\u00a0", "🇫",      "가",
                                           "ﬁ", "\u1100", "\u1161",  "\ufeff", "\u0600", "कि",     "\u037e", "K"};
  std::mt19937_64 random(1);
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (int i = 0; i < 8; ++i) text += pieces[random() % pieces.size()];
    INFO(text);
    const std::string normal = normalise(text);
    REQUIRE(normalise(normal) == normal);
    const Words words = split_words(text);
    REQUIRE(split_words(join_with_spaces(words)) == words);
    for (const std::string& word : words) REQUIRE(!word.empty());
  }
}

TEST_CASE("invalid UTF-8 is an error that names the byte") {
  CHECK_THROWS_WITH(normalise("ab\xff"), "invalid UTF-8: byte 3 (0xff): save the text as UTF-8");
  CHECK_THROWS_AS(split_words("\x80"), Error);              // a continuation byte alone
  CHECK_THROWS_AS(split_words("\xc3"), Error);              // cut short
  CHECK_THROWS_AS(split_words("\xc0\xaf"), Error);          // longer than needed
  CHECK_THROWS_AS(split_words("\xed\xa0\x80"), Error);      // half of a surrogate pair
  CHECK_THROWS_AS(split_words("\xf4\x90\x80\x80"), Error);  // beyond the last code point
  CHECK_THROWS_AS(display_width("\xff"), Error);
}

TEST_CASE("any bytes are split or refused") {
  std::mt19937_64 random(2);
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (std::uint64_t i = random() % 12; i > 0; --i)
      text += static_cast<char>(random() % 3 == 0 ? random() : random() % 128);
    try {
      const Words words = split_words(text);
      REQUIRE(split_words(join_with_spaces(words)) == words);
    } catch (const Error& error) {
      REQUIRE(std::string(error.what()).find("invalid UTF-8") == 0);
    }
  }
}

TEST_CASE("join_words writes as one would") {
  CHECK(join_words(Words{"le", "chat", "n'", "a", "pas", "mangé", "."}) == "le chat n'a pas mangé.");
  CHECK(join_words(Words{"i", "'m", "here", ",", "tom"}) == "i'm here, tom");
  CHECK(join_words(Words{"qui", "?"}) == "qui ?");
  CHECK(join_words(Words{}).empty());
}

TEST_CASE("display_width counts terminal columns") {
  CHECK(display_width("") == 0);
  CHECK(display_width("cat") == 3);
  CHECK(display_width("élève") == 5);
  CHECK(display_width("e\u0301") == 1);
  CHECK(display_width("猫が") == 4);
  CHECK(display_width("한국") == 4);
  CHECK(display_width("שלום") == 4);
  CHECK(display_width("👍") == 2);
  CHECK(display_width("👍🏽") == 2);
  CHECK(display_width("👩‍👩‍👧") == 2);
  CHECK(display_width("❤️!") == 3);
  CHECK(display_width("🇫🇷") == 2);
}

TEST_CASE("letters are what a reader sees as one") {
  CHECK(letters("").empty());
  CHECK(letters("e\u0301t") == Words{"e\u0301", "t"});
  CHECK(letters("🇫🇷🇩🇪") == Words{"🇫🇷", "🇩🇪"});
  CHECK(letters("👩‍👩‍👧❤️!") == Words{"👩‍👩‍👧", "❤️", "!"});
  CHECK(letters("한국") == Words{"한", "국"});
  CHECK_THROWS_AS(letters("\xff"), Error);
}

TEST_CASE("text is escaped for XML") { CHECK(xml_escaped("a<b> & \"c\" é") == "a&lt;b&gt; &amp; &quot;c&quot; é"); }
