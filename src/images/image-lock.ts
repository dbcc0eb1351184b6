import { createInterface } from "node:readline";
import type { Clock } from "../clock.js";
import { DeadlineError, ImageError, InterruptedError } from "../errors.js";
import { plainText } from "../transport/plain-text.js";
import type { Command, LongProcess, Shell } from "../transport/shell.js";
import {
  LOOKUP_SCRIPT,
  type Lookup,
  type LookupQuestion,
  lookupArguments,
  parseLookup,
} from "./lookup-command.js";
import { lockPath } from "./store-layout.js";

/** Another farm's download of a large image over a slow line. */
const LONGEST_WAIT_MS = 6 * 3600_000;

// Lives until stdin ends; the kernel lets go of the lock whichever way the process dies. Partial files of this key can
// only be of the dead.
const SCRIPT = `
exec 9>>"$5" || exit 1
flock -n 9 || { echo waiting; flock 9 || exit 1; }
rm -rf -- "$1/fetch-$2-"*.part "$1/fetch-$2-"*.part.headers
${LOOKUP_SCRIPT}
echo locked
exec cat >/dev/null
`;

const lockCommand = (question: LookupQuestion): Command => ({
  argv: [
    "sh",
    "-c",
    SCRIPT,
    "farm-lock",
    ...lookupArguments(question),
    lockPath(question.images, question.key),
  ],
});

export interface ImageLock {
  /** What the store has now that nobody else can change it. */
  readonly lookup: Lookup;
  release(): Promise<void>;
}

interface LockOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** Called when another farm holds it. */
  readonly onWaiting: () => void;
}

/**
 * Waits until no other farm fetches this source on this hypervisor, and looks again.
 * @throws DeadlineError after six hours, InterruptedError on `signal`, ImageError when the lock cannot be made.
 */
export async function lockImage(
  shell: Shell,
  question: LookupQuestion,
  options: LockOptions,
): Promise<ImageLock> {
  const process = await shell.open(lockCommand(question));
  try {
    const lookup = await raceWait(shell, options, readUntilLocked(shell, process, options.onWaiting));
    return {
      lookup,
      release: async () => {
        process.close();
        await process.ended;
      },
    };
  } catch (error) {
    process.close();
    throw error;
  }
}

async function readUntilLocked(shell: Shell, process: LongProcess, onWaiting: () => void): Promise<Lookup> {
  const seen: string[] = [];
  for await (const line of createInterface({ input: process.stdout })) {
    if (line === "waiting") onWaiting();
    else if (line === "locked") return parseLookup(seen.join("\n"));
    else seen.push(line);
  }
  const { stderr } = await process.ended;
  throw new ImageError(
    `cannot lock an image on '${shell.name}': ${plainText(stderr) || "the process ended"}`,
  );
}

async function raceWait(
  shell: Shell,
  { clock, signal }: LockOptions,
  locked: Promise<Lookup>,
): Promise<Lookup> {
  const settled = new AbortController();
  const stop = signal ? AbortSignal.any([signal, settled.signal]) : settled.signal;
  const deadline = clock.sleep(LONGEST_WAIT_MS, stop).then(
    () => {
      throw new DeadlineError(
        `another farm has been fetching the same image on '${shell.name}' for six hours`,
      );
    },
    () => {
      if (signal?.aborted)
        throw new InterruptedError("interrupted while another farm fetches the same image");
      return locked;
    },
  );
  try {
    return await Promise.race([locked, deadline]);
  } finally {
    settled.abort();
  }
}
