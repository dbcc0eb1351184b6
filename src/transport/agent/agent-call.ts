import { z } from "zod";

/** The arguments of `guest-exec`, by QEMU's names. */
export interface AgentProcess {
  readonly path: string;
  readonly arg: readonly string[];
  readonly env?: readonly string[];
  /** base64 */
  readonly "input-data"?: string;
  readonly "capture-output"?: boolean;
}

/** The agent does not know what it was asked about, or does not do it. */
export class AgentRefusal extends Error {}

/** Nobody answers: the guest does not run, or its agent does not. */
export class AgentSilence extends Error {}

/** A call of a guest's agent: what stands in `return`. @throws AgentRefusal, AgentSilence */
export type AgentCall = (execute: string, args?: object) => Promise<unknown>;

const Pid = z.object({ pid: z.int() });

/** What became of a process; its output only once, when it has ended. */
const Status = z.object({
  exited: z.boolean(),
  exitcode: z.int().optional(),
  signal: z.int().optional(),
  "out-data": z.base64().optional(),
  "err-data": z.base64().optional(),
});

export interface AgentExit {
  /** As a shell reports it. */
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

const Chunk = z.object({ count: z.int(), "buf-b64": z.string(), eof: z.boolean() });

/** What is read at once: more than 4 MiB are no message for libvirt, and base64 makes four bytes of three. */
export const READ_BYTES = 512 * 1024;

/** What is written at once: 90 kB arrive in a guest, 200 kB do not. */
export const WRITE_BYTES = 48 * 1024;

/** The agent's commands that a shell is made of. */
export const agentCommands = (call: AgentCall) => ({
  /** @returns its number @throws AgentRefusal, AgentSilence */
  exec: async (process: AgentProcess): Promise<number> => Pid.parse(await call("guest-exec", process)).pid,

  /** Undefined while it runs. */
  async status(pid: number): Promise<AgentExit | undefined> {
    const said = Status.parse(await call("guest-exec-status", { pid }));
    if (!said.exited) return undefined;
    const bytes = (text = "") => Buffer.from(text, "base64");
    return {
      code: said.exitcode ?? 128 + (said.signal ?? 0),
      stdout: bytes(said["out-data"]),
      stderr: bytes(said["err-data"]),
    };
  },

  /** @returns a handle */
  open: async (path: string, mode: "r" | "w"): Promise<number> =>
    z.int().parse(await call("guest-file-open", { path, mode })),

  /** What there is by now; empty at the end. */
  async read(handle: number): Promise<Buffer> {
    const { "buf-b64": text } = Chunk.parse(await call("guest-file-read", { handle, count: READ_BYTES }));
    return Buffer.from(text, "base64");
  },

  async write(handle: number, bytes: Buffer): Promise<void> {
    await call("guest-file-write", { handle, "buf-b64": bytes.toString("base64") });
  },

  close: async (handle: number): Promise<void> => void (await call("guest-file-close", { handle })),
});

export type AgentCommands = ReturnType<typeof agentCommands>;
