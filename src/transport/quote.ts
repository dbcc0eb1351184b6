import { InternalError } from "../errors.js";

const PLAIN = /^[A-Za-z0-9_@%+:,./-]+$/;

/**
 * One word for a POSIX shell, whatever the text holds. A backslash is kept outside of the single quotes, since
 * fish, as a login shell, gives it a meaning inside.
 * @throws InternalError for a NUL, which no argument can hold.
 */
export function quote(text: string): string {
  if (text.includes("\0")) throw new InternalError("a NUL character cannot be part of a command");
  if (PLAIN.test(text)) return text;
  return `'${text.replace(/['\\]/g, (character) => `'\\${character}'`)}'`;
}

/** A command line that a POSIX shell takes apart into exactly these words. */
export const quoteCommand = (argv: readonly string[]): string => argv.map(quote).join(" ");
