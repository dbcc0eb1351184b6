import { ConnectionLostError } from "../../errors.js";
import type { Shell } from "../shell.js";

/** The door to a machine that may go away and come back, as at a reboot. */
export interface RenewableShell extends Shell {
  /** Lets go of the connection and makes another. @throws what `connect` throws; then every call fails till it is renewed */
  renew(deadlineMs: number, signal?: AbortSignal): Promise<void>;
  /** Lets go of the connection until it is renewed. */
  suspend(): Promise<void>;
}

/** @param connect makes a new connection within the time given, in milliseconds */
export function renewableShell(
  first: Shell,
  connect: (deadlineMs: number, signal?: AbortSignal) => Promise<Shell>,
): RenewableShell {
  let current: Shell | undefined = first;
  const now = (): Shell => {
    if (current) return current;
    throw new ConnectionLostError(`the connection to '${first.name}' was given up`);
  };
  const suspend = async (): Promise<void> => {
    const before = current;
    current = undefined;
    await before?.close();
  };
  return {
    name: first.name,
    run: async (command, options) => now().run(command, options),
    open: async (command) => now().open(command),
    writeFile: async (path, content, mode) => now().writeFile(path, content, mode),
    connect: async (host, port, signal) => now().connect(host, port, signal),
    close: async (isEnding) => current?.close(isEnding),
    renew: async (deadlineMs, signal) => {
      await suspend();
      current = await connect(deadlineMs, signal);
    },
    suspend,
  };
}
