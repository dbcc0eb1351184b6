import { z } from "zod";
import { type Account, accountQuery, parseAccount } from "../accounts/account.js";
import { script } from "../remote/script.js";
import { lastLine } from "../remote/status.js";
import { bool, int, list, path, text } from "./arguments.js";
import { ModuleFailure } from "./failure.js";
import type { Module, ModuleContext, ModuleResult } from "./module.js";

const Args = z.strictObject({
  name: text().describe("the user"),
  state: z.enum(["present", "absent"]).default("present").describe("whether it shall be there"),
  uid: int().optional().describe("its number"),
  non_unique: bool().default(false).describe("a number that another user has"),
  group: text().optional().describe("its own group"),
  groups: list().optional().describe("groups that it is in besides"),
  append: bool().default(false).describe("leave the groups that it is in already"),
  comment: text().optional().describe("its real name"),
  home: path().optional().describe("its home directory"),
  create_home: bool().default(true).describe("make the home directory of a new user"),
  move_home: bool().default(false).describe("move the home directory when it changes"),
  shell: path().optional().describe("its login shell"),
  system: bool().default(false).describe("a number of the system's range"),
  password: text().optional().describe("the hash of its password, as of password_hash"),
  update_password: z
    .enum(["always", "on_create"])
    .default("always")
    .describe("whether a password that is there is replaced"),
  password_lock: bool().optional().describe("lock or unlock the password"),
  remove: bool().default(false).describe("with absent: remove the home directory too"),
  force: bool().default(false).describe("with absent: though it is logged in"),
  skeleton: path().optional().describe("what the home directory begins with"),
});
type User = z.infer<typeof Args>;

/** Users of the machine. */
export const user: Module<User> = {
  name: "user",
  summary: "Sees to users, their groups, shell, home and password.",
  args: Args,
  aliases: { user: "name", createhome: "create_home" },
  differs: [
    "generate_ssh_key, expires, profile, authorization, role and login_class are not there.",
    "Without shadow's tools (busybox) only new users are made; what is there is not changed.",
  ],
  async run(args, context) {
    const { stdout } = await context.ask({ ...accountQuery(args.name), readOnly: true });
    const found = parseAccount(stdout);
    if (args.state === "absent") return absent(args, found, context);
    if (!found) return create(args, context);
    const changes = changesOf(args, found);
    if (changes.length > 0)
      await act(context, `change the user ${args.name}`, ["usermod", ...changes, "--", args.name]);
    const password =
      args.update_password === "always" && args.password !== undefined && args.password !== found.password;
    if (password) await setPassword(args, context);
    const locked = await lock(args, found, context);
    return { changed: changes.length > 0 || password || locked, ...fields(args, found) };
  },
};

async function absent(args: User, found: Account | undefined, context: ModuleContext): Promise<ModuleResult> {
  const result = { name: args.name, state: "absent", force: args.force, remove: args.remove };
  if (!found) return { changed: false, ...result };
  const text = `if command -v userdel >/dev/null 2>&1; then userdel $2 $3 -- "$1"; else deluser \${2:+--remove-home} "$1"; fi`;
  await act(
    context,
    `remove the user ${args.name}`,
    script("userdel", text, [args.name, args.remove ? "-r" : "", args.force ? "-f" : ""]).argv,
  );
  return { changed: true, ...result };
}

const ADD = `name=$1 uid=$2 group=$3 groups=$4 comment=$5 home=$6 make=$7 shell=$8 system=$9 skel=\${10} same=\${11}
if command -v useradd >/dev/null 2>&1; then
  [ "$make" ] && make=-m || make=-M
  useradd $make \${uid:+-u "$uid"} \${same:+-o} \${group:+-g "$group"} \${groups:+-G "$groups"} \${comment:+-c "$comment"} \${home:+-d "$home"} \${shell:+-s "$shell"} \${system:+-r} \${skel:+-k "$skel"} -- "$name"
else
  [ "$make" ] && make= || make=-H
  adduser -D $make \${uid:+-u "$uid"} \${group:+-G "$group"} \${comment:+-g "$comment"} \${home:+-h "$home"} \${shell:+-s "$shell"} \${system:+-S} "$name" || exit
  IFS=,
  for each in $groups; do addgroup "$name" "$each" || exit; done
fi`;

