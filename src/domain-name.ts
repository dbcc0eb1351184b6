import { ConfigError } from "./errors.js";

/** libvirt makes files of the name, with more behind it: `NAME.log.0`. */
const MAX_BYTES = 200;

/** @throws ConfigError for a name that libvirt refuses; spaces, quotes and the like are fine. */
export function checkDomainName(name: string): void {
  const problem = nameProblem(name);
  if (problem === undefined) return;
  throw new ConfigError(`${JSON.stringify(name)} cannot be a VM's name: ${problem}`, {
    hint: "set metadata.name",
  });
}

function nameProblem(name: string): string | undefined {
  if (name.trim() === "") return "it is empty";
  if (name === "." || name === "..") return "it names a directory";
  if (name.includes("/")) return "it holds a '/'";
  if (/\p{Cc}|\p{Surrogate}|[\ufffe\uffff]/u.test(name))
    return "it holds a control character or a line break";
  return Buffer.byteLength(name) > MAX_BYTES ? `it is longer than ${MAX_BYTES} bytes` : undefined;
}
