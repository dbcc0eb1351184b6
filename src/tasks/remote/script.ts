import type { Command } from "../../transport/shell.js";

/**
 * A POSIX shell script with positional parameters: values get in as `$1` and on, never as part of the text.
 * @param name what it is called in messages, `$0`, and tests
 */
export const script = (
  name: string,
  text: string,
  args: readonly string[] = [],
  more: Omit<Command, "argv"> = {},
): Command => ({ argv: ["sh", "-c", text, name, ...args], ...more });
