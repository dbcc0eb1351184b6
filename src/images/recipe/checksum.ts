import { normaliseSource } from "./source-url.js";

type DigestAlgorithm = "sha256" | "sha512";

export interface Digest {
  readonly algorithm: DigestAlgorithm;
  /** Lower-case hex. */
  readonly hex: string;
}

/** What a user says an image's digest is: the digest, or the file that tells it. */
export type Checksum = Digest | { readonly sumsUrl: string };

const ALGORITHM_OF_LENGTH: Readonly<Record<number, DigestAlgorithm>> = { 64: "sha256", 128: "sha512" };

/**
 * `sha256:HEX`, `sha512:HEX`, the URL or path of a SUMS file, or `sha256:URL` as Ansible's get_url takes it.
 * A string says what is wrong with it.
 */
export function parseChecksum(text: string): Checksum | string {
  const [, algorithm, rest = ""] = /^(sha\d+|md5):(.*)$/is.exec(text.trim()) ?? [];
  const sumsUrl = normaliseSource(algorithm === undefined ? text.trim() : rest);
  if (sumsUrl !== undefined) return { sumsUrl };
  if (algorithm === undefined) return "a checksum is sha256:HEX, sha512:HEX or the URL of a SUMS file";
  const name = algorithm.toLowerCase();
  if (name !== "sha256" && name !== "sha512") return `${name} is not supported: use sha256 or sha512`;
  const digits = name === "sha256" ? 64 : 128;
  if (!/^[0-9a-f]+$/i.test(rest) || rest.length !== digits)
    return `a ${name} digest has ${digits} hexadecimal digits, this has ${rest.length} characters`;
  return { algorithm: name, hex: rest.toLowerCase() };
}

/**
 * The digest that a SUMS file gives for one file name; GNU's (`HEX  name`, `HEX *name`), BSD's (`SHA256 (name) = HEX`)
 * and a lone digest are understood. sha512 wins where both stand.
 * @param sumsName the SUMS file's own name: in one that is called after the image a lone digest is the image's, whatever name stands with it.
 * Such a file comes with a name that always leads to the newest image, and may have the newest's own.
 */
export function digestFromSums(sums: string, fileName: string, sumsName = ""): Digest | undefined {
  const entries = sums.split(/\r?\n/).flatMap(parseLine);
  const named = entries.filter((entry) => entry.name !== undefined && lastPart(entry.name) === fileName);
  const isItsOwn = sumsName.startsWith(`${fileName}.`);
  const only = entries.length === 1 && (isItsOwn || entries[0]?.name === undefined) ? entries : [];
  const found = [...named, ...only].map((entry) => entry.digest);
  return found.find((digest) => digest.algorithm === "sha512") ?? found[0];
}

interface SumsEntry {
  readonly name: string | undefined;
  readonly digest: Digest;
}

function parseLine(line: string): SumsEntry[] {
  const gnu = /^\\?([0-9a-f]{64}|[0-9a-f]{128})(?:\s+\*?(\S.*?))?\s*$/i.exec(line);
  const bsd = /^SHA(?:256|512)\s*\((.+)\)\s*=\s*([0-9a-f]+)\s*$/i.exec(line);
  const hex = gnu?.[1] ?? bsd?.[2];
  const algorithm = ALGORITHM_OF_LENGTH[hex?.length ?? 0];
  if (hex === undefined || algorithm === undefined) return [];
  return [{ name: gnu?.[2] ?? bsd?.[1], digest: { algorithm, hex: hex.toLowerCase() } }];
}

const lastPart = (name: string): string => name.slice(name.lastIndexOf("/") + 1);
