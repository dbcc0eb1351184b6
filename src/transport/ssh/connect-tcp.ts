import { connect, type Socket } from "node:net";
import { HypervisorError, InterruptedError } from "../../errors.js";
import { SshFailure } from "./ssh-failure.js";

/** A TCP connection made from this machine. */
export function connectTcp(from: string, host: string, port: number, signal?: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(stopped(host, port));
    const socket = connect({ host, port });
    const stop = () => {
      socket.destroy();
      reject(stopped(host, port));
    };
    signal?.addEventListener("abort", stop, { once: true });
    socket.once("connect", () => {
      signal?.removeEventListener("abort", stop);
      resolve(socket);
    });
    socket.once("error", (cause: NodeJS.ErrnoException) => {
      signal?.removeEventListener("abort", stop);
      const message = `cannot connect from '${from}' to ${host}:${port}: ${cause.code ?? cause.message}`;
      reject(new HypervisorError(message, { cause: new SshFailure("unreachable", cause.message) }));
    });
  });
}

const stopped = (host: string, port: number) =>
  new InterruptedError(`the connection to ${host}:${port} was interrupted`);
