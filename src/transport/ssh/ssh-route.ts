import type { Duplex } from "node:stream";
import { openConnection, type SshConnection } from "./ssh-connection.js";
import { forward } from "./ssh-forward.js";
import type { SshTarget } from "./ssh-target.js";

/** The way to a machine: its jump hosts stay connected as long as it is in use. */
export interface SshRoute {
  /** False when the way is one stream that was given: it carries one connection only. */
  readonly many: boolean;
  dial(): Promise<SshConnection>;
  end(): void;
}

/** Connects to the jump hosts, one through the other. */
export async function openRoute(target: SshTarget): Promise<SshRoute> {
  const { sock, signal, jumps = [] } = target;
  if (sock) return { many: false, dial: () => openConnection(target, sock), end: () => undefined };

  const hops: { connection: SshConnection; target: SshTarget }[] = [];
  const streamTo = async (next: SshTarget): Promise<Duplex | undefined> => {
    const last = hops.at(-1);
    return last ? forward(last.connection, last.target, next.host, next.port, signal) : undefined;
  };
  const end = () => {
    for (const { connection } of hops.toReversed()) connection.end();
  };
  try {
    for (const jump of jumps) {
      const hop = { ...jump, signal };
      hops.push({ connection: await openConnection(hop, await streamTo(hop)), target: hop });
    }
  } catch (error) {
    end();
    throw error;
  }
  return { many: true, dial: async () => openConnection(target, await streamTo(target)), end };
}
