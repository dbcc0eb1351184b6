import { ConfigError } from "../errors.js";

const WORD = /\s*(?:((?:[^\s"'\\]|\\[\s\S]|"(?:[^"\\]|\\[\s\S])*"|'[^']*')+)|([\s\S]))/y;

/** Splits a text into words as a POSIX shell does, quotes removed, nothing expanded. @throws ConfigError for an open quote. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  const rest = text.trimEnd();
  WORD.lastIndex = 0;
  while (WORD.lastIndex < rest.length) {
    const [, word] = WORD.exec(rest) ?? [];
    if (word === undefined)
      throw new ConfigError(`a quote is not closed in ${JSON.stringify(text.slice(0, 80))}`);
    words.push(unquote(word));
  }
  return words;
}

const unquote = (word: string): string =>
  word.replace(/"((?:[^"\\]|\\[\s\S])*)"|'([^']*)'|\\([\s\S])/g, (_all, double, single, escaped) => {
    if (double !== undefined)
      return String(double)
        .replace(/\\(["\\$`])/g, "$1")
        .replace(/\\\n/g, "");
    return String(single ?? (escaped === "\n" ? "" : escaped));
  });
