import { PassThrough } from "node:stream";
import type { Clock } from "../../../src/clock.js";
import { GuestError } from "../../../src/errors.js";
import { persistentShell } from "../../../src/transport/persistent/persistent-shell.js";
import type { Become, LongProcess, Shell } from "../../../src/transport/shell.js";

/**
 * What a frame is answered with. "unbegun" ends the session before it has looked at the command, a code after that
 * (undefined: by the loss of the connection).
 */
type Answer = "clean" | "spent" | "silence" | "unbegun" | { readonly code: number | undefined };

export interface PlayedOptions {
  /** For frame after frame, or for `open` where it is an error; "clean" once they are used up. */
  readonly answers?: (Answer | Error)[];
  /** How many sessions the machine has room for. */
  readonly room?: number;
  readonly clock?: Clock;
  readonly stderrApart?: boolean;
}

/** A machine whose sessions the test plays. `log` has what it was asked for, with the session's number. */
export function playedSessions({ answers = [], room = 100, clock, stderrApart = true }: PlayedOptions = {}) {
  const log: string[] = [];
  const seen = { open: 0, closed: false };
  let sessions = 0;

  const openSession = (become: Become | undefined): LongProcess => {
    const session = new PlayedSession(++sessions, log, () => {
      seen.open -= 1;
    });
    seen.open += 1;
    session.stdin.on("data", (chunk: Buffer) => session.answer(String(chunk), become, answers));
    const { stdin, stdout, stderr, ended } = session;
    return { stdin, stdout, ended, close: () => session.close(), ...(stderrApart && { stderr }) };
  };

  const shell: Shell = {
    name: "guest",
    run: async ({ argv }) => {
      log.push(`run ${argv[0]}`);
      return { code: 0, stdout: "run", stderr: "" };
    },
    open: async ({ argv, become }) => {
      if (argv[0] !== "sh") log.push(`open ${argv[0]}`);
      if (answers[0] instanceof Error) throw answers.shift();
      if (seen.open >= room) throw new GuestError("no room");
      return openSession(become);
    },
    writeFile: async (path) => void log.push(`writeFile ${path}`),
    connect: async () => new PassThrough(),
    close: async () => {
      seen.closed = true;
    },
  };
  return { shell: persistentShell(shell, clock), log, seen };
}

class PlayedSession {
  readonly stdin = new PassThrough();
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  readonly ended: Promise<{ code: number | undefined; stderr: string }>;
  #end: (code: number | undefined) => void = () => undefined;

  constructor(
    readonly number: number,
    readonly log: string[],
    onEnd: () => void,
  ) {
    this.ended = new Promise((resolve) => {
      this.#end = (code) => {
        onEnd();
        resolve({ code, stderr: "sorry" });
        this.#end = () => undefined;
      };
    });
  }

  close(): void {
    this.log.push(`close ${this.number}`);
    this.#end(143);
  }

  answer(frame: string, become: Become | undefined, answers: (Answer | Error)[]): void {
    const what = nameOf(frame);
    this.log.push(`${what} ${this.number}${become ? ` as ${become.user}` : ""}`);
    if (what === "leave") this.#end(0);
    else this.#reply(what, frame, answers.shift() ?? "clean");
  }

  #reply(what: string, frame: string, answer: Answer | Error): void {
    const [, nonce = ""] = /(?:farm_begin|farm_check) ([0-9a-f]{24})/.exec(frame) ?? [];
    if (answer === "clean" || answer === "spent") this.#say(`${what} ${this.number}`, nonce, answer);
    else if (answer === "unbegun") this.#end(137);
    else if (answer !== "silence" && !(answer instanceof Error)) {
      if (what !== "introduce") this.stdout.write(`\u0001${nonce}>\u0001some`);
      setImmediate(() => this.#end(answer.code));
    }
  }

  #say(output: string, nonce: string, state: "clean" | "spent"): void {
    this.stdout.write(`\u0001${nonce}>\u0001${output}\u0001${nonce}<0 ${state}\u0001`);
    this.stderr.write(`\u0001${nonce}<\u0001`);
    if (state === "spent") this.#end(0);
  }
}

function nameOf(frame: string): string {
  if (frame === "exit\n") return "leave";
  if (frame.startsWith("farm_check")) return "check";
  return frame.startsWith("{") ? (/\nexec (\w+)/.exec(frame)?.[1] ?? "?") : "introduce";
}
