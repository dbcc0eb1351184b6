import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, relative } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Clock } from "../clock.js";
import { GuestError } from "../errors.js";
import type { Shell } from "../transport/shell.js";
import { formatSize } from "../values/size.js";
import { type GuestFile, type Listing, listFiles, parseListing, readFileOf } from "./list-command.js";
import { localPath } from "./local-path.js";

interface CollectOptions {
  /** Where files go; it is made when there are any. */
  readonly directory: string;
  readonly patterns: readonly string[];
  /** Bytes that all files together may have. */
  readonly maxSize: number;
  readonly clock: Clock;
  /** When no other file is begun. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  readonly warn: (message: string) => void;
}

/** A file that is here now; `path` is below the VM's directory. */
export interface CollectedFile {
  readonly path: string;
  readonly bytes: number;
}

/** Brings files of a guest here. What cannot be had is a warning. @throws GuestError and the like when the guest does not answer */
export async function collectArtifacts(guest: Shell, options: CollectOptions): Promise<CollectedFile[]> {
  const { patterns, signal, warn, directory, maxSize, clock } = options;
  const end = clock.now() + options.deadlineMs;
  const { code, stdout, stderr } = await guest.run(listFiles(patterns), { signal });
  const listing = parseListing(stdout);
  if (code !== 0 && listing.files.length === 0)
    throw new GuestError(`cannot look for artifacts: ${stderr.trim() || `exit status ${code}`}`);
  for (const message of complaints(listing)) warn(message);
  const collected: CollectedFile[] = [];
  let bytes = 0;
  for (const file of listing.files) {
    if (clock.now() > end) {
      warn(`artifact ${file.path} and what comes after it are left out: the time for them is over`);
      break;
    }
    if (bytes + file.size > maxSize) {
      warn(
        `artifact ${file.path} (${formatSize(file.size)}) is left out: all together may have ${formatSize(maxSize)}; artifacts_max_size says more`,
      );
      continue;
    }
    const to = localPath(directory, file.path);
    const failure = await bring(guest, file, to, signal);
    if (failure !== undefined) {
      warn(`artifact ${file.path}: ${failure}`);
      continue;
    }
    bytes += file.size;
    collected.push({ path: relative(directory, to), bytes: file.size });
  }
  return collected;
}

function complaints({ passedOver, unmatched, cut, files }: Listing): string[] {
  const [first, ...more] = passedOver;
  const others = more.length === 0 ? "" : ` and ${more.length} more`;
  return [
    ...unmatched.map((pattern) => `no artifact matches ${pattern}`),
    ...(first === undefined ? [] : [`artifacts that are no files are left out: ${first}${others}`]),
    ...(cut ? [`there are more artifacts than ${files.length}: the others are left out`] : []),
  ];
}

/** One file, seen only when all of it has come. @returns why not */
async function bring(
  guest: Shell,
  file: GuestFile,
  to: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const part = `${to}.${randomBytes(6).toString("hex")}.part`;
  const limit = atMost(file.size);
  try {
    await mkdir(dirname(to), { recursive: true });
    const written = pipeline(limit, createWriteStream(part, { flags: "wx", mode: 0o644 }));
    const asked = guest.run(readFileOf(file), { signal, stdoutTo: limit }).then(
      (result) => {
        limit.end();
        return result;
      },
      (error: Error) => {
        limit.destroy(error);
        throw error;
      },
    );
    const [{ code, stderr }] = await Promise.all([asked, written]);
    if (code !== 0) return stderr.trim().split("\n").at(-1) || `exit status ${code}`;
    await rename(part, to);
    return undefined;
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    return `cannot write it here: ${error.message}`;
  } finally {
    await rm(part, { force: true });
  }
}

/** A guest may send more than it said: the rest is dropped. */
function atMost(bytes: number): Transform {
  let left = bytes;
  return new Transform({
    transform(piece: Buffer, _encoding, done) {
      const fits = piece.subarray(0, left);
      left -= fits.length;
      done(null, fits);
    },
  });
}
