import { constants } from "node:os";
import type { ClientChannel } from "ssh2";
import type { StartedLine } from "../started-line.js";
import type { SshConnection } from "./ssh-connection.js";

/** Starts a shell line in a session of its own. @throws ssh2's error when the server gives none. */
export function startLine(connection: SshConnection, text: string): Promise<StartedLine> {
  return new Promise((resolve, reject) => {
    // ssh2 throws when the socket has just ended, and calls back when it ends later.
    connection.client.exec(text, (error, channel) => {
      if (error) reject(error);
      else resolve(sessionLine(connection, channel));
    });
  });
}

function sessionLine(connection: SshConnection, channel: ClientChannel): StartedLine {
  const exited = new Promise<number | undefined>((resolve) => {
    channel.once("exit", (code: number | null, signal?: string) =>
      resolve(code ?? 128 + signalNumber(signal)),
    );
    channel.once("close", () => resolve(undefined));
    void connection.gone.then(() => resolve(undefined));
  });
  const ignore = () => undefined; // What goes wrong with a channel ends it; `exited` tells.
  channel.on("error", ignore);
  channel.stderr.on("error", ignore);
  return {
    stdin: channel,
    stdout: channel,
    stderr: channel.stderr,
    exited,
    hangUp: () => channel.eof(),
    drop: () => {
      // Unread output would keep the channel from closing.
      channel.stderr.resume();
      channel.close();
    },
  };
}

const signalNumber = (name: string | undefined): number =>
  constants.signals[name as keyof typeof constants.signals] ?? 0;
