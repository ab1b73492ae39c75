# Turns glance's plain comments into Doxygen's, on the way in:
#   - a block of // lines becomes the documentation of the declaration under it, and of those that follow it without a
#     blank line (overloads and accessors share one comment);
#   - a comment behind a declaration becomes that declaration's;
#   - the comment above "namespace glance {" becomes the file's;
#   - "Tensor a, b;" becomes two declarations.
#
# What has no comment stays without documentation, and Doxygen names it: every function, type and constant of a
# namespace, every member function and every type within a type. A type's own comment answers only for what shows in its
# listing: data members, and constructors, destructors and assignments, or whatever is defaulted or deleted. A layer's
# visit() is explained in nn/module.h.
function flush_block(  i) {
  for (i = 1; i <= lines; ++i) print indent "/// " block[i]
}
function document_declaration() {
  if (lines) flush_block()
  else if (indent != "" && !has_comment_behind(line)) {
    if (line ~ /^ *static void visit\(auto/) print indent "/// Lists the members; see nn/module.h."
    else if (explained_by_type(line)) print indent "/// See the type."
  }
}
function explained_by_type(line) {
  if (line ~ /^ *(template|struct|class|enum|union|using|typedef) /) return 0
  if (line ~ /^ *((constexpr|explicit|inline|virtual) )*~?[A-Z][A-Za-z0-9]*\(/) return 1  # constructor, destructor
  if (line ~ /operator=\(|\) .*= (default|delete);/) return 1
  return line !~ /^[^;={]*\(|operator/  # no parameters: a data member
}
function has_comment_behind(line) {
  return line ~ /[;,{}] +\/\/ / && line !~ /^ *}/
}
function is_declaration(line) {
  return line !~ /^ *(#|\/\/|}|public:|private:|protected:|namespace |using namespace|friend|static_assert|: |extern)/ && line !~ /^ *$/
}
BEGIN { fresh = 1 }
{
  line = $0
  match(line, /^ */)
  indent = substr(line, 1, RLENGTH)
  if (line ~ /^ *\/\/( |$)/) {
    if (!in_block) lines = 0
    in_block = 1
    text = line
    sub(/^ *\/\/ ?/, "", text)
    gsub(/</, "\\&lt;", text)
    if (text ~ /^[0-9]+\. /) sub(/\./, "\\.", text)  # a numbered sentence, not a list
    block[++lines] = text
    next
  }
  if (line ~ /^ *$/) {
    if (in_block && !seen_namespace && !file_lines) keep_file()
    in_block = 0
    lines = 0
    fresh = 1
    print
    next
  }
  if (line ~ /^namespace glance/ && !seen_namespace) {
    if (lines) keep_file()
    seen_namespace = 1
    print "/// @file"
    for (i = 1; i <= file_lines; ++i) print "/// " file_block[i]
    lines = 0
    in_block = 0
    print ""
    print "/// All of the library."
    print
    next
  }
  # A declaration begins where the line before ended one.
  if (seen_namespace && fresh && is_declaration(line)) {
    if (match(line, /^ +[A-Za-z:]+ [a-z_0-9]+( = [^,;()]+)?(, [a-z_0-9]+( = [^,;()]+)?)+;/)) {
      match(line, /^ +[A-Za-z:]+ /)
      type = substr(line, 1, RLENGTH)
      rest = substr(line, RLENGTH + 1)
      note = rest
      sub(/^[^;]*;/, "", note)
      sub(/;.*/, "", rest)
      sub(/^ +\/\/ /, "  ///< ", note)
      count = split(rest, names, /, /)
      for (k = 1; k <= count; ++k) {
        if (note == "") document_declaration()
        print type names[k] ";" note
      }
      in_block = 0
      next
    }
    document_declaration()
  }
  in_block = 0
  fresh = (line ~ /[;{}] *(\/\/.*)?$/ || line ~ /^ *(public|private|protected):/)
  if (line ~ /\{ *(\/\/.*)?$/) { lines = 0 }  # what is inside has comments of its own
  if (has_comment_behind(line)) sub(/ +\/\/ /, "  ///< ", line)
  print line
}
function keep_file(  i) {
  for (i = 1; i <= lines; ++i) file_block[i] = block[i]
  file_lines = lines
}
