import { Duplex, PassThrough } from "node:stream";
import type { Command, CommandResult, LongProcess, RunOptions, Shell } from "../../src/transport/shell.js";

/** What a step answers: stdout alone (exit 0), parts of a result, an error to throw, or a function of the command. */
export type ScriptedAnswer =
  | string
  | Partial<CommandResult>
  | Error
  | ((command: Command) => string | Partial<CommandResult>);

/**
 * What is expected next, and its answer. `run` is named by its argv joined with spaces, the others by
 * `open ARGV`, `writeFile PATH` and `connect HOST:PORT`; a RegExp is matched against the same text.
 */
export type ScriptedStep = readonly [expected: string | RegExp, answer: ScriptedAnswer];

export interface WrittenFile {
  readonly path: string;
  readonly content: string;
  readonly mode: number;
}

export interface ScriptedShell extends Shell {
  /** Every command that ran or was opened, in order, with stdin, env and the rest. */
  readonly commands: readonly Command[];
  readonly written: readonly WrittenFile[];
  readonly closed: boolean;
  /** @throws when steps are left over. */
  done(): void;
}

interface ScriptedOptions {
  readonly name?: string;
  /** Steps may be asked for in any order, each as often as it stands in the script. */
  readonly anyOrder?: boolean;
}

/** A Shell that answers from a script and throws on anything the script does not expect. */
export function scriptedShell(steps: readonly ScriptedStep[], options: ScriptedOptions = {}): ScriptedShell {
  const { name = "scripted", anyOrder = false } = options;
  const rest = [...steps];
  const commands: Command[] = [];
  const written: WrittenFile[] = [];
  let closed = false;

  const next = (actual: string, command: Command): CommandResult => {
    const index = anyOrder ? rest.findIndex((step) => matches(step[0], actual)) : 0;
    const step = rest[index];
    if (!step || !matches(step[0], actual)) throw surprise(rest, actual, anyOrder);
    rest.splice(index, 1);
    return answer(step[1], command);
  };

  return {
    name,
    commands,
    written,
    get closed() {
      return closed;
    },
    async run(command: Command, runOptions: RunOptions = {}) {
      commands.push(command);
      const result = next(command.argv.join(" "), command);
      runOptions.signal?.throwIfAborted();
      if (result.stdout) runOptions.onOutput?.("stdout", Buffer.from(result.stdout));
      if (result.stderr) runOptions.onOutput?.("stderr", Buffer.from(result.stderr));
      return result;
    },
    async open(command: Command) {
      commands.push(command);
      return scriptedProcess(next(`open ${command.argv.join(" ")}`, command));
    },
    async writeFile(path: string, content: string | Uint8Array, mode = 0o600) {
      next(`writeFile ${path}`, { argv: ["writeFile", path], stdin: content });
      written.push({ path, content: Buffer.from(content).toString("utf8"), mode });
    },
    async connect(host: string, port: number) {
      const { stdout } = next(`connect ${host}:${port}`, { argv: ["connect", host, String(port)] });
      const incoming = new PassThrough();
      if (stdout) incoming.write(stdout);
      return Duplex.from({ readable: incoming, writable: new PassThrough().resume() });
    },
    async close() {
      closed = true;
    },
    done() {
      if (rest.length > 0)
        throw new Error(`not asked for: ${rest.map((step) => String(step[0])).join("\n  ")}`);
    },
  };
}

const matches = (expected: string | RegExp, actual: string): boolean =>
  typeof expected === "string" ? expected === actual : new RegExp(expected).test(actual);

function surprise(rest: readonly ScriptedStep[], actual: string, anyOrder: boolean): Error {
  const left = anyOrder ? rest : rest.slice(0, 1);
  const expected = left.map((step) => String(step[0])).join("\n            ") || "(nothing more)";
  return new Error(`scripted shell\n  expected: ${expected}\n  actual:   ${actual}`);
}

function answer(given: ScriptedAnswer, command: Command): CommandResult {
  if (given instanceof Error) throw given;
  const result = typeof given === "function" ? given(command) : given;
  const parts = typeof result === "string" ? { stdout: result } : result;
  return { code: 0, stdout: "", stderr: "", ...parts };
}

/** Says its stdout at once and lives until `close` or the end of its stdin; a scripted exit code ends it at once. */
function scriptedProcess(result: CommandResult): LongProcess {
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  if (result.stdout) stdout.write(result.stdout);
  let finish: (end: { code: number | undefined; stderr: string }) => void;
  const ended = new Promise<{ code: number | undefined; stderr: string }>((resolve) => {
    finish = resolve;
  });
  const end = (code: number) => {
    stdout.end();
    finish({ code, stderr: result.stderr });
  };
  stdin.resume().on("end", () => end(0));
  if (result.code !== 0) end(result.code);
  return { stdin, stdout, ended, close: () => end(143) };
}
