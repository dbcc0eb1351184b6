import { createHash } from "node:crypto";

/** NAME_MAX is 255 bytes; this leaves room for what others append (`.qcow2.part`) and for a socket's path. */
const MAX_BYTES = 100;
const HASH_LENGTH = 12;

/**
 * A file name for one VM of one project: readable, made of `[A-Za-z0-9._-]` only, at most 100 bytes, and
 * another one for every other pair of names. That of an instance adds `+INSTANCE`, which is in no other name.
 */
export const vmDirectoryName = (project: string, vm: string, instance?: string): string =>
  instance === undefined ? safeName(vm, [project, vm]) : `${safeName(vm, [project, vm])}+${instance}`;

/** The instance that a directory is of, by its path or its name. */
export const instanceOf = (directory: string): string | undefined => /\+([^/]*)$/.exec(directory)?.[1];

/** The directory of the VM that an instance is of, by either's path or name. */
export const withoutInstance = (directory: string): string => directory.replace(/\+[^/]*$/, "");

/** libvirt's name for a VM, or for an instance of it. */
export const domainName = (name: string, instance: string | undefined): string =>
  instance === undefined ? name : `${name}-${instance}`;

/** What `--instance` takes: it becomes part of file names and of names that libvirt shows. */
export const isInstanceName = (text: string): boolean => /^[A-Za-z0-9][A-Za-z0-9_-]{0,29}$/.test(text);

/** The same for what belongs to a whole project. */
export const projectDirectoryName = (project: string): string => safeName(project, [project]);

/** `20261123-164501-a1b2`, in UTC: sorts by time. `now` is in milliseconds since the epoch, `random` like Math.random. */
export function runId(now: number, random: () => number = Math.random): string {
  const [date = "", time = ""] = new Date(now).toISOString().slice(0, 19).replaceAll(/[-:]/g, "").split("T");
  const suffix = Math.floor(random() * 0x10000);
  return `${date}-${time}-${suffix.toString(16).padStart(4, "0")}`;
}

function safeName(readable: string, identity: readonly string[]): string {
  const hash = createHash("sha256").update(JSON.stringify(identity)).digest("hex").slice(0, HASH_LENGTH);
  const cleaned = readable
    .replaceAll(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[.-]+/, "")
    .slice(0, MAX_BYTES - HASH_LENGTH - 1)
    .replace(/[.-]+$/, "");
  return cleaned === "" ? hash : `${cleaned}-${hash}`;
}
