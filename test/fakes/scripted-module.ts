import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { ConnectionLostError, DeadlineError } from "../../src/errors.js";
import type { Facts } from "../../src/tasks/facts/facts.js";
import { ModuleFailure } from "../../src/tasks/module/failure.js";
import type { AnyModule, Connection, ControllerFiles, ModuleContext } from "../../src/tasks/module/module.js";
import { checkedArguments } from "../../src/tasks/run/arguments.js";
import { Scope } from "../../src/template/scope.js";
import type { Command, CommandResult } from "../../src/transport/shell.js";
import { parseYaml } from "../../src/yaml/yaml.js";

/**
 * One command that a module must run, in order. Its text is `argv` joined by spaces, where `sh -c SCRIPT NAME args` is
 * shown as `NAME args`.
 */
export type ExpectedCommand = ({ readonly ask: string } | { readonly act: string }) & {
  readonly code?: number;
  readonly stdout?: string;
  readonly stderr?: string;
  /** The connection breaks, or the command does not end in time: the message. */
  readonly lost?: string;
  readonly late?: string;
  /** How long it runs: milliseconds. */
  readonly takes?: number;
  /** The time that it must be given, and the clock's when it runs: milliseconds. */
  readonly timeout?: number;
  readonly at?: number;
  /** What the command must get, when it matters. */
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
};

/** A behaviour of a module, as data: the arguments and answers, and the result that must come of them. */
export interface ModuleCase {
  readonly args: Readonly<Record<string, unknown>>;
  readonly check?: boolean;
  readonly diff?: boolean;
  readonly vars?: Readonly<Record<string, unknown>>;
  readonly facts?: Facts;
  /** Files of the controller by name, as text. */
  readonly files?: Readonly<Record<string, string>>;
  /** The times that the clock tells; each sleep moves it on. Milliseconds. */
  readonly now?: number;
  readonly commands?: readonly ExpectedCommand[];
  /** Fields that the result must have, `changed` among them. */
  readonly result?: Readonly<Record<string, unknown>>;
  /** What the module's refusal must say, as a pattern. */
  readonly failed?: string;
}

const KEYS = ["args", "check", "diff", "vars", "facts", "files", "now", "commands", "result", "failed"];

/** Reads a case; `args` and `vars` are read as farm reads a task, templates and all. */
export function readCase(file: string): ModuleCase {
  const text = readFileSync(file, "utf8");
  const plain = parse(text) as ModuleCase;
  const unknown = Object.keys(plain).filter((key) => !KEYS.includes(key));
  if (unknown.length > 0) throw new Error(`${file}: unknown keys ${unknown.join(", ")}`);
  if (plain.result === undefined && plain.failed === undefined)
    throw new Error(`${file}: says neither 'result' nor 'failed'`);
  if (plain.failed === undefined && typeof plain.result?.["changed"] !== "boolean")
    throw new Error(`${file}: 'result' must say 'changed'`);
  const written = parseYaml(text, file) as ModuleCase;
  return { ...plain, args: written.args ?? {}, ...(written.vars && { vars: written.vars }) };
}

/** Runs a module against a case's answers. @returns its result, or the ModuleFailure. @throws on any command not expected */
export async function runCase(
  module: AnyModule,
  one: ModuleCase,
): Promise<Record<string, unknown> | ModuleFailure> {
  const rest = [...(one.commands ?? [])];
  const scope = new Scope([{ ...(one.vars ?? {}) }]);
  const context = scriptedContext(one, scope, rest);
  try {
    const args = checkedArguments(module, one.args, scope);
    const result = await module.run(args as never, context);
    if (rest.length > 0) throw new Error(`not run: ${rest.map(commandText).join("\n         ")}`);
    return result;
  } catch (error) {
    if (error instanceof ModuleFailure && rest.length === 0) return error;
    if (error instanceof ModuleFailure)
      throw new Error(`failed with '${error.message}', not run: ${rest.map(commandText).join("\n  ")}`);
    throw error;
  }
}

