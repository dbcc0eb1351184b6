import { createInterface } from "node:readline";
import { HypervisorError } from "../errors.js";
import { type RunRecord, readRunRecord, runsDirectory } from "../restore/run-record.js";
import { plainText } from "../transport/plain-text.js";
import type { Command, LongProcess, Shell } from "../transport/shell.js";

// The record is locked before it has its name, so that one that is not locked is a dead run's. It is removed by whoever says that the run is
// over; when the connection is lost nobody does. A record of which nothing is left is told of once, and goes: whatever a run makes for a VM
// is in a directory that says which run has made it (`by`), until the last of it is gone.
const DIED = `
died() {
  for dead in "$runs"/*; do
    name=\${dead##*/}
    case $name in *[!A-Za-z0-9-]*) continue ;; esac
    flock -n 8 8<"$dead" || continue
    left=
    for by in "\${runs%/*}"/vms/*/by; do
      case $(head -n 1 -- "$by" 2>/dev/null) in *", run $name") by=\${by%/by} left="$left \${by##*/}" ;; esac
    done
    printf 'died %s %s\\n%s\\n' "$name" "$(head -n 1 -- "$dead")" "$left"
    [ -n "$left" ] || rm -f -- "$dead"
  done 2>/dev/null
}`;

const SCRIPT = `${DIED}
if [ "$(id -u)" = 0 ]; then umask 066; else umask 077; fi
runs=$1 run=$2
IFS= read -r record || exit 1
mkdir -p -- "$runs" || exit 1
died
# A shell's own printf says nothing of a full disk.
exec 9>"$runs/.$run" && flock -n 9 && printf '%s\\n' "$record" | cat >&9 && mv -- "$runs/.$run" "$runs/$run" || {
  rm -f -- "$runs/.$run"
  exit 1
}
echo recorded
IFS= read -r word && [ "$word" = over ] && rm -f -- "$runs/$run" && died >/dev/null
exit 0`;

const recordCommand = (pool: string, run: string): Command => ({
  argv: ["sh", "-c", SCRIPT, "farm-record", runsDirectory(pool), run],
});

/** A run that ended without saying so. */
export interface DeadRun {
  readonly record: RunRecord;
  /** Names of directories of VMs that are still there. */
  readonly left: readonly string[];
}

/** What a hypervisor knows of a run for as long as that is connected to it. */
export interface OpenRecord {
  /** Those that had died before. */
  readonly dead: readonly DeadRun[];
  /** The run is over, and nothing of it is left that is not meant to be. */
  over(): Promise<void>;
}

/** Writes a run down in a pool directory; without `over` it is a dead run from the moment at which the connection ends. @throws HypervisorError */
export async function openRecord(shell: Shell, pool: string, record: RunRecord): Promise<OpenRecord> {
  const process = await shell.open(recordCommand(pool, record.run));
  process.stdin.write(`${JSON.stringify(record)}\n`);
  const dead = await readDead(process);
  if (dead) return { dead, over: () => end(process) };
  const { stderr } = await process.ended;
  throw new HypervisorError(
    `cannot write down on '${shell.name}' that this run works there: ${plainText(stderr) || "the process ended"}`,
  );
}

async function end(process: LongProcess): Promise<void> {
  process.stdin.write("over\n");
  await process.ended;
}

/** @returns undefined when the process ended before the record was there */
async function readDead(process: LongProcess): Promise<DeadRun[] | undefined> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: process.stdout })) {
    if (line === "recorded") return parseDead(lines);
    lines.push(line);
  }
  return undefined;
}

/** Forgets the dead runs of which nothing is left. @returns those that had died, also those @throws HypervisorError */
export async function forgetDead(shell: Shell, pool: string): Promise<DeadRun[]> {
  const argv = ["sh", "-c", `runs=$1${DIED}\ndied`, "farm-forget", runsDirectory(pool)] as const;
  const { code, stdout, stderr } = await shell.run({ argv, timeoutMs: 60_000 });
  if (code === 0) return parseDead(stdout.split("\n"));
  throw new HypervisorError(`cannot look for dead runs on '${shell.name}': ${plainText(stderr)}`);
}

/** Two lines a run: its record, and what is left of it. What farm has not written counts as not there. */
export const parseDead = (lines: readonly string[]): DeadRun[] =>
  lines.flatMap((line, index) => {
    const [, name = "", json = ""] = /^died (\S+) (.*)$/.exec(line) ?? [];
    const record = readRunRecord(name, json);
    return record
      ? [{ record, left: (lines[index + 1] ?? "").split(" ").filter((each) => each !== "") }]
      : [];
  });
