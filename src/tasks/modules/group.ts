import { z } from "zod";
import { script } from "../remote/script.js";
import { lastLine } from "../remote/status.js";
import { bool, int, text } from "./arguments.js";
import { ModuleFailure } from "./failure.js";
import type { Module, ModuleContext } from "./module.js";

const Args = z.strictObject({
  name: text().describe("the group"),
  state: z.enum(["present", "absent"]).default("present").describe("whether it shall be there"),
  gid: int().optional().describe("its number"),
  system: bool().default(false).describe("a number of the system's range"),
  force: bool().default(false).describe("remove a group that is a user's own"),
  non_unique: bool().default(false).describe("a number that another group has"),
});
type Group = z.infer<typeof Args>;

const QUERY = `if command -v getent >/dev/null 2>&1; then getent group "$1"; else grep "^$1:" /etc/group; fi; exit 0`;

/** Groups of the machine. */
export const group: Module<Group> = {
  name: "group",
  summary: "Sees to groups.",
  args: Args,
  async run(args, context) {
    const { stdout } = await context.ask({ ...script("group", QUERY, [args.name]), readOnly: true });
    const gid = Number(/^[^:]*:[^:]*:(\d+):/.exec(stdout)?.[1] ?? Number.NaN);
    const there = !Number.isNaN(gid);
    const result = { name: args.name, state: args.state, system: args.system };
    if (args.state === "absent") {
      if (there)
        await act(context, `remove the group ${args.name}`, REMOVE, [args.name, args.force ? "-f" : ""]);
      return { changed: there, ...result };
    }
    if (there && (args.gid === undefined || args.gid === gid)) return { changed: false, gid, ...result };
    if (there) await act(context, `change the group ${args.name}`, CHANGE, [args.name, String(args.gid)]);
    else await act(context, `make the group ${args.name}`, ADD, addArgs(args));
    return { changed: true, ...(args.gid !== undefined && { gid: args.gid }), ...result };
  },
};

const addArgs = ({ name, gid, system, non_unique }: Group): string[] => [
  name,
  gid === undefined ? "" : String(gid),
  system ? "yes" : "",
  non_unique ? "yes" : "",
];

const ADD = `if command -v groupadd >/dev/null 2>&1; then
  groupadd \${2:+-g "$2"} \${3:+-r} \${4:+-o} -- "$1"
else addgroup \${2:+-g "$2"} \${3:+-S} "$1"; fi`;
const CHANGE = `groupmod -g "$2" -- "$1"`;
const REMOVE = `if command -v groupdel >/dev/null 2>&1; then groupdel $2 -- "$1"; else delgroup "$1"; fi`;

async function act(
  context: ModuleContext,
  what: string,
  text: string,
  args: readonly string[],
): Promise<void> {
  const { code, stdout, stderr } = await context.act(script("group-change", text, args));
  if (code !== 0)
    throw new ModuleFailure(`cannot ${what}: ${lastLine(stderr, code)}`, { rc: code, stdout, stderr });
}
