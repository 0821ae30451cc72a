/** The scripts by which shells ask for completions. They hold no names themselves: `__complete` of the program that is there answers. */
export const shells = {
  bash: `# Completion of sm-local for bash: source <(sm-local completion bash)
_sm_local() {
  local candidate
  COMPREPLY=()
  while IFS= read -r candidate; do
    COMPREPLY+=("$candidate")
  done < <("$1" __complete bash "\${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null)
  if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *[=/@] ]]; then
    compopt -o nospace 2>/dev/null
  fi
}
complete -F _sm_local sm-local
`,
  zsh: `#compdef sm-local
# Completion of sm-local for zsh: source <(sm-local completion zsh); or this text as _sm-local in a directory of $fpath
_sm_local() {
  local line text display
  local -a whole whole_shown open open_shown
  for line in "\${(@f)$("\${(Q)words[1]}" __complete zsh "\${(j: :)words[1,CURRENT-1]} $QIPREFIX$PREFIX" 2>/dev/null)}"; do
    text="\${line%%$'\\t'*}"
    display="\${line#*$'\\t'}"
    [[ -n $text ]] || continue
    if [[ $text == *[=/@] ]]; then
      open+=("$text"); open_shown+=("$display")
    else
      whole+=("$text"); whole_shown+=("$display")
    fi
  done
  (( \${#whole} )) && compadd -Q -U -l -d whole_shown -a whole
  (( \${#open} )) && compadd -Q -U -S '' -l -d open_shown -a open
  return 0
}
if [[ $funcstack[1] == _sm-local ]]; then
  _sm_local "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
  compdef _sm_local sm-local
fi
`,
  fish: `# Completion of sm-local for fish: sm-local completion fish | source
function __sm_local_complete
    set -l words (commandline -opc)
    $words[1] __complete fish (commandline -ct) $words[2..-1] 2>/dev/null
end
complete -c sm-local -f -a '(__sm_local_complete)'
`,
} as const;

export type Shell = keyof typeof shells;
export const isShell = (text: string): text is Shell => Object.hasOwn(shells, text);
