import pc from "picocolors";
import type { Reporter } from "../emitter.js";
import { type Detail, textReporter } from "../text-reporter.js";
import type { Expected } from "./expected.js";
import { FarmViewer } from "./farm-view.js";
import { frame } from "./frame.js";
import type { Glyphs } from "./glyphs.js";
import { openScreen, type Screen, type Terminal } from "./screen.js";

export interface LiveOptions {
  readonly color: boolean;
  readonly glyphs: Glyphs;
  /** Of the lines that scroll above the live part. */
  readonly detail: Detail;
  readonly inventory?: string | undefined;
  /** From earlier runs; asked for once. */
  readonly expected?: (() => Promise<Expected>) | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Calls back again and again until what it returns is called. */
  readonly every: (ms: number, callback: () => void) => () => void;
}

const FRAME_MS = 100;
const CLOCK_MS = 1_000;

/** On a terminal: a line a VM that is drawn anew as it changes; what went wrong scrolls above it, the summary stays. */
export function liveReporter(terminal: Terminal, options: LiveOptions): Reporter {
  const { color, glyphs, detail, inventory, expected: ask, now, every } = options;
  const viewer = new FarmViewer();
  let screen: Screen | undefined;
  let expected: Expected = new Map();
  let pending = "";
  let [changed, drawn, ended] = [true, 0, false];
  /** The terminal is somebody else's. */
  let lent = false;
  const say = (text: string) => {
    pending += text;
  };
  const lines = textReporter(say, color, detail, inventory);
  const draw = () => {
    if (!screen || lent) return;
    if (pending !== "") screen.say(pending);
    pending = "";
    if (ended) return;
    const pen = { ruler: screen.ruler, glyphs, colors: pc.createColors(color) };
    screen.draw(frame(viewer.view, screen.size(), now(), expected, pen));
    [changed, drawn] = [false, now()];
  };
  const resized = () => {
    if (!lent) screen?.resized();
    draw();
  };
  const open = async () => {
    screen = await openScreen(terminal, glyphs.ellipsis);
    expected = (await ask?.()) ?? expected;
  };
  const ready = open();
  const stop = every(FRAME_MS, () => {
    if (changed || pending !== "" || now() - drawn >= CLOCK_MS) draw();
  });
  terminal.on("resize", resized);
  return {
    on: (event, time) => {
      viewer.on(event, time.getTime());
      lines.on(event, time);
      changed = true;
      if (event.type === "shell-opened") {
        draw();
        screen?.close();
        lent = true;
      } else if (event.type === "shell-closed") lent = false;
    },
    close: async () => {
      await ready;
      stop();
      terminal.off("resize", resized);
      ended = true;
      if (!lent) screen?.close();
      terminal.write(pending);
    },
  };
}

/** Never keeps the process alive. */
export function everyUnheld(ms: number, callback: () => void): () => void {
  const timer = setInterval(callback, ms);
  timer.unref();
  return () => clearInterval(timer);
}
