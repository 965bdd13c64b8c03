export type Shell = 'bash' | 'zsh' | 'fish';

// Where there are no words, each falls back to names of files.
const BASH = `# weft completion for bash
_weft() {
  local IFS=$'\\n' cur="\${COMP_WORDS[COMP_CWORD]}" line="\${COMP_LINE:0:COMP_POINT}"
  local -a typed
  # COMP_WORDS is cut at ':' and '='; what was typed is not
  IFS=$' \\t\\n' read -r -a typed <<< "$line"
  [[ "$line" == *[[:space:]] ]] && typed+=('')
  local whole="\${typed[\${#typed[@]}-1]}"
  COMPREPLY=($("\${typed[0]}" __complete -- "\${typed[@]:1}" 2>/dev/null))
  local cut="\${whole%"$cur"}"
  [[ -n "$cut" ]] && COMPREPLY=("\${COMPREPLY[@]#"$cut"}")
  return 0
}
complete -o default -F _weft weft
`;

const ZSH = `#compdef weft
# weft completion for zsh
_weft() {
  local -a found
  found=("\${(@f)$("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  found=("\${(@)found:#}")
  if (( \${#found} )); then
    compadd -- "\${found[@]}"
  else
    _files
  fi
}
if [[ "\${funcstack[1]}" = _weft ]]; then
  _weft "$@"
else
  compdef _weft weft
fi
`;

const FISH = `# weft completion for fish
function __weft_words
  set -l typed (commandline -opc)
  set -l command $typed[1]
  set -e typed[1]
  $command __complete -- $typed (commandline -ct) 2>/dev/null
end
complete -c weft -a '(__weft_words)'
`;

/** What `weft completion SHELL` prints. */
export const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
