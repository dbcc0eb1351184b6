import { type Command, Option } from "commander";
import { systemClock } from "../clock.js";
import type { Reporter } from "../report/emitter.js";
import { jsonReporter } from "../report/json-reporter.js";
import type { Expected } from "../report/live/expected.js";
import { glyphsFor } from "../report/live/glyphs.js";
import { everyUnheld, liveReporter } from "../report/live/live-reporter.js";
import { type Detail, textReporter } from "../report/text-reporter.js";
import type { CommandContext } from "./context.js";

/** The options that say how much is shown. */
export interface DetailOptions {
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly format: "text" | "json";
}

/** Adds them to a command; what `command.opts()` returns is then a DetailOptions, if it has a format. */
export const withDetailOptions = (command: Command): Command =>
  command
    .addOption(new Option("-q, --quiet", "only what went wrong, and the summary").conflicts("verbose"))
    .option("-v, --verbose", "each task as it starts, and all that tasks say");

/** What a command knows of what it shows. */
export interface Shown {
  /** Of lines, while the live view shows the rest. */
  readonly besideLive: Detail;
  /** Of a run. */
  readonly inventory?: string;
  readonly expected?: () => Promise<Expected>;
}

/** What is shown on standard output. */
export function screenReporter(
  { format, quiet, verbose }: DetailOptions,
  { stdout, terminal, screen }: CommandContext,
  { besideLive, inventory, expected }: Shown,
): Reporter {
  if (format === "json") return jsonReporter(stdout);
  const detail = quiet ? "quiet" : verbose ? "verbose" : "normal";
  if (quiet || !screen) return textReporter(stdout, terminal, detail, inventory);
  return liveReporter(screen, {
    color: terminal,
    glyphs: glyphsFor(process.env),
    detail: verbose ? "verbose" : besideLive,
    inventory,
    expected,
    now: () => systemClock.now(),
    every: everyUnheld,
  });
}
