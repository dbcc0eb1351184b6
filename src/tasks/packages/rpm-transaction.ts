import type { Command, CommandResult } from "../../transport/shell.js";
import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext, ModuleResult } from "../module/module.js";
import { script } from "../remote/script.js";
import { lastLine } from "../remote/status.js";
import { missing } from "./package-manager.js";
import { IS_LOCKED, waitingForLock } from "./rpm-lock.js";

/** One package of a transaction that was simulated. */
export interface RpmChange {
  readonly verb: "Installed" | "Removed" | "Downloaded";
  readonly name: string;
  readonly isDowngrade: boolean;
}

/** What shall be of which packages, and by which commands; the names come last. */
export interface RpmWanted {
  readonly program: string;
  /** update: the latest, of those that are there. */
  readonly state: "present" | "latest" | "absent" | "update";
  readonly names: readonly string[];
  /** `act`, but nothing is done. */
  readonly simulate: readonly string[];
  readonly act: readonly string[];
  /** Whether an older version may replace a newer one. */
  readonly allowDowngrade: boolean;
  /** Seconds to wait for another of dnf or yum; zypper waits by itself. */
  readonly lockTimeout?: number;
  /** Where the packages are, when it is not the machine itself. */
  readonly root?: string | undefined;
  /** Nothing is installed: packages are to lie in this directory, as files. */
  readonly downloads?: string | undefined;
  /** Whether a simulation without packages is one of nothing to do, though the program ends with an error. */
  readonly isIdle?: (stdout: string) => boolean;
  readonly parse: (stdout: string) => readonly RpmChange[];
  /** What a command's output says went wrong. */
  readonly error: (result: CommandResult) => string | undefined;
}

const ENV = { LC_ALL: "C" };

/** Prints the names that are not as wanted, and what the program would do about those. */
const QUERY = `program=$1 state=$2 root=$3 names=$4; shift 4
${IS_LOCKED}
command -v rpm >/dev/null && command -v "$program" >/dev/null || exit 127
there() {
  rpm -q \${root:+--root "$root"} "$@" >/dev/null 2>&1
}
is_settled() {
  # Of a file rpm would tell what is in it; of groups it knows nothing.
  case $1 in
    *://* | @*) false; return ;;
    *.rpm) set -- "$(rpm -qp -- "$1" 2>/dev/null)"; [ "$1" ] || return ;;
  esac
  case $state in
    present) there -- "$1" || there --whatprovides -- "$1" ;;
    absent | update) ! there -- "$1" && [ ! "$(rpm -qa \${root:+--root "$root"} -- "$1" 2>/dev/null)" ] && ! there --whatprovides -- "$1" ;;
    *) false ;;
  esac
}
found=
while [ "$names" -gt 0 ]; do
  names=$((names - 1)) name=$1; shift
  if ! is_settled "$name"; then found=yes; printf 'unsettled %s\\n' "$name"; set -- "$@" "$name"; fi
done
[ "$found" ] || exit 0
! farm_locked "$program" "$root" || exit 0
echo farm-simulated
"$@" 2>&1
echo "farm-exit $?"`;

/** What is there then and was not before, and the other way round; the exit status is the program's. */
const ACT = `root=$1; shift
list() { rpm -qa \${root:+--root "$root"} | sort; }
before=$(list)
"$@" || exit
after=$(list)
printf '\\nfarm-changes\\n'
printf '%s\\n' "$after" | grep -vxF "\${before:-none}" | sed '/^$/d; s/^/Installed: /'
printf '%s\\n' "$before" | grep -vxF "\${after:-none}" | sed '/^$/d; s/^/Removed: /'
exit 0`;

const WOULD = "Check mode: No changes made, but would have if not in check mode";

/** One question, and one act when it is needed. @throws ModuleFailure */
export async function settleRpms(wanted: RpmWanted, context: ModuleContext): Promise<ModuleResult> {
  const { program, state, names, root = "" } = wanted;
  const words = [program, state, root, String(names.length), ...names, ...wanted.simulate];
  const query = { ...script("rpm-query", QUERY, words, { env: ENV }), readOnly: true };
  const asked = await waitingForLock(wanted, context, () => context.ask(query));
  if (asked.code === 127) throw missing(program);
  const [head = "", rest] = asked.stdout.split(/^farm-simulated\n/m, 2);
  const unsettled = [...head.matchAll(/^unsettled (.*)$/gm)].map(([, name = ""]) => name);
  const [, said = "", code] = /^([\s\S]*?)farm-exit (\d+)\s*$/.exec(rest ?? "") ?? [];
  if (asked.code !== 0 || (unsettled.length > 0 && code === undefined))
    throw new ModuleFailure(`cannot ask ${program}: ${lastLine(asked.stderr, asked.code)}`, {
      rc: asked.code,
    });
  const changes = await lacking(wanted, wanted.parse(said), context);
  const refused = !wanted.allowDowngrade && changes.some(({ isDowngrade }) => isDowngrade);
  if (changes.length === 0 || refused) {
    const failure = { code: Number(code ?? 0), stdout: said, stderr: "" };
    if (failure.code !== 0 && !refused && !wanted.isIdle?.(said)) throw failed(wanted, failure);
    return { changed: false, rc: 0, msg: "Nothing to do", results: [] };
  }
  const would = changes.map(({ verb, name }) => `${verb}: ${name}`).sort();
  if (context.check) return { changed: true, rc: 0, msg: WOULD, results: would };
  const done = await run(wanted, unsettled, context);
  return wanted.downloads === undefined ? done : { ...done, changed: true, results: would };
}

const FILES = `find "$1" -name '*.rpm' 2>/dev/null; exit 0`;

/** Where packages are only downloaded, those whose files are not there yet. */
async function lacking(
  { downloads }: RpmWanted,
  changes: readonly RpmChange[],
  context: ModuleContext,
): Promise<readonly RpmChange[]> {
  const wanted = changes.filter(({ verb }) => verb === "Installed");
  if (downloads === undefined) return changes;
  if (wanted.length === 0) return [];
  const { stdout } = await context.ask({ ...script("rpm-files", FILES, [downloads]), readOnly: true });
  const there = new Set(stdout.split("\n").map((path) => path.replace(/^.*\/|\.rpm$/g, "")));
  return wanted.flatMap((each) => (there.has(each.name) ? [] : [{ ...each, verb: "Downloaded" as const }]));
}

async function run(
  wanted: RpmWanted,
  unsettled: readonly string[],
  context: ModuleContext,
): Promise<ModuleResult> {
  const command: Command = script("rpm-act", ACT, [wanted.root ?? "", ...wanted.act, ...unsettled], {
    env: ENV,
  });
  const result = await context.act(command);
  if (result.code !== 0) throw failed(wanted, result);
  const [stdout = "", changes = ""] = result.stdout.split(/\nfarm-changes\n/, 2);
  const results = changes.split("\n").filter((line) => line !== "");
  return { changed: results.length > 0, rc: 0, msg: "", results, stdout, stderr: result.stderr };
}

const failed = (wanted: RpmWanted, result: CommandResult): ModuleFailure => {
  const why = wanted.error(result) ?? lastLine(result.stderr || result.stdout, result.code);
  const { code, stdout, stderr } = result;
  const unknown = [...stdout.matchAll(/^No match for argument: (\S+)/gm)].map(([, name = ""]) => name);
  const failures = unknown.map((name) => `No package ${name} available.`);
  return new ModuleFailure(`${wanted.program} failed: ${why}`, {
    rc: code,
    stdout,
    stderr,
    results: [],
    ...(failures.length > 0 && { failures }),
  });
};