async function create(args: User, context: ModuleContext): Promise<ModuleResult> {
  const flag = (value: boolean) => (value ? "yes" : "");
  const given = [
    args.name,
    args.uid === undefined ? "" : String(args.uid),
    args.group ?? "",
    (args.groups ?? []).join(","),
    args.comment ?? "",
    args.home ?? "",
    flag(args.create_home),
    args.shell ?? "",
    flag(args.system),
    args.skeleton ?? "",
    flag(args.non_unique),
  ];
  await act(context, `make the user ${args.name}`, script("useradd", ADD, given).argv);
  if (args.password !== undefined) await setPassword(args, context);
  const { stdout } = context.check
    ? { stdout: "" }
    : await context.ask({ ...accountQuery(args.name), readOnly: true });
  const made = parseAccount(stdout);
  return {
    changed: true,
    ...(made ? fields(args, made) : { name: args.name, state: "present" }),
    system: args.system,
    create_home: args.create_home,
  };
}

/** Options of usermod. */
export function changesOf(args: User, found: Account): string[] {
  const differs = (wanted: string | number | undefined, is: string | number, option: string): string[] =>
    wanted === undefined || String(wanted) === String(is) ? [] : [option, String(wanted)];
  const home = differs(args.home, found.home, "-d");
  const group = args.group === String(found.gid) ? [] : differs(args.group, found.group, "-g");
  return [
    ...differs(args.uid, found.uid, "-u"),
    ...group,
    ...groupChanges(args, found),
    ...differs(args.comment, found.comment, "-c"),
    ...home,
    ...(home.length > 0 && args.move_home ? ["-m"] : []),
    ...differs(args.shell, found.shell, "-s"),
  ];
}

function groupChanges({ groups, append }: User, found: Account): string[] {
  if (groups === undefined) return [];
  const missing = groups.filter((each) => !found.groups.includes(each) && each !== found.group);
  if (append) return missing.length === 0 ? [] : ["-a", "-G", missing.join(",")];
  const extra = found.groups.filter((each) => !groups.includes(each));
  return missing.length + extra.length === 0 ? [] : ["-G", groups.join(",")];
}

/** The hash goes by stdin: it stands in no argument. */
async function setPassword({ name, password }: User, context: ModuleContext): Promise<void> {
  if (/[\n:]/.test(password ?? ""))
    throw new ModuleFailure("password must be a hash, as password_hash makes it");
  const { code, stderr } = await context.act({ argv: ["chpasswd", "-e"], stdin: `${name}:${password}\n` });
  if (code !== 0) throw new ModuleFailure(`cannot set the password of ${name}: ${lastLine(stderr, code)}`);
}

async function lock(args: User, found: Account, context: ModuleContext): Promise<boolean> {
  if (args.password_lock === undefined || found.password === undefined) return false;
  const locked = found.password.startsWith("!");
  if (locked === args.password_lock) return false;
  await act(context, `lock the password of ${args.name}`, [
    "usermod",
    args.password_lock ? "-L" : "-U",
    "--",
    args.name,
  ]);
  return true;
}

const fields = (args: User, { uid, gid, comment, home, shell }: Account): Record<string, unknown> => ({
  name: args.name,
  state: "present",
  uid: args.uid ?? uid,
  group: gid,
  comment: args.comment ?? comment,
  home: args.home ?? home,
  shell: args.shell ?? shell,
  append: args.append,
  move_home: args.move_home,
  ...(args.groups !== undefined && { groups: args.groups.join(",") }),
});

async function act(
  context: ModuleContext,
  what: string,
  argv: readonly [string, ...string[]],
): Promise<void> {
  const { code, stdout, stderr } = await context.act({ argv });
  if (code !== 0)
    throw new ModuleFailure(`cannot ${what}: ${lastLine(stderr, code)}`, { rc: code, stdout, stderr });
}
