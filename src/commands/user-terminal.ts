import { ConfigError } from "../errors.js";
import type { UserTerminal } from "../transport/ssh/user-session.js";

/** The same for what cannot do without. @throws ConfigError */
export function terminalFor(what: string, hint?: string): UserTerminal {
  const terminal = userTerminal();
  if (terminal) return terminal;
  const message = `${what}: neither stdin nor stdout may be redirected, the terminal is theirs`;
  throw new ConfigError(message, { hint });
}

/** The terminal that farm was started in; undefined when stdin or stdout is none. */
export function userTerminal(): UserTerminal | undefined {
  const { stdin, stdout } = process;
  if (!stdin.isTTY || !stdout.isTTY) return undefined;
  return {
    kind: process.env["TERM"] || "dumb",
    size: () => ({ rows: stdout.rows || 24, columns: stdout.columns || 80 }),
    takeKeys: () => {
      stdin.setRawMode(true);
      return () => void stdin.setRawMode(false);
    },
    onResize: (listener) => {
      stdout.on("resize", listener);
      return () => void stdout.removeListener("resize", listener);
    },
  };
}
