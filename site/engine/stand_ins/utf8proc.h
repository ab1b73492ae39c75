// The part of utf8proc's interface that the programs use, for a browser: there is no utf8proc for WebAssembly in the
// distribution, and every browser has Unicode's tables. Names and values are utf8proc's. The functions are in
// utf8proc.cpp.
#pragma once

#include <cstddef>
#include <cstdint>

using utf8proc_uint8_t = std::uint8_t;
using utf8proc_int32_t = std::int32_t;
using utf8proc_ssize_t = std::ptrdiff_t;

enum utf8proc_option_t {
  UTF8PROC_STABLE = 1 << 1,
  UTF8PROC_COMPAT = 1 << 2,
  UTF8PROC_COMPOSE = 1 << 3,
  UTF8PROC_DECOMPOSE = 1 << 4,
  UTF8PROC_CASEFOLD = 1 << 10
};

enum utf8proc_category_t {
  UTF8PROC_CATEGORY_CN,
  UTF8PROC_CATEGORY_LU,
  UTF8PROC_CATEGORY_LL,
  UTF8PROC_CATEGORY_LT,
  UTF8PROC_CATEGORY_LM,
  UTF8PROC_CATEGORY_LO,
  UTF8PROC_CATEGORY_MN,
  UTF8PROC_CATEGORY_MC,
  UTF8PROC_CATEGORY_ME,
  UTF8PROC_CATEGORY_ND,
  UTF8PROC_CATEGORY_NL,
  UTF8PROC_CATEGORY_NO,
  UTF8PROC_CATEGORY_PC,
  UTF8PROC_CATEGORY_PD,
  UTF8PROC_CATEGORY_PS,
  UTF8PROC_CATEGORY_PE,
  UTF8PROC_CATEGORY_PI,
  UTF8PROC_CATEGORY_PF,
  UTF8PROC_CATEGORY_PO,
  UTF8PROC_CATEGORY_SM,
  UTF8PROC_CATEGORY_SC,
  UTF8PROC_CATEGORY_SK,
  UTF8PROC_CATEGORY_SO,
  UTF8PROC_CATEGORY_ZS,
  UTF8PROC_CATEGORY_ZL,
  UTF8PROC_CATEGORY_ZP,
  UTF8PROC_CATEGORY_CC,
  UTF8PROC_CATEGORY_CF,
  UTF8PROC_CATEGORY_CS,
  UTF8PROC_CATEGORY_CO
};

struct utf8proc_property_t {
  bool ignorable;  // by default, where it cannot be shown
};

// The code point of UTF-8 text of a length, and how many bytes it takes; a negative number where there is none.
utf8proc_ssize_t utf8proc_iterate(const utf8proc_uint8_t* text, utf8proc_ssize_t length, utf8proc_int32_t* code_point);

// Writes a code point as UTF-8; how many bytes.
utf8proc_ssize_t utf8proc_encode_char(utf8proc_int32_t code_point, utf8proc_uint8_t* bytes);

// A text in the normal form that the options say, from malloc(); its length in bytes, or a negative number.
utf8proc_ssize_t utf8proc_map(const utf8proc_uint8_t* text, utf8proc_ssize_t length, utf8proc_uint8_t** result,
                              utf8proc_option_t options);
const char* utf8proc_errmsg(utf8proc_ssize_t error);

// The full case folding of a code point, without anything else; how many code points it has.
utf8proc_ssize_t utf8proc_decompose_char(utf8proc_int32_t code_point, utf8proc_int32_t* result, utf8proc_ssize_t size,
                                         int options, int* last_class);

// The case of a code point that is one code point; itself where there is none.
utf8proc_int32_t utf8proc_toupper(utf8proc_int32_t code_point);
utf8proc_int32_t utf8proc_tolower(utf8proc_int32_t code_point);

utf8proc_category_t utf8proc_category(utf8proc_int32_t code_point);
const utf8proc_property_t* utf8proc_get_property(utf8proc_int32_t code_point);

// The columns that a code point takes in a terminal.
int utf8proc_charwidth(utf8proc_int32_t code_point);

// Whether a reader sees a new character begin between two neighbours of one text, of which all are asked for in turn.
// `state` is 0 at the first.
bool utf8proc_grapheme_break_stateful(utf8proc_int32_t before, utf8proc_int32_t after, utf8proc_int32_t* state);
