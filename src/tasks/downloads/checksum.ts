import { ModuleFailure } from "../module/failure.js";
import type { ChecksumAlgorithm } from "../remote/status.js";

/** What a file shall have: digits, or where they are written. */
export interface WantedChecksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Lower-case hexadecimal digits, or a URL. */
  readonly value: string;
  readonly isUrl: boolean;
}

const LENGTHS: Readonly<Record<ChecksumAlgorithm, number>> = {
  md5: 32,
  sha1: 40,
  sha224: 56,
  sha256: 64,
  sha384: 96,
  sha512: 128,
};

/** `sha256:DIGITS` or `sha256:URL`; undefined for an empty text. @throws ModuleFailure */
export function parseChecksum(text: string): WantedChecksum | undefined {
  if (text.trim() === "") return undefined;
  const [, name = "", value = ""] = /^\s*([^:]+):([\s\S]*)$/.exec(text) ?? [];
  const algorithm = name.toLowerCase();
  if (!Object.hasOwn(LENGTHS, algorithm))
    throw new ModuleFailure(
      `the checksum must be ALGORITHM:DIGITS or ALGORITHM:URL, the algorithm one of ${Object.keys(LENGTHS).join(", ")}`,
    );
  const known = algorithm as ChecksumAlgorithm;
  if (/^\s*(?:https?|ftp|file):/.test(value)) return { algorithm: known, value: value.trim(), isUrl: true };
  return { algorithm: known, value: digits(value, known), isUrl: false };
}

/** Odd characters are left out, as Ansible does: digits are often copied with invisible ones. */
function digits(value: string, algorithm: ChecksumAlgorithm): string {
  const plain = value.replace(/\W+/g, "").toLowerCase();
  if (/^[0-9a-f]+$/.test(plain) && plain.length === LENGTHS[algorithm]) return plain;
  throw new ModuleFailure(`the checksum format is invalid: ${algorithm} has ${LENGTHS[algorithm]} digits`);
}

/**
 * A file's digits out of a list as sha256sum writes it, also in the BSD form `SHA256 (NAME) = DIGITS`; a single word is the digits themselves.
 * @throws ModuleFailure when the file is not in it
 */
export function findChecksum(list: string, wanted: WantedChecksum, fileName: string): string {
  const lines = list.split("\n").map((line) => line.trim());
  const [only = "", second] = list.split(/\s+/).filter(Boolean);
  if (second === undefined && only !== "") return digits(only, wanted.algorithm);
  for (const line of lines) {
    const [, name, bsd = ""] = /^\w+ \((.+)\) = (\w+)$/.exec(line) ?? [];
    const [, plain = "", path = ""] = /^(\w+) [ *]?(.+)$/.exec(line) ?? [];
    if (name?.replace(/^[./]+/, "") === fileName) return digits(bsd, wanted.algorithm);
    if (path.replace(/^[./]+/, "") === fileName) return digits(plain, wanted.algorithm);
  }
  throw new ModuleFailure(`there is no checksum of '${fileName}' in ${wanted.value}`);
}

/** The name that a URL's path ends with; `index.html` when it has none. */
export function urlFileName(url: string): string {
  const path = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "").replace(/[?#][\s\S]*$/, "");
  return path.slice(path.lastIndexOf("/") + 1) || "index.html";
}
