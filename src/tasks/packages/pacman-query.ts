import type { Command } from "../../transport/shell.js";
import { script } from "../remote/script.js";

/** What one of the user's words means to pacman; a group is several. */
export interface PacmanTarget {
  /** What pacman is given. */
  readonly source: string;
  readonly name: string;
  /** Empty when it is not installed. */
  readonly version: string;
  readonly reason: "explicit" | "dependency" | "";
  /** The version that is to be had, when it is another than the installed. */
  readonly newer: string;
  /** A file or an address. */
  readonly isFile: boolean;
}

interface PacmanAnswer {
  readonly targets: readonly PacmanTarget[];
  /** What pacman says of words that it does not know. */
  readonly unknown: ReadonlyMap<string, string>;
}

const FUNCTIONS = `command -v "$pacman" >/dev/null || exit 127
tell() {
  version= reason= newer=$4
  if line=$("$pacman" -Q -- "$2" 2>/dev/null); then
    version=\${line##* }
    if "$pacman" -Qdq -- "$2" >/dev/null 2>&1; then reason=dependency; else reason=explicit; fi
    if [ "$state" = latest ] && [ ! "$newer" ] && line=$("$pacman" -Qu -- "$2" 2>/dev/null); then
      case $line in *"[ignored]"*) ;; *) newer=\${line##* } ;; esac
    fi
    if [ "$newer" = "$version" ]; then newer=; fi
  fi
  printf '%s\\t%s\\t%s\\t%s\\t%s\\t%s\\n' "$3" "$1" "$2" "$version" "$reason" "$newer"
}`;

/** What is installed is known by its name; all else pacman must find, without what it would need. */
const QUERY = `pacman=$1 state=$2; shift 2
${FUNCTIONS}
for word; do
  case $word in "~/"*) word=$HOME/\${word#"~/"} ;; esac
  if "$pacman" -Qq -- "$word" >/dev/null 2>&1 && [ ! -e "$word" ]; then tell "$word" "$word" package ''
  elif [ "$state" = absent ] && members=$("$pacman" -Qgq -- "$word" 2>/dev/null); then
    for each in $members; do tell "$each" "$each" package ''; done
  elif [ "$state" = present ] && "$pacman" -T -- "$word" >/dev/null 2>&1; then :
  elif members=$("$pacman" -Sgq -- "$word" 2>/dev/null) && [ "$members" ]; then
    for each in $members; do tell "$each" "$each" package ''; done
  elif name=$("$pacman" -Sddp --noconfirm --print-format '%n' -- "$word" 2>/dev/null) && [ "$name" ]; then
    tell "$word" "$name" package ''
  elif said=$("$pacman" -Uddp --noconfirm --print-format 'farm %n %v' -- "$word" 2>&1) &&
    found=$(printf '%s\\n' "$said" | sed -n 's/^farm //p') && [ "$found" ]; then
    tell "$word" "\${found% *}" file "\${found#* }"
  else printf 'unknown\\t%s\\t%s\\n' "$word" "$("$pacman" -Sddp --noconfirm -- "$word" 2>&1 | sed -n 's/^error: //p' | head -n 1)"
  fi
done
exit 0`;

/** What the user's words are, and what of it is there. @param state for which it is asked */
export const pacmanQuery = (pacman: string, state: string, words: readonly string[]): Command =>
  script("pacman-query", QUERY, [pacman, state, ...words], { env: { LC_ALL: "C" }, readOnly: true });

/** What `pacman-query` printed. */
export function parsePacmanAnswer(stdout: string): PacmanAnswer {
  const targets: PacmanTarget[] = [];
  const unknown = new Map<string, string>();
  for (const line of stdout.split("\n")) {
    const [kind, source = "", name = "", version = "", reason = "", newer = ""] = line.split("\t");
    if (kind === "unknown") unknown.set(source, name);
    if (kind !== "package" && kind !== "file") continue;
    const why = reason === "explicit" || reason === "dependency" ? reason : "";
    targets.push({ source, name, version, reason: why, newer, isFile: kind === "file" });
  }
  return { targets, unknown };
}

/** What an upgrade would do: lines of `pacman -Qu`, those that are ignored left out. */
export const parseUpgrades = (stdout: string): { name: string; current: string; latest: string }[] =>
  stdout.split("\n").flatMap((line) => {
    const [, name, current, latest] = /^(\S+) (\S+) -> (\S+)$/.exec(line.trim()) ?? [];
    return name === undefined || current === undefined || latest === undefined
      ? []
      : [{ name, current, latest }];
  });

/** How pacman is to print the packages of a transaction, and what it printed. */
export const PRINT_FORMAT = ["--print-format", "farm %n %v"] as const;
export const parsePrinted = (stdout: string): { name: string; version: string }[] =>
  [...stdout.matchAll(/^farm (\S+) (\S+)$/gm)].map(([, name = "", version = ""]) => ({ name, version }));

/** pacman's errors; which packages are in each other's way stands elsewhere. */
export function pacmanError(stderr: string, stdout: string): string | undefined {
  const errors = [...stderr.matchAll(/^error: (.*)$/gm)].map(([, text = ""]) => text);
  const reasons = [...`${stderr}\n${stdout}`.matchAll(/^:: (.*(?:breaks|conflict|requires).*)$/gm)];
  const all = [...errors, ...reasons.map(([, text = ""]) => text)];
  return errors.length === 0 ? undefined : [...new Set(all)].join("; ");
}
