import { z } from "zod";
import { ADD_GROUP, CHANGE_GROUP, REMOVE_GROUP } from "../accounts/account-scripts.js";
import { bool, int, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module, ModuleContext } from "../module/module.js";
import { script } from "../remote/script.js";
import { lastLine } from "../remote/status.js";

const Args = z.strictObject({
  name: text().describe("the group"),
  state: z.enum(["present", "absent"]).default("present").describe("whether it shall be there"),
  gid: int().optional().describe("its number"),
  system: bool().default(false).describe("a number of the system's range"),
  local: bool().default(false).describe("only what /etc/group says counts"),
  force: bool().default(false).describe("remove a group that is a user's own"),
  non_unique: bool().default(false).describe("a number that another group has"),
});
type Group = z.infer<typeof Args>;

const QUERY = `if [ -z "$2" ] && command -v getent >/dev/null 2>&1; then getent group "$1"; else awk -F: -v name="$1" '$1 == name' /etc/group; fi; exit 0`;

/** Groups of the machine. */
export const group: Module<Group> = {
  name: "group",
  summary: "Sees to groups.",
  args: Args,
  differs: ["Without shadow's tools (busybox) /etc/group is edited; no addgroup is needed."],
  async run(args, context) {
    const { name, state, gid, system } = args;
    if (!/^[^-:,\s/][^:,\s/]*$/.test(name))
      throw new ModuleFailure(`${JSON.stringify(name)} is no group's name`, { name });
    if (args.non_unique && gid === undefined)
      throw new ModuleFailure("non_unique is True but all of the following are missing: gid");
    const found = await look(args, context);
    const steps = stepsOf(args, found);
    for (const { what, text: source, given } of steps) await act(context, what, source, [name, ...given]);
    const changed = steps.length > 0;
    const now = changed && !context.check ? await look(args, context) : found;
    return { changed, name, state, ...(now !== undefined && state === "present" && { system, gid: now }) };
  },
};

/** Its number, if it is there. */
async function look({ name, local }: Group, context: ModuleContext): Promise<number | undefined> {
  const query = script("group", QUERY, [name, local ? "local" : ""], { readOnly: true });
  const [found, , gid] = (await context.ask(query)).stdout.split(":");
  return found === name && gid !== undefined ? Number(gid) : undefined;
}

/** What a script does, with the arguments behind the name. */
interface Step {
  readonly what: string;
  readonly text: string;
  readonly given: readonly string[];
}

function stepsOf(args: Group, found: number | undefined): Step[] {
  const { state, gid, system, non_unique, force } = args;
  const number = gid === undefined ? "" : String(gid);
  const same = non_unique ? "yes" : "";
  if (state === "absent")
    return found === undefined
      ? []
      : [{ what: "remove the group", text: REMOVE_GROUP, given: [force ? "-f" : ""] }];
  if (found === undefined)
    return [{ what: "make the group", text: ADD_GROUP, given: [number, system ? "yes" : "", same] }];
  if (gid === undefined || gid === found) return [];
  return [{ what: "change the group", text: CHANGE_GROUP, given: [number, same] }];
}

async function act(
  context: ModuleContext,
  what: string,
  text: string,
  args: readonly string[],
): Promise<void> {
  const [name = ""] = args;
  const { code, stdout, stderr } = await context.act(script("group-change", text, args));
  if (code !== 0)
    throw new ModuleFailure(`cannot ${what} ${name}: ${lastLine(stderr, code)}`, {
      name,
      rc: code,
      stdout,
      stderr,
    });
}
