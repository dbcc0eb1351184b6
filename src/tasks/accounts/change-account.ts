import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext } from "../module/module.js";
import { script } from "../remote/script.js";
import { lastLine } from "../remote/status.js";
import type { Account, AccountState } from "./account.js";
import {
  type AccountChanges,
  type AccountWanted,
  chageOptions,
  dateOption,
  expiryDay,
  groupOf,
  usermodOptions,
} from "./account-changes.js";
import { ADD_USER, CHANGE_USER, MAKE_HOME, MAKE_KEY, REMOVE_USER, SET_PASSWORD } from "./account-scripts.js";

/** A user as a task describes it. */
export interface UserWanted extends AccountWanted {
  readonly create_home: boolean;
  readonly system: boolean;
  readonly skeleton?: string | undefined;
  readonly umask?: string | undefined;
  readonly remove: boolean;
  readonly force: boolean;
}

/** What programs said, for the result. */
export interface Said {
  readonly stdout: string;
  readonly stderr: string;
}

/** An argument that is not given is empty, and one that is has = before it. */
const given = (value: string | number | undefined): string => (value === undefined ? "" : `=${value}`);
const flag = (value: boolean, name = "yes"): string => (value ? name : "");

/** Makes a user, with its password. @throws ModuleFailure */
export async function addUser(
  wanted: UserWanted,
  state: AccountState,
  context: ModuleContext,
): Promise<Said> {
  const { known } = state;
  const name = (called: string) => (context.check ? called : groupOf(called, known).name);
  const day = wanted.expires === undefined ? undefined : expiryDay(wanted.expires);
  const args = [
    wanted.name,
    given(wanted.uid),
    flag(wanted.non_unique),
    given(wanted.group && name(wanted.group)),
    given(wanted.groups?.map(name).join(",")),
    given(wanted.comment),
    given(wanted.home),
    flag(wanted.create_home),
    given(wanted.shell),
    flag(wanted.system),
    wanted.skeleton ?? "",
    given(dateOption(day)),
    given(day ?? (day === null ? "" : undefined)),
    wanted.umask ?? "",
    flag(known.has(wanted.name)),
  ];
  const said = await act(
    context,
    wanted.name,
    `make the user ${wanted.name}`,
    script("useradd", ADD_USER, args),
  );
  const { password, password_lock: lock } = wanted;
  if (password !== undefined)
    await setPassword(wanted.name, lock ? `!${password}` : password, state, context);
  return said;
}

/** @throws ModuleFailure */
export async function changeUser(
  changes: AccountChanges,
  wanted: UserWanted,
  state: AccountState,
  context: ModuleContext,
): Promise<Said> {
  const { name } = wanted;
  const what = `change the user ${name}`;
  let said: Said = { stdout: "", stderr: "" };
  if (state.tools === "shadow") {
    const options = usermodOptions(changes, wanted, state.known);
    if (options.length > 0)
      said = await act(context, name, what, { argv: ["usermod", ...options, "--", name] });
    const ages = chageOptions(changes);
    if (ages.length > 0) await act(context, name, what, { argv: ["chage", ...ages, "--", name] });
  } else if (Object.keys(changes).some((key) => key !== "password"))
    said = await act(context, name, what, script("user-change", CHANGE_USER, editArguments(changes, wanted)));
  if (changes.password !== undefined) await setPassword(name, changes.password, state, context);
  return said;
}

function editArguments(changes: AccountChanges, wanted: UserWanted): string[] {
  const { uid, gid, comment, home, shell, expires, join = [], leave = [], lock } = changes;
  const { min, max, warn, inactive } = changes;
  return [
    ...[wanted.name, given(uid), flag(wanted.non_unique), given(gid), given(comment)],
    ...[given(home), flag(wanted.move_home), given(shell), given(expires === null ? "" : expires)],
    ...[given(min), given(max), join.join("\n"), leave.join("\n")],
    given(lock === undefined ? undefined : lock ? "yes" : "no"),
    ...[given(warn), given(inactive)],
  ];
}

/** The hash goes by stdin: it stands in no argument. */
async function setPassword(
  name: string,
  hash: string,
  { tools }: AccountState,
  context: ModuleContext,
): Promise<void> {
  const what = `set the password of ${name}`;
  if (tools === "shadow")
    await act(context, name, what, { argv: ["chpasswd", "-e"], stdin: `${name}:${hash}\n` });
  else await act(context, name, what, script("set-password", SET_PASSWORD, [name], { stdin: `${hash}\n` }));
}

/** @throws ModuleFailure */
export const removeUser = ({ name, remove, force }: UserWanted, context: ModuleContext): Promise<Said> =>
  act(
    context,
    name,
    `remove the user ${name}`,
    script("userdel", REMOVE_USER, [name, flag(remove, "-r"), flag(force, "-f")]),
  );

/** A home directory for a user who has none. @throws ModuleFailure */
export async function makeHome(
  { skeleton = "", umask = "" }: UserWanted,
  { name, uid, gid }: Account,
  home: string,
  context: ModuleContext,
): Promise<void> {
  const args = [home, skeleton, `${uid}:${gid}`, umask];
  await act(context, name, `make the directory ${home}`, script("make-home", MAKE_HOME, args));
}

/** A key pair that a user shall have. */
export interface KeyWanted {
  readonly file: string;
  readonly type: string;
  readonly bits: number;
  /** Empty: Ansible's. */
  readonly comment: string;
  readonly passphrase: string;
  readonly force: boolean;
}

/** Makes a key pair; the passphrase goes by stdin. @throws ModuleFailure */
export async function makeKey(
  { file, type, bits, comment, passphrase, force }: KeyWanted,
  { name, home, uid, gid }: Account,
  context: ModuleContext,
): Promise<void> {
  const args = [file, home, type, String(bits), comment, flag(force), `${uid}:${gid}`];
  const stdin = `${passphrase}\n`;
  await act(context, name, `make a key for ${name}`, script("make-key", MAKE_KEY, args, { stdin }));
}

async function act(
  context: ModuleContext,
  name: string,
  what: string,
  command: Parameters<ModuleContext["act"]>[0],
): Promise<Said> {
  const { code, stdout, stderr } = await context.act(command);
  if (code !== 0)
    throw new ModuleFailure(`cannot ${what}: ${lastLine(stderr, code)}`, { name, rc: code, stdout, stderr });
  return { stdout, stderr };
}
