/** One key of an authorized_keys file. */
export interface AuthorizedKey {
  /** Each as written, e.g. `command="a, b"`. */
  readonly options: readonly string[];
  readonly type: string;
  /** In base64: two lines with the same are the same key. */
  readonly key: string;
  readonly comment: string;
}

const TYPE =
  /^(?:ssh-(?:ed25519|rsa|dss)|ecdsa-sha2-nistp\d+|sk-[\w-]+@openssh\.com|ssh-(?:ed25519|rsa|dss)-cert-v01@openssh\.com|ecdsa-sha2-nistp\d+-cert-v01@openssh\.com)$/;

/** Options are separated by commas, and may hold blanks and commas within quotes. */
const OPTIONS = /^((?:[^\s",]|"(?:[^"\\]|\\.)*")+(?:,(?:[^\s",]|"(?:[^"\\]|\\.)*")+)*)[ \t]+/;
const OPTION = /(?:[^\s",]|"(?:[^"\\]|\\.)*")+/g;

/** A line's key; undefined for a comment, an empty line, and what is no key. */
export function parseAuthorizedKey(line: string): AuthorizedKey | undefined {
  const text = line.trim();
  if (text === "" || text.startsWith("#")) return undefined;
  const plain = parseWords(text, []);
  if (plain) return plain;
  const [all, options] = OPTIONS.exec(text) ?? [];
  return all === undefined || options === undefined
    ? undefined
    : parseWords(text.slice(all.length), splitOptions(options));
}

/** `a,b="c,d"` taken apart. */
export const splitOptions = (text: string): string[] => text.match(OPTION) ?? [];

function parseWords(text: string, options: readonly string[]): AuthorizedKey | undefined {
  const [, type = "", key, comment = ""] = /^(\S+)[ \t]+(\S+)(?:[ \t]+(.*))?$/.exec(text) ?? [];
  if (key === undefined || !TYPE.test(type) || !/^[A-Za-z0-9+/]+={0,2}$/.test(key)) return undefined;
  return { options, type, key, comment: comment.trim() };
}

/** As sshd reads it. */
export function formatAuthorizedKey({ options, type, key, comment }: AuthorizedKey): string {
  return [options.join(","), type, key, comment].filter((part) => part !== "").join(" ");
}

/** A file's text with the keys in it or out of it; the very same when it is so already. */
export function editAuthorizedKeys(
  text: string,
  wanted: readonly AuthorizedKey[],
  state: "absent" | "present",
  exclusive: boolean,
): string {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  const parsed = lines.map((line) => ({ line, found: parseAuthorizedKey(line) }));
  const byKey = new Map(wanted.map((key) => [key.key, key]));
  if (state === "absent") {
    const kept = parsed.filter(({ found }) => !found || !byKey.has(found.key));
    return kept.length === lines.length ? text : joined(kept.map(({ line }) => line));
  }
  const seen = new Set<string>();
  const kept = parsed.flatMap(({ line, found }) => {
    const key = found && byKey.get(found.key);
    if (!found || !key) return exclusive ? [] : [line];
    if (seen.has(found.key)) return sameKey(found, key) ? [line] : [];
    seen.add(found.key);
    return [sameKey(found, key) ? line : formatAuthorizedKey(key)];
  });
  const added = [...byKey.values()].filter(({ key }) => !seen.has(key)).map(formatAuthorizedKey);
  const edited = [...kept, ...added];
  const isSame = edited.length === lines.length && edited.every((line, index) => line === lines[index]);
  return isSame ? text : joined(edited);
}

const joined = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join("");

/** The order of options means nothing. */
function sameKey(a: AuthorizedKey, b: AuthorizedKey): boolean {
  const options = (key: AuthorizedKey) => key.options.toSorted().join("\n");
  return a.type === b.type && a.comment === b.comment && options(a) === options(b);
}
