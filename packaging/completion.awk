# Makes bash's completion of a program from its --help and that of its commands: awk -f completion.awk -v program=NAME FILE…
# where FILE is the program's own help, then one for each command, named NAME-COMMAND.

function flush_command() {
  if (command_of_file == "") root = words
  else cases = cases "    " command_of_file ") options=\"" substr(words, 2) "\" ;;\n"
}

FNR == 1 {
  if (NR > 1) flush_command()  # of the file before
  words = ""
  listing = ""
  command_of_file = FILENAME
  sub(/^.*\//, "", command_of_file)
  command_of_file = command_of_file == program ? "" : substr(command_of_file, length(program) + 2)
}

# What stands under a heading: options everywhere but under these two.
/^[^ ].*:$/ { listing = $0 == "Subcommands:" ? "commands" : $0 ~ /^(Examples|Positionals):$/ ? "none" : "options" }

listing == "commands" && /^  [a-z]/ { words = words " " $1; commands = commands " " $1 }

listing == "options" && /^  -/ {
  option = $1
  sub(/^-[a-z],/, "", option)
  words = words " " option
  value = $0 ~ /^  [^ ]+ [^ ]/ ? $2 : ""
  key = command_of_file " " option
  if (value ~ /^[a-z-]+(\|[a-z-]+)+$/) {
    gsub(/\|/, " ", value)
    values = values "    \"" key "\") values=\"" value "\" ;;\n"
  } else if (value == "DIR") values = values "    \"" key "\") values=folders ;;\n"
  else if (value ~ /^FILE/) values = values "    \"" key "\") values=files ;;\n"
  else if (value != "" && value !~ /^(\[|Needs:)/) values = values "    \"" key "\") return ;;\n"
}

END {
  flush_command()
  printf "# Completion of %s by bash, made from its --help.\n", program
  printf "_glance_%s() {\n", program
  print "  local now=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command= options= values="
  print "  COMPREPLY=()"
  if (commands != "")
    printf "  if [[ $COMP_CWORD -gt 1 && \"%s \" == *\" ${COMP_WORDS[1]} \"* ]]; then command=${COMP_WORDS[1]}; fi\n", commands
  print "  case \"$command $before\" in"
  printf "%s", values
  print "  esac"
  print "  case $command in"
  printf "    \"\") options=\"%s\" ;;\n", substr(root, 2)
  printf "%s", cases
  print "  esac"
  print "  case $values in"
  print "    folders) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- \"$now\") ;;"
  print "    files) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$now\") ;;"
  print "    ?*) mapfile -t COMPREPLY < <(compgen -W \"$values\" -- \"$now\") ;;"
  print "    *)"
  print "      if [[ $now == -* || -z $command ]]; then"
  print "        mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$now\")"
  print "      else  # a model, or a file of text"
  print "        compopt -o filenames"
  print "        mapfile -t COMPREPLY < <(compgen -f -- \"$now\")"
  print "      fi ;;"
  print "  esac"
  print "}"
  printf "complete -F _glance_%s %s glance-%s\n", program, program, program
}
