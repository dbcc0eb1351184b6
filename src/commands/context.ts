import type { Terminal } from "../report/live/screen.js";

/** What a command may touch of the process it runs in. */
export interface CommandContext {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Colours and the like. */
  readonly terminal: boolean;
  /** Where standard output is a terminal that can be drawn on, and nobody reads a log of it, as CI does. */
  readonly screen?: Terminal | undefined;
  /** Aborted by the first Ctrl-C. */
  readonly stop: AbortSignal;
  /** Sets the exit code. */
  readonly exit: (code: number) => void;
}
