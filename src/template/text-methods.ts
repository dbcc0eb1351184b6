import { pythonText } from "./python.js";

type Method = (text: string, args: readonly unknown[]) => unknown;

const width = (text: string, wanted: unknown): number => Math.max(0, Number(wanted) - [...text].length);
const fill = (given: unknown): string => (given === undefined ? " " : pythonText(given));

/** Both sides of a separator, and itself; what is not there leaves the text at one end. */
function parts(text: string, separator: string, at: number): string[] | undefined {
  return at < 0 ? undefined : [text.slice(0, at), separator, text.slice(at + separator.length)];
}

function splitFromEnd(text: string, separator: unknown, limit: unknown): string[] {
  const most = limit === undefined ? -1 : Number(limit);
  const mark = separator === undefined || separator === null ? undefined : pythonText(separator);
  const all = mark === undefined ? text.trim().split(/\s+/).filter(Boolean) : text.split(mark);
  if (most < 0 || all.length <= most + 1) return all;
  if (mark === undefined) {
    const last = all.slice(all.length - most);
    const rest = last.reduceRight(
      (left, word) => left.slice(0, left.lastIndexOf(word)).trimEnd(),
      text.trimEnd(),
    );
    return [rest.trimStart(), ...last];
  }
  const head = all.slice(0, all.length - most).join(mark);
  return [head, ...all.slice(all.length - most)];
}

function padWithZeros(text: string, wanted: unknown): string {
  const [, sign = "", digits = ""] = /^([+-]?)([\s\S]*)$/.exec(text) ?? [];
  return sign + "0".repeat(width(text, wanted)) + digits;
}

function centred(text: string, wanted: unknown, given: unknown): string {
  const room = width(text, wanted);
  // Python's: an odd blank goes to the left when the width is odd.
  const left = Math.floor(room / 2) + (room & Number(wanted) & 1);
  return fill(given).repeat(left) + text + fill(given).repeat(room - left);
}

/** Python's methods of texts that the engine lacks. */
export const TEXT_METHODS: Readonly<Record<string, Method>> = {
  zfill: (text, [wanted]) => padWithZeros(text, wanted),
  ljust: (text, [wanted, given]) => text + fill(given).repeat(width(text, wanted)),
  rjust: (text, [wanted, given]) => fill(given).repeat(width(text, wanted)) + text,
  center: (text, [wanted, given]) => centred(text, wanted, given),
  partition: (text, [mark]) =>
    parts(text, pythonText(mark), text.indexOf(pythonText(mark))) ?? [text, "", ""],
  rpartition: (text, [mark]) =>
    parts(text, pythonText(mark), text.lastIndexOf(pythonText(mark))) ?? ["", "", text],
  rsplit: (text, [mark, limit]) => splitFromEnd(text, mark, limit),
  swapcase: (text) =>
    [...text].map((one) => (one === one.toLowerCase() ? one.toUpperCase() : one.toLowerCase())).join(""),
  casefold: (text) => text.toLowerCase().replaceAll("ß", "ss"),
  removeprefix: (text, [part]) =>
    text.startsWith(pythonText(part)) ? text.slice(pythonText(part).length) : text,
  removesuffix: (text, [part]) =>
    pythonText(part) !== "" && text.endsWith(pythonText(part))
      ? text.slice(0, -pythonText(part).length)
      : text,
  expandtabs: (text, [size = 8]) =>
    text
      .split("\n")
      .map((line) =>
        line.replace(
          /([^\t]*)\t/g,
          (_, before: string) => `${before}${" ".repeat(Number(size) - (before.length % Number(size)))}`,
        ),
      )
      .join("\n"),
  isspace: (text) => /^\s+$/.test(text),
  rindex: (text, [part]) => text.lastIndexOf(pythonText(part)),
};
