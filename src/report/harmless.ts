const ESC = String.raw`\u001b`;
/** ESC and CSI sequences, whole: colours, cursor movements, window titles, device control strings. */
const SEQUENCES = new RegExp(
  [
    String.raw`${ESC}\[[0-?]*[ -/]*[@-~]`,
    String.raw`${ESC}\][^\u0007\u001b]*(?:\u0007|${ESC}\\)?`,
    String.raw`${ESC}[PX^_][^\u001b]*(?:${ESC}\\)?`,
    `${ESC}[ -/]*[0-~]`,
    String.raw`\u009b[0-?]*[ -/]*[@-~]`,
  ].join("|"),
  "g",
);
/** Controls, and the characters that turn the direction of a line around. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Bytes that are no UTF-8. */
const NO_UTF8 = /[\udc80-\udcff]/gu;

/**
 * Text of a guest's, fit for a terminal: escape sequences are gone, carriage returns made line ends, and other control
 * and direction-changing characters show as `\xNN`. Line feeds and tabs stay.
 */
export const harmless = (text: string): string =>
  text
    .replace(SEQUENCES, "")
    .replace(/\r+\n/g, "\n")
    .replace(/\r/g, "\n")
    .replace(NO_UTF8, (char) => `\\x${(char.charCodeAt(0) - 0xdc00).toString(16)}`)
    .replace(CONTROLS, (char) => {
      const code = char.charCodeAt(0);
      return code < 0x100
        ? `\\x${code.toString(16).padStart(2, "0")}`
        : `\\u${code.toString(16).padStart(4, "0")}`;
    });
