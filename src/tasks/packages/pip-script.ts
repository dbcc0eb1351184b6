import type { Command } from "../../transport/shell.js";
import { script } from "../remote/script.js";
import { splitWords } from "../words.js";

/** Where pip is, and how it is run. */
export interface PipPlace {
  readonly virtualenv?: string | undefined;
  /** What makes the environment, with its options. */
  readonly virtualenv_command: string;
  readonly virtualenv_options: readonly string[];
  readonly executable?: string | undefined;
  readonly umask?: string | undefined;
  readonly chdir?: string | undefined;
  readonly break_system_packages: boolean;
}

/** Exit status 3: there is no environment yet; 127: no pip. */
const FIND = `venv=$1 pip=$2 umask=$3; shift 3
case $venv in "~/"*) venv=$HOME/\${venv#"~/"} ;; esac
if [ "$umask" ]; then umask "$umask" || exit; fi
run() { if [ "$pip" = -m ]; then python3 -m pip "$@"; else "$pip" "$@"; fi; }
find_pip() {
  if [ "$venv" ]; then
    for pip in "$venv/bin/pip3" "$venv/bin/pip" ''; do if [ -x "$pip" ]; then break; fi; done
    if [ ! "$pip" ]; then echo "there is no pip in $venv/bin: remove it, and it is made anew" >&2; exit 4; fi
    PATH=$(cd "$venv/bin" && pwd):$PATH; export PATH
  elif [ "$pip" ]; then command -v "$pip" >/dev/null || exit 127
  elif command -v pip3 >/dev/null; then pip=pip3
  elif command -v pip >/dev/null; then pip=pip
  elif python3 -m pip --version >/dev/null 2>&1; then pip=-m
  else exit 127; fi
}`;

/** What is installed; then, if pip can simulate, what would be: of the arguments, none, or an installation. */
const ASK = `${FIND}
if [ "$venv" ] && [ ! -e "$venv/bin/activate" ] && [ ! -x "$venv/bin/pip" ]; then exit 3; fi
find_pip
run list --format=freeze 2>/dev/null || run freeze --all || exit
[ $# -gt 0 ] || exit 0
echo farm-simulated
run "$@" --dry-run 2>&1
echo "farm-exit $?"`;

/** The exit status is pip's; a last line says whether other packages are there than before. */
const ACT = `${FIND}
find_pip
before=$(run list --format=freeze 2>/dev/null || run freeze --all)
run "$@" || exit
after=$(run list --format=freeze 2>/dev/null || run freeze --all)
[ "$before" = "$after" ] || printf '\\nfarm-changed\\n'`;

const words = ({ virtualenv, executable, umask }: PipPlace): string[] => [
  virtualenv ?? "",
  executable ?? "",
  umask ?? "",
];

const where = (place: PipPlace) => ({
  ...(place.chdir !== undefined && { cwd: place.chdir }),
  env: {
    LC_ALL: "C",
    PIP_DISABLE_PIP_VERSION_CHECK: "1",
    // An older pip knows no such option, and minds no such variable.
    ...(place.break_system_packages && { PIP_BREAK_SYSTEM_PACKAGES: "1" }),
  },
});

/** @param simulate an installation that pip is to simulate, or nothing */
export const pipQuery = (place: PipPlace, simulate: readonly string[]): Command =>
  script("pip-query", ASK, [...words(place), ...simulate], { ...where(place), readOnly: true });

/** Makes the environment. */
export const makeEnvironment = (place: PipPlace): Command => {
  const argv = [...splitWords(place.virtualenv_command), ...place.virtualenv_options, place.virtualenv ?? ""];
  const made = `if [ "$1" ]; then umask "$1" || exit; fi\nshift\nexec "$@"`;
  return script("pip-environment", made, [place.umask ?? "", ...argv], where(place));
};

export const pipCommand = (place: PipPlace, argv: readonly string[]): Command =>
  script("pip", ACT, [...words(place), ...argv], where(place));

interface PipAnswer {
  readonly list: string;
  /** What a simulation said; nothing where pip cannot simulate, or where none was asked for. */
  readonly simulated: { readonly code: number; readonly text: string } | undefined;
}

/** What `pip-query` printed. */
export function parsePipAnswer(stdout: string): PipAnswer {
  const [list = "", rest] = stdout.split(/^farm-simulated\n/m, 2);
  const [, text = "", code] = /^([\s\S]*?)farm-exit (\d+)\s*$/.exec(rest ?? "") ?? [];
  if (code === undefined || /no such option: --dry-run/.test(text)) return { list, simulated: undefined };
  return { list, simulated: { code: Number(code), text } };
}

/** pip's errors, without those that only say there was one. */
export function pipError(stderr: string): string | undefined {
  if (/externally-managed-environment/.test(stderr))
    return "this Python is managed by the system's packages: use virtualenv, or break_system_packages";
  const errors = [...stderr.matchAll(/^ERROR: (.*)$/gm)].map(([, text = ""]) => text);
  return errors.length === 0 ? undefined : [...new Set(errors)].join("; ");
}
