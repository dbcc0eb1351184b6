import { posix } from "node:path";
import { plainText } from "../../transport/plain-text.js";

/** An archive's member to take, or why there is none. */
export type MemberChoice = { readonly member: string } | { readonly refused: string; readonly hint?: string };

const IMAGE = /\.(qcow2?|img|raw)$/i;
const SHOWN = 5;

/** The member that the user named, else the only image, else the only file. Names are the archive's own words: they are only compared. */
export function chooseMember(names: readonly string[], wanted: string | undefined): MemberChoice {
  const files = names.filter((name) => name !== "" && !name.endsWith("/"));
  if (wanted !== undefined) {
    const found = files.find((name) => posix.normalize(name) === posix.normalize(wanted));
    return found === undefined
      ? { refused: `the archive has no '${wanted}'`, hint: shown(files) }
      : allowed(found);
  }
  const images = files.filter((name) => IMAGE.test(name));
  const [only, ...others] = images.length > 0 ? images : files;
  if (only === undefined) return { refused: "the archive is empty" };
  if (others.length > 0)
    return { refused: "the archive has several files", hint: `name one as 'member': ${shown(files)}` };
  return allowed(only);
}

/** unzip takes some characters as patterns. */
const allowed = (member: string): MemberChoice =>
  /[*?[\]\\]|^-/.test(member) || /\p{Cc}/u.test(member)
    ? { refused: `the archive's '${plainText(member)}' has a name that farm does not take` }
    : { member };

const shown = (names: readonly string[]): string =>
  `it has ${names.slice(0, SHOWN).map(plainText).join(", ")}${names.length > SHOWN ? " and more" : ""}`;
