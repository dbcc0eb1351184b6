import type { AnyModule, ModuleContext } from "../module/module.js";
import type { Circumstances } from "./module-context.js";

/** Arguments that are paths on the task's machine and stand in results. */
const PATHS = ["path", "dest"] as const;

/** Modules whose `dest` is, or may be, on the controller. */
const ELSEWHERE: ReadonlySet<string> = new Set(["fetch", "synchronize"]);

type Machine = Circumstances["machine"];

/** What `~` is on a machine, by users. */
const homes = new WeakMap<Machine, Map<string, string>>();

/**
 * Arguments with the home directory of the task's user in place of a leading `~`: results name the path that it is, which may be used
 * by another user's task. One question for each user of a machine, where a task has such a path.
 */
export async function withHome(
  module: AnyModule,
  args: unknown,
  how: Pick<Circumstances, "machine" | "become" | "environment">,
  context: Pick<ModuleContext, "ask">,
): Promise<unknown> {
  const given = args as Readonly<Record<string, unknown>>;
  const short = ELSEWHERE.has(module.name) ? [] : PATHS.filter((name) => isShort(given[name]));
  if (short.length === 0) return args;
  const home = how.environment["HOME"] ?? (await homeOf(how, context));
  if (!home.startsWith("/")) return args;
  return {
    ...given,
    ...Object.fromEntries(short.map((name) => [name, home + String(given[name]).slice(1)])),
  };
}

const isShort = (value: unknown): boolean => typeof value === "string" && /^~(?:\/|$)/.test(value);

async function homeOf(
  { machine, become }: Pick<Circumstances, "machine" | "become">,
  context: Pick<ModuleContext, "ask">,
): Promise<string> {
  const known = homes.get(machine) ?? new Map<string, string>();
  homes.set(machine, known);
  const user = become?.user ?? "";
  const home = known.get(user) ?? (await askedHome(context));
  known.set(user, home);
  return home;
}

async function askedHome({ ask }: Pick<ModuleContext, "ask">): Promise<string> {
  const { stdout } = await ask({ argv: ["sh", "-c", 'printf %s "$HOME"'], readOnly: true });
  return stdout;
}
