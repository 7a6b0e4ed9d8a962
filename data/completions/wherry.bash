# Completion for wherry(1) in bash.

_wherry ()
{
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  COMPREPLY=()

  case $before in
    -i | --identity | --known-hosts)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$word")
      return ;;
  esac
  case $word in
    -*)
      mapfile -t COMPREPLY < <(compgen -W '--connect -i --identity --known-hosts -n --new-window --no-keyring -s --standalone -u --upload --to --folder -h --help --version' -- "$word") ;;
    *)
      if declare -F _known_hosts_real >/dev/null; then
        _known_hosts_real -a -- "$word"
      fi ;;
  esac
} && complete -F _wherry wherry
