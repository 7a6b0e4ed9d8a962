# Completion for wherry-cp(1) in bash.

_wherry_cp ()
{
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  COMPREPLY=()

  case $before in
    -i | --ssh-config)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$word")
      return ;;
    -J | -P | -l | --forget-host) return ;;
  esac
  case $word in
    -*)
      mapfile -t COMPREPLY < <(compgen -W '-r -p -L -s -O -q -P -i -J -l --verify --accept-new --batch --remember --no-keyring --forget-host --ssh-config -h --help -V --version' -- "$word")
      return ;;
  esac

  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen -f -- "$word")
  # A host has no "/" before its ":". The helper comes with bash-completion.
  if [[ $word != */* && $word != *:* ]] && declare -F _known_hosts_real >/dev/null; then
    _known_hosts_real -c -a -- "$word"
  fi
} && complete -F _wherry_cp wherry-cp
