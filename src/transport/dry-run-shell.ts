import { PassThrough } from "node:stream";
import type { Emit } from "../report/events.js";
import type { Command, LongProcess, Shell } from "./shell.js";

/** Executes read-only commands for real, and reports the others as done; connections are made, since they change nothing. */
export function dryRunShell(real: Shell, emit: Emit): Shell {
  const report = (command: Command) =>
    emit({ type: "would-run", host: real.name, command: withoutSecrets(command) });
  return {
    name: real.name,
    run: async (command, options) => {
      if (command.readOnly) return real.run(command, options);
      report(command);
      return { code: 0, stdout: "", stderr: "" };
    },
    open: async (command) => {
      if (command.readOnly) return real.open(command);
      report(command);
      return idleProcess();
    },
    writeFile: async (path) => report({ argv: ["write", path] }),
    connect: (host, port, signal) => real.connect(host, port, signal),
    close: () => real.close(),
  };
}

/** Only what may be shown: stdin and passwords never are. */
function withoutSecrets({ stdin, become, ...command }: Command): Command {
  return become ? { ...command, become: { method: become.method, user: become.user } } : command;
}

/** Lives until it is closed, says nothing. */
function idleProcess(): LongProcess {
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  const ended = new Promise<{ code: number; stderr: string }>((resolve) => {
    stdin.resume().once("close", () => resolve({ code: 0, stderr: "" }));
  });
  const close = () => {
    stdin.destroy();
    stdout.end();
  };
  return { stdin, stdout, ended, close };
}
