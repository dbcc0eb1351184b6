import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const exec = promisify(execFile);
const DEADLINE_MS = 300_000;
const LOOK_MS = 100;

interface TerminalOptions {
  readonly columns: number;
  readonly rows: number;
  readonly argv: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** How long `until` looks. */
  readonly deadlineMs?: number;
}

/** A program in a real terminal, of a tmux of its own. */
export interface LabTerminal {
  /** What is seen now, without blanks at the ends of lines. */
  screen(): Promise<string>;
  /** With what has scrolled away. */
  history(): Promise<string>;
  /** What is seen as soon as all patterns match at once, and once more; rejects after some minutes, or when tmux is gone. */
  until(...patterns: readonly RegExp[]): Promise<string>;
  type(text: string): Promise<void>;
  /** Keys by tmux's names, `C-c`. */
  press(key: string): Promise<void>;
  resize(columns: number, rows: number): Promise<void>;
  /** Whether the cursor is shown. */
  hasCursor(): Promise<boolean>;
  close(): Promise<void>;
}

export async function startTerminal(options: TerminalOptions): Promise<LabTerminal> {
  const { columns, rows, argv, cwd, env = {}, deadlineMs = DEADLINE_MS } = options;
  const directory = await mkdtemp(join(tmpdir(), "farm-tmux-"));
  const { CI: _, NO_COLOR: __, TMUX: ___, ...inherited } = process.env;
  const socket = join(directory, "socket");
  const tmux = async (...words: string[]) =>
    (
      await exec("tmux", ["-S", socket, "-f", "/dev/null", "-u", ...words], {
        env: { ...inherited, LC_ALL: "C.UTF-8", ...env },
      })
    ).stdout;
  const size = ["-x", String(columns), "-y", String(rows)];
  await tmux("new-session", "-d", ...size, ...(cwd === undefined ? [] : ["-c", cwd]), "cat");
  // The pane outlives what runs in it, so that its last screen can be looked at.
  await tmux("set-option", "-g", "status", "off");
  await tmux("set-option", "-g", "remain-on-exit", "on");
  await tmux("resize-window", ...size);
  await tmux("respawn-pane", "-k", ...(cwd === undefined ? [] : ["-c", cwd]), ...argv);
  const capture = async (...more: string[]) => (await tmux("capture-pane", "-p", ...more)).trimEnd();
  const screen = () => capture();
  return {
    screen,
    history: () => capture("-S", "-", "-J"),
    until: async (...patterns) => {
      const start = Date.now();
      let matched = false;
      for (;;) {
        const seen = await screen();
        const missing = patterns.filter((pattern) => !pattern.test(seen));
        // What is longer than a terminal takes at once comes in parts: the first look may have seen a part of it.
        if (missing.length === 0 && matched) return seen;
        matched = missing.length === 0;
        if (Date.now() - start > deadlineMs) throw new Error(`never saw ${missing.join(", ")}:\n${seen}`);
        if (!matched) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
    },
    type: async (text) => void (await tmux("send-keys", "-l", `${text}\n`)),
    press: async (key) => void (await tmux("send-keys", key)),
    resize: async (x, y) => void (await tmux("resize-window", "-x", String(x), "-y", String(y))),
    hasCursor: async () => (await tmux("display-message", "-p", "#{cursor_flag}")).trim() === "1",
    close: async () => {
      await tmux("kill-server");
      await rm(directory, { recursive: true, force: true });
    },
  };
}
