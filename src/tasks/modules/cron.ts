import { z } from "zod";
import { bool, path, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Diff, Module, ModuleContext } from "../module/module.js";
import {
  type CronLines,
  cronLines,
  cronText,
  jobLine,
  jobNames,
  variableNames,
  withJob,
  withoutJob,
  withoutVariable,
  withVariable,
} from "../system/crontab.js";
import { type Crontab, cronFile, keepCrontab, usersCrontab } from "../system/crontab-place.js";

const Args = z.strictObject({
  name: text().describe("what the job is known by: a comment above it; with env the variable"),
  job: text().optional().describe("the command, in which % must be escaped; with env the variable's value"),
  state: z.enum(["present", "absent"]).default("present").describe("whether it shall be there"),
  user: text()
    .optional()
    .describe("whose crontab, or as whom a job of cron_file runs; by default the task's user"),
  cron_file: path().optional().describe("a file of /etc/cron.d, or anywhere, instead of a user's crontab"),
  minute: text().default("*").describe("0-59, *, */2 ..."),
  hour: text().default("*").describe("0-23"),
  day: text().default("*").describe("of the month: 1-31"),
  month: text().default("*").describe("1-12"),
  weekday: text().default("*").describe("0-6, 0 is Sunday"),
  special_time: z
    .enum(["annually", "daily", "hourly", "monthly", "reboot", "weekly", "yearly"])
    .optional()
    .describe("instead of these five"),
  disabled: bool().default(false).describe("the job stands there as a comment"),
  env: bool().default(false).describe("it is about a variable of the crontab"),
  insertafter: text().optional().describe("put a new variable behind this one, instead of on top"),
  insertbefore: text().optional().describe("put a new variable before this one"),
  backup: bool().default(false).describe("keep the old crontab in a temporary file of the machine"),
});
type CronArgs = z.infer<typeof Args>;

/** Jobs of cron, known by their names. */
export const cron: Module<CronArgs> = {
  name: "cron",
  summary: "Sees to a job, or a variable, of a crontab.",
  args: Args,
  aliases: { value: "job", dom: "day", dow: "weekday" },
  differs: ["A file of cron.d needs no crontab program on the machine."],
  async run(args, context) {
    refuse(args);
    const crontab =
      args.cron_file === undefined
        ? await usersCrontab(args.user, context)
        : await cronFile(args.cron_file, context);
    const { text: old, given } = crontab.content;
    const before = cronLines(old);
    const after = edited(before, args, given);
    const changed = after !== before || !/(?:^|[\r\n])$/.test(old);
    const shown = args.cron_file === undefined ? {} : { cron_file: args.cron_file };
    if (!changed) return { changed, ...told(before, args), ...shown };
    const kept = args.backup ? await keepCrontab(crontab, context) : {};
    const isGone =
      after !== before && args.state === "absent" && !args.env && after.every((line) => line.trim() === "");
    if (isGone && crontab.remove) {
      await crontab.remove();
      return { changed, ...shown, state: args.state, ...kept, ...diffOf(crontab, undefined, context) };
    }
    await crontab.write(cronText(after));
    return { changed, ...told(after, args), ...shown, ...kept, ...diffOf(crontab, cronText(after), context) };
  },
};

/** @throws ModuleFailure for what does not go together */
function refuse(args: CronArgs): void {
  const { cron_file, special_time, state, user, job, env, insertafter, insertbefore } = args;
  if (insertafter !== undefined && insertbefore !== undefined)
    throw new ModuleFailure("parameters are mutually exclusive: insertafter|insertbefore");
  if (cron_file === "/etc/crontab") throw new ModuleFailure("Will not manage /etc/crontab via cron_file");
  const times = [args.minute, args.hour, args.day, args.month, args.weekday];
  if (special_time !== undefined && times.some((time) => time !== "*"))
    throw new ModuleFailure("You must specify time and date fields or special time.");
  if (env && args.name.includes(" ")) throw new ModuleFailure("Invalid name for environment variable");
  if (state === "absent") return;
  if (cron_file !== undefined && user === undefined)
    throw new ModuleFailure("To use cron_file=... parameter you must specify user=... as well");
  if (job === undefined)
    throw new ModuleFailure("You must specify 'job' to install a new cron job or variable");
  if ((insertafter ?? insertbefore) !== undefined && !env)
    throw new ModuleFailure("Insertafter and insertbefore parameters are valid only with env=yes");
}

function edited(lines: CronLines, args: CronArgs, given: (argument: string) => string): CronLines {
  const { state, env, special_time: special, cron_file, user, insertafter, insertbefore } = args;
  const [name, job] = [given(args.name), given(args.job ?? "")];
  if (state === "absent") {
    const left = env ? withoutVariable(lines, name) : withoutJob(lines, name);
    return left.length === lines.length ? lines : left;
  }
  if (!env) {
    const as = cron_file === undefined ? undefined : user;
    return withJob(lines, name, jobLine({ ...args, special }, as, job, args.disabled));
  }
  const other = insertafter ?? insertbefore;
  const side = insertafter === undefined ? ("before" as const) : ("after" as const);
  const after = withVariable(
    lines,
    name,
    job,
    other === undefined ? undefined : { side, name: given(other) },
  );
  if (!after) throw new ModuleFailure(`Variable named '${other}' not found.`);
  return after;
}

function told(lines: CronLines, { cron_file, job = "", state, env }: CronArgs) {
  const warnings: string[] = [];
  const base = cron_file?.split("/").at(-1);
  if (base !== undefined && !/^[A-Za-z0-9_-]+$/.test(base))
    warnings.push(
      `Filename portion of cron_file ("${base}") should consist solely of upper- and lower-case letters, digits, underscores, and hyphens`,
    );
  if (state === "present" && !env && /[\r\n]/.test(job.replace(/^[\r\n]+|[\r\n]+$/g, "")))
    warnings.push("Job should not contain line breaks");
  return { jobs: jobNames(lines), envs: variableNames(lines), warnings };
}

function diffOf(crontab: Crontab, after: string | undefined, { diff }: ModuleContext): { diff?: Diff } {
  if (!diff) return {};
  const { content, shownAs } = crontab;
  const headers = { before_header: shownAs, after_header: after === undefined ? "/dev/null" : shownAs };
  return { diff: { before: cronText(cronLines(content.text)), after: after ?? "", ...headers } };
}
