import type { Readable, Writable } from "node:stream";

/** A shell line (see script.ts) that has been started, over SSH or here. */
export interface StartedLine {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** As a shell reports it; undefined when the connection went before it was known. Never rejects. */
  readonly exited: Promise<number | undefined>;
  /** Where the end of the command is told before that of its group: resolves with the latter, once `hangUp` was called. */
  readonly gone?: Promise<unknown>;
  /** Ends stdin at once, whatever was still to be written: the watcher on the other side ends the group. */
  hangUp(): void;
  /** Lets go of all streams. */
  drop(): void;
}
