/** What a command may touch of the process it runs in. */
export interface CommandContext {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Colours and the like. */
  readonly terminal: boolean;
  /** Aborted by the first Ctrl-C. */
  readonly stop: AbortSignal;
  /** Sets the exit code. */
  readonly exit: (code: number) => void;
}
