export const SHELLS = ["bash", "zsh", "fish"] as const;
export type ShellName = (typeof SHELLS)[number];

const BASH = `_farm() {
  local IFS=$'\\n' current=\${COMP_WORDS[COMP_CWORD]} found
  found=$(farm complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  COMPREPLY=()
  if [ "$found" = :files ]; then
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -f -- "$current"))
  elif [ -n "$found" ]; then
    COMPREPLY=($found)
  fi
}
complete -F _farm farm
`;

const ZSH = `#compdef farm
_farm() {
  local found
  found=$(farm complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if [[ $found == :files ]]; then
    _files
  elif [[ -n $found ]]; then
    compadd -- "\${(@f)found}"
  fi
}
compdef _farm farm
`;

const FISH = `function __farm_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found (farm complete -- $words[2..-1] 2>/dev/null)
  if test "$found" = :files
    __fish_complete_path (commandline -ct)
  else
    printf '%s\\n' $found
  end
end
complete -c farm -f -a '(__farm_complete)'
`;

const SCRIPTS: Readonly<Record<ShellName, string>> = { bash: BASH, zsh: ZSH, fish: FISH };

/** What makes a shell complete farm's command lines, by asking \`farm complete\`. */
export const completionScript = (shell: ShellName): string => SCRIPTS[shell];
