import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FarmEvent } from "../../src/events.js";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

export interface FarmResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningFarm {
  readonly process: ChildProcess;
  readonly ended: Promise<FarmResult>;
  /** Resolves when what was printed so far matches; rejects with that when farm ends before, or after some minutes. */
  until(pattern: RegExp): Promise<void>;
  /** What was printed so far. */
  printed(): string;
}

export interface FarmPlace {
  readonly cwd: string;
  readonly home: string;
  readonly env?: Readonly<Record<string, string>>;
  /** All that it reads from stdin; default nothing. */
  readonly stdin?: string | Uint8Array;
  /** What is put before the command, to run it somewhere else. */
  readonly enter?: readonly string[];
}

/** Starts the built farm as a user would, with a home of its own. */
export function startFarm(argv: readonly string[], options: FarmPlace): RunningFarm {
  // Who enters another mount namespace begins at its root.
  const entering = options.enter ? [...options.enter, "env", "-C", options.cwd] : [];
  const [program = "", ...words] = [...entering, process.execPath, cli, ...argv];
  return runningFarm(
    spawn(program, words, { cwd: options.cwd, env: environment(options) }),
    options.stdin ?? "",
  );
}

/** The same in a terminal of 31 lines and 97 columns; stdin stays open, and stdout begins with the terminal's name. */
export function startFarmInTerminal(argv: readonly string[], options: FarmPlace): RunningFarm {
  const farm = [process.execPath, cli, ...argv].map((word) => `'${word}'`).join(" ");
  const child = spawn("script", ["-qefc", `tty; stty rows 31 cols 97; exec ${farm}`, "/dev/null"], {
    cwd: options.cwd,
    env: { ...environment(options), TERM: "xterm" },
  });
  return runningFarm(child);
}

const environment = (options: FarmPlace) => ({
  ...process.env,
  HOME: options.home,
  XDG_STATE_HOME: "",
  XDG_DATA_HOME: "",
  SSH_AUTH_SOCK: "",
  ...options.env,
});

/** Before a test of guests is given up: then nothing would be known of what it waited for. */
const UNTIL_MS = 300_000;
const SILENT_MS = 500_000;

function runningFarm(child: ChildProcessWithoutNullStreams, stdin?: string | Uint8Array): RunningFarm {
  // farm may end before it has read all.
  child.stdin.on("error", () => undefined);
  if (stdin !== undefined) child.stdin.end(stdin);
  let [stdout, stderr] = ["", ""];
  const waiting = new Set<() => void>();
  const look = () => {
    for (const check of waiting) check();
  };
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk;
    look();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk;
    look();
  });
  const tell = () =>
    void process.stderr.write(`${child.spawnargs.join(" ")} has not ended yet:\n${stdout}${stderr}\n`);
  const overdue = setTimeout(tell, SILENT_MS).unref();
  const ended = new Promise<FarmResult>((resolve) =>
    child.once("close", (code) => {
      clearTimeout(overdue);
      resolve({ code, stdout, stderr });
    }),
  );
  return {
    process: child,
    ended,
    printed: () => stdout + stderr,
    until: (pattern) =>
      new Promise<void>((resolve, reject) => {
        const giveUp = (why: string) => reject(new Error(`${why} ${pattern}:\n${stdout}${stderr}`));
        const late = setTimeout(() => giveUp("farm did not say"), UNTIL_MS).unref();
        const check = () => {
          if (!pattern.test(stdout + stderr)) return;
          waiting.delete(check);
          clearTimeout(late);
          resolve();
        };
        waiting.add(check);
        check();
        void ended.then(() => giveUp("farm ended before"));
      }),
  };
}

/** Runs farm to its end. */
export const farm = (argv: readonly string[], options: FarmPlace): Promise<FarmResult> =>
  startFarm(argv, options).ended;

/** What `--format json` printed. */
export const eventsOf = (result: FarmResult): FarmEvent[] =>
  result.stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as FarmEvent);

/** The events of one type, in order. */
export const eventsOfType = <T extends FarmEvent["type"]>(result: FarmResult, type: T) =>
  eventsOf(result).filter((event): event is Extract<FarmEvent, { type: T }> => event.type === type);

/** Writes the files of a project; names are paths below the directory. */
export async function writeProject(
  directory: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(directory, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
}