const commandText = (expected: ExpectedCommand): string =>
  "ask" in expected ? `ask ${expected.ask}` : `act ${expected.act}`;

/** `sh -c SCRIPT NAME args` as `NAME args`. */
export function shownCommand({ argv }: Command): string {
  const [program, flag, , ...rest] = argv;
  return (program === "sh" && flag === "-c" && rest.length > 0 ? rest : argv).join(" ");
}

function scriptedContext(one: ModuleCase, scope: Scope, rest: ExpectedCommand[]): ModuleContext {
  let now = one.now ?? 0;
  const next = async (verb: "ask" | "act", command: Command): Promise<CommandResult> => {
    const expected = rest.shift();
    const actual = `${verb} ${shownCommand(command)}`;
    if (!expected || commandText(expected) !== actual)
      throw new Error(
        `scripted module\n  expected: ${expected ? commandText(expected) : "(nothing more)"}\n  actual:   ${actual}`,
      );
    compare(
      "stdin",
      expected.stdin,
      command.stdin === undefined ? undefined : Buffer.from(command.stdin as string).toString("utf8"),
      actual,
    );
    compare("env", expected.env && JSON.stringify(expected.env), JSON.stringify(command.env), actual);
    compare("cwd", expected.cwd, command.cwd, actual);
    compare("timeout", expected.timeout?.toString(), String(command.timeoutMs), actual);
    compare("the time", expected.at?.toString(), String(now), actual);
    now += expected.takes ?? 0;
    breakOff(expected);
    return { code: expected.code ?? 0, stdout: expected.stdout ?? "", stderr: expected.stderr ?? "" };
  };
  const check = one.check ?? false;
  return {
    ask: async (command, { stdoutTo } = {}) => {
      const result = await next("ask", command);
      if (stdoutTo === undefined) return result;
      stdoutTo.write(result.stdout);
      return { ...result, stdout: "" };
    },
    act: async (command) => (check ? { code: 0, stdout: "", stderr: "" } : next("act", command)),
    check,
    diff: one.diff ?? false,
    scope,
    clock: {
      now: () => now,
      sleep: async (ms, signal) => {
        signal?.throwIfAborted();
        now += ms;
      },
    },
    facts: async () => one.facts ?? {},
    controller: scriptedFiles(one.files ?? {}),
    connection: scriptedConnection(rest, (ms) => {
      now += ms;
    }),
  };
}

function breakOff({ lost, late }: ExpectedCommand): void {
  if (lost !== undefined) throw new ConnectionLostError(lost);
  if (late !== undefined) throw new DeadlineError(late);
}

function compare(what: string, expected: string | undefined, actual: string | undefined, of: string): void {
  if (expected !== undefined && expected !== actual)
    throw new Error(`${what} of ${of}\n  expected: ${expected}\n  actual:   ${actual}`);
}

const scriptedFiles = (files: Readonly<Record<string, string>>): ControllerFiles => ({
  find: async (_kind, path) => {
    if (Object.hasOwn(files, path)) return path;
    throw new ModuleFailure(`cannot find '${path}'`);
  },
  read: async (path) => {
    const content = files[path];
    if (content === undefined) throw new ModuleFailure(`cannot read '${path}'`);
    return Buffer.from(content);
  },
  resolve: (path) => path,
});

/** Expected as `act: renew-connection SECONDS`; an exit status other than 0 is a machine that does not come back. */
const scriptedConnection = (rest: ExpectedCommand[], pass: (ms: number) => void): Connection => ({
  renew: async (deadlineMs) => {
    const expected = rest.shift();
    const actual = `act renew-connection ${deadlineMs / 1000}`;
    if (!expected || commandText(expected) !== actual)
      throw new Error(`expected: ${expected ? commandText(expected) : "(nothing more)"}, actual: ${actual}`);
    pass(expected.takes ?? 0);
    if (expected.code) throw new ModuleFailure(expected.stderr ?? "did not come back");
  },
});
