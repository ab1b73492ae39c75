// utf8proc's functions by the Unicode tables of the JavaScript that runs the module: String.normalize, the properties
// of regular expressions, Intl.Segmenter. ASCII is answered here, and a category is asked for once.
#include "utf8proc.h"

#include <emscripten.h>

#include <cstdlib>
#include <unordered_map>

// clang-format off
EM_JS(int, glance_category, (int code), {
  const names = ["Cn", "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf",
                 "Po", "Sm", "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co"];
  if (code >= 0xd800 && code < 0xe000) return 28;
  // The preprocessor would take a backslash for its own.
  const property = (name) => "^" + String.fromCharCode(92) + "p{" + name + "}$";
  if (!Module.categories) Module.categories = names.map((name) => new RegExp(property(name), "u"));
  const text = String.fromCodePoint(code);
  return Math.max(0, Module.categories.findIndex((category) => category.test(text)));
});

EM_JS(int, glance_ignorable, (int code), {
  return new RegExp("^" + String.fromCharCode(92) + "p{Default_Ignorable_Code_Point}$", "u").test(String.fromCodePoint(code)) ? 1 : 0;
});

EM_JS(int, glance_other_case, (int code, int upper), {
  const text = String.fromCodePoint(code);
  const other = [...(upper ? text.toUpperCase() : text.toLowerCase())];
  return other.length === 1 ? other[0].codePointAt(0) : code;
});

// Lower, upper, lower: the capital sharp s is folded to "ss" only so.
EM_JS(int, glance_fold, (int code, int* result, int size), {
  const folded = [...String.fromCodePoint(code).toLowerCase().toUpperCase().toLowerCase()].slice(0, size);
  folded.forEach((letter, i) => { HEAP32[(result >> 2) + i] = letter.codePointAt(0); });
  return folded.length;
});

EM_JS(char*, glance_normal_form, (const char* text, int length, int compatible, int compose, int* written), {
  const form = (compatible ? "NFK" : "NF") + (compose ? "C" : "D");
  const bytes = new TextEncoder().encode(new TextDecoder("utf-8", { ignoreBOM: true })
                                             .decode(HEAPU8.slice(text, text + length)).normalize(form));
  const result = _malloc(bytes.length + 1);
  HEAPU8.set(bytes, result);
  HEAPU8[result + bytes.length] = 0;
  HEAP32[written >> 2] = bytes.length;
  return result;
});

// What one sees as one character so far is kept from one question to the next.
EM_JS(int, glance_begins, (int before, int after, int first), {
  if (!Module.segmenter) Module.segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });
  if (first || !Module.cluster) Module.cluster = String.fromCodePoint(before);
  const next = String.fromCodePoint(after);
  const begins = [...Module.segmenter.segment(Module.cluster + next)].length > 1;
  Module.cluster = begins ? next : Module.cluster + next;
  return begins ? 1 : 0;
});
// clang-format on

namespace {
bool is_ascii(std::int32_t code) { return code >= 0 && code < 0x80; }

bool is_wide(std::int32_t c) {
  constexpr struct {
    std::int32_t first, last;
  } wide[] = {{0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0x33ff},   {0x3400, 0x4dbf},  {0x4e00, 0xa4cf},
              {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},  {0xffe0, 0xffe6},
              {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};
  for (const auto& range : wide)
    if (c >= range.first && c <= range.last) return true;
  return false;
}

}  // namespace

utf8proc_ssize_t utf8proc_iterate(const utf8proc_uint8_t* text, utf8proc_ssize_t length, utf8proc_int32_t* code_point) {
  constexpr utf8proc_ssize_t invalid = -3;
  *code_point = -1;
  if (length < 1) return 0;
  const std::int32_t first = text[0];
  if (first < 0x80) return *code_point = first, 1;
  const int count = first >= 0xf0 && first < 0xf5   ? 4
                    : first >= 0xe0 && first < 0xf0 ? 3
                    : first >= 0xc2 && first < 0xe0 ? 2
                                                    : 0;
  if (count == 0 || count > length) return invalid;
  std::int32_t code = first & (0xff >> (count + 1));
  for (int i = 1; i < count; ++i) {
    if ((text[i] & 0xc0) != 0x80) return invalid;
    code = code << 6 | (text[i] & 0x3f);
  }
  constexpr std::int32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < least[count] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return invalid;
  *code_point = code;
  return count;
}

utf8proc_ssize_t utf8proc_encode_char(utf8proc_int32_t code, utf8proc_uint8_t* bytes) {
  if (is_ascii(code)) return bytes[0] = static_cast<utf8proc_uint8_t>(code), 1;
  const int count = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  for (int i = count - 1; i > 0; --i, code >>= 6) bytes[i] = static_cast<utf8proc_uint8_t>(0x80 | (code & 0x3f));
  bytes[0] = static_cast<utf8proc_uint8_t>((0xf00 >> count & 0xff) | code);
  return count;
}

utf8proc_ssize_t utf8proc_map(const utf8proc_uint8_t* text, utf8proc_ssize_t length, utf8proc_uint8_t** result,
                              utf8proc_option_t options) {
  int written = 0;
  *result = reinterpret_cast<utf8proc_uint8_t*>(glance_normal_form(
      reinterpret_cast<const char*>(text), length, options & UTF8PROC_COMPAT, options & UTF8PROC_COMPOSE, &written));
  return written;
}

const char* utf8proc_errmsg(utf8proc_ssize_t) { return "the text has no normal form"; }

utf8proc_ssize_t utf8proc_decompose_char(utf8proc_int32_t code, utf8proc_int32_t* result, utf8proc_ssize_t size, int,
                                         int*) {
  if (is_ascii(code)) return result[0] = utf8proc_tolower(code), 1;
  return glance_fold(code, result, size);
}

utf8proc_int32_t utf8proc_toupper(utf8proc_int32_t code) {
  if (is_ascii(code)) return code >= 'a' && code <= 'z' ? code - 'a' + 'A' : code;
  return glance_other_case(code, true);
}

utf8proc_int32_t utf8proc_tolower(utf8proc_int32_t code) {
  if (is_ascii(code)) return code >= 'A' && code <= 'Z' ? code - 'A' + 'a' : code;
  return glance_other_case(code, false);
}

utf8proc_category_t utf8proc_category(utf8proc_int32_t code) {
  static std::unordered_map<std::int32_t, utf8proc_category_t> known;
  const auto [place, is_new] = known.try_emplace(code, UTF8PROC_CATEGORY_CN);
  if (is_new) place->second = static_cast<utf8proc_category_t>(glance_category(code));
  return place->second;
}

const utf8proc_property_t* utf8proc_get_property(utf8proc_int32_t code) {
  static constexpr utf8proc_property_t shown{false}, ignorable{true};
  return !is_ascii(code) && glance_ignorable(code) ? &ignorable : &shown;
}

int utf8proc_charwidth(utf8proc_int32_t code) {
  switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return 0;
    default:
      return is_wide(code) ? 2 : 1;
  }
}

bool utf8proc_grapheme_break_stateful(utf8proc_int32_t before, utf8proc_int32_t after, utf8proc_int32_t* state) {
  if (is_ascii(before) && is_ascii(after)) return *state = 0, !(before == '\r' && after == '\n');
  const bool first = *state == 0;
  *state = 1;
  return glance_begins(before, after, first);
}
