import { createInterface } from "node:readline";
import type { Clock } from "../../clock.js";
import { DeadlineError, ImageError, InterruptedError } from "../../errors.js";
import { plainText } from "../../transport/plain-text.js";
import type { Command, LongProcess, Shell } from "../../transport/shell.js";
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
// only be of the dead; the download alone is worth something.
const SCRIPT = `
exec 9>>"$5" || exit 1
flock -n 9 || {
  printf 'held by %s\\n' "$(head -n 1 -- "$5")"
  [ "$7" = wait ] || exit 75
  flock 9 || exit 1
}
printf '%s\\n' "$6" >"$5"
for part in "$1/fetch-$2-"*.part; do
  case $part in *-download.part) ;; *) rm -rf -- "$part" "$part".* ;; esac
done
${LOOKUP_SCRIPT}
echo locked
exec cat >/dev/null
`;

const HELD = 75;

const lockCommand = (question: LookupQuestion, owner: string, waits: boolean): Command => ({
  argv: [
    "sh",
    "-c",
    SCRIPT,
    "farm-lock",
    ...lookupArguments(question),
    lockPath(question.images, question.key),
    owner,
    waits ? "wait" : "leave",
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
  /** Told to whoever comes second. */
  readonly owner: string;
  /** Called when another farm holds it, and is waited for; undefined: it is not. */
  readonly onWaiting: ((owner: string, deadlineMs: number) => void) | undefined;
}

/**
 * Waits until no other farm fetches this source on this hypervisor, and looks again.
 * @throws DeadlineError after six hours, InterruptedError on `signal`, ImageError when the lock cannot be made, or is not waited for.
 */
export async function lockImage(
  shell: Shell,
  question: LookupQuestion,
  options: LockOptions,
): Promise<ImageLock> {
  const { owner, onWaiting } = options;
  const process = await shell.open(lockCommand(question, owner, onWaiting !== undefined));
  try {
    const lookup = await raceWait(shell, options, readUntilLocked(shell, process, onWaiting));
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

async function readUntilLocked(
  shell: Shell,
  process: LongProcess,
  onWaiting: LockOptions["onWaiting"],
): Promise<Lookup> {
  const seen: string[] = [];
  let holder = "";
  for await (const line of createInterface({ input: process.stdout })) {
    if (line.startsWith("held by ")) {
      holder = plainText(line.slice("held by ".length)) || "it does not say who it is";
      onWaiting?.(holder, LONGEST_WAIT_MS);
    } else if (line === "locked") return parseLookup(seen.join("\n"));
    else seen.push(line);
  }
  const { code, stderr } = await process.ended;
  if (code === HELD)
    throw new ImageError(`another farm fetches the same image on '${shell.name}': ${holder}`, {
      hint: "wait until it has ended",
    });
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
