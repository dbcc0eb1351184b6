import type { Clock } from "../../clock.js";
import { ImageError } from "../../errors.js";
import { type FileLock, HELD, lockFile } from "../../transport/file-lock.js";
import type { Command, Shell } from "../../transport/shell.js";
import {
  LOOKUP_SCRIPT,
  type Lookup,
  type LookupQuestion,
  lookupArguments,
  parseLookup,
} from "./lookup-command.js";
import { lockPath } from "./store-layout.js";

// Lives until stdin ends; the kernel lets go of the lock whichever way the process dies. Partial files of this key can
// only be of the dead; the download alone is worth something.
const SCRIPT = `
exec 9>>"$5" || exit 1
flock -n 9 || {
  printf 'held by %s\\n' "$(head -n 1 -- "$5")"
  [ "$7" = wait ] || exit ${HELD}
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
  readonly release: FileLock["release"];
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
  { clock, signal, owner, onWaiting }: LockOptions,
): Promise<ImageLock> {
  const lock = await lockFile(shell, lockCommand(question, owner, onWaiting !== undefined), {
    wait: { clock, signal, onWaiting },
    words: {
      meanwhile: "another farm fetches the same image",
      tooLong: `another farm has been fetching the same image on '${shell.name}' for six hours`,
      held: (by) =>
        new ImageError(`another farm fetches the same image on '${shell.name}': ${by}`, {
          hint: "wait until it has ended",
        }),
      failed: (why) => new ImageError(`cannot lock an image on '${shell.name}': ${why}`),
    },
  });
  return { lookup: parseLookup(lock.said.join("\n")), release: lock.release };
}
