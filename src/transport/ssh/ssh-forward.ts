import type { Duplex } from "node:stream";
import { InterruptedError } from "../../errors.js";
import { plainText } from "../plain-text.js";
import type { SshConnection } from "./ssh-connection.js";
import { machineError } from "./ssh-errors.js";
import type { SshTarget } from "./ssh-target.js";

/** RFC 4254's reason of a channel that was not opened: the administrator forbids it. */
const PROHIBITED = 1;

/** A TCP connection made from the machine behind an SSH connection. Such channels do not count as sessions. */
export function forward(
  connection: SshConnection,
  target: SshTarget,
  host: string,
  port: number,
  signal?: AbortSignal,
): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new InterruptedError(`the connection to ${host}:${port} was interrupted`));
    if (signal?.aborted) return stop();
    signal?.addEventListener("abort", stop, { once: true });
    const fail = (error: Error & { reason?: unknown }) => {
      signal?.removeEventListener("abort", stop);
      const message = `cannot connect from '${target.name}' to ${host}:${port}: ${plainText(error.message)}`;
      if (error.reason !== PROHIBITED) return reject(machineError(target, message, "unreachable", error));
      reject(
        machineError(target, message, "other", error, "sshd_config there must say AllowTcpForwarding yes"),
      );
    };
    try {
      connection.client.forwardOut("127.0.0.1", 0, host, port, (error, channel) => {
        if (error) return fail(error);
        signal?.removeEventListener("abort", stop);
        const ignore = () => undefined; // Who uses the stream sees its end.
        channel.on("error", ignore);
        if (signal?.aborted) channel.destroy();
        else resolve(channel);
      });
    } catch (error) {
      fail(error as Error); // "Not connected"
    }
  });
}
