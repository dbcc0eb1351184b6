import { z } from "zod";
import { type Account, type AccountState, accountQuery, parseAccount } from "../accounts/account.js";
import { changesOf, wantedAges } from "../accounts/account-changes.js";
import { addUser, changeUser, makeHome, makeKey, removeUser, type Said } from "../accounts/change-account.js";
import { bool, int, list, path, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module, ModuleContext, ModuleResult } from "../module/module.js";

const Args = z.strictObject({
  name: text().describe("the user"),
  state: z.enum(["present", "absent"]).default("present").describe("whether it shall be there"),
  uid: int().optional().describe("its number"),
  non_unique: bool().default(false).describe("a number that another user has"),
  group: text().optional().describe("its own group: a name or a number"),
  groups: list().optional().describe("groups that it is in besides"),
  append: bool().default(false).describe("leave the groups that it is in already"),
  comment: text().optional().describe("its real name"),
  home: path().optional().describe("its home directory"),
  create_home: bool().default(true).describe("make the home directory when it is not there"),
  move_home: bool().default(false).describe("move the home directory when it changes"),
  skeleton: path().optional().describe("what the home directory begins with"),
  umask: text().optional().describe("what a new home directory's mode lacks, e.g. `077`"),
  shell: path().optional().describe("its login shell"),
  system: bool().default(false).describe("a number of the system's range"),
  local: bool().default(false).describe("only what the files of /etc say counts"),
  password: text().optional().describe("the hash of its password, as of password_hash"),
  update_password: z
    .enum(["always", "on_create"])
    .default("always")
    .describe("whether a password that is there is replaced"),
  password_lock: bool().optional().describe("lock or unlock the password"),
  password_expire_min: int().optional().describe("days between two changes of the password at least"),
  password_expire_max: int().optional().describe("days after which the password must be changed"),
  password_expire_warn: int().optional().describe("days of warning before that"),
  password_expire_account_disable: int().optional().describe("days after that until the account is shut"),
  expires: z.coerce.number().optional().describe("when the account ends: seconds since the epoch; -1: never"),
  generate_ssh_key: bool().default(false).describe("make a key pair when there is none"),
  ssh_key_file: path().optional().describe("its file, in the home directory; by default .ssh/id_TYPE"),
  ssh_key_type: text().default("rsa").describe("rsa, ed25519 ..."),
  ssh_key_bits: int().default(0).describe("0: ssh-keygen's own choice"),
  ssh_key_comment: text().optional().describe("by default `ansible-generated on HOST`"),
  ssh_key_passphrase: text().optional().describe("what the key is encrypted with"),
  remove: bool().default(false).describe("with absent: remove the home directory too"),
  force: bool().default(false).describe("with absent: though it is logged in; else: replace the key pair"),
});
type User = z.infer<typeof Args>;

/** Users of the machine. */
export const user: Module<User> = {
  name: "user",
  summary: "Sees to users, their groups, shell, home, password and key.",
  args: Args,
  refuses: {
    authorization: "it is about other systems than Linux",
    hidden: "it is about other systems than Linux",
    login_class: "it is about other systems than Linux",
    profile: "it is about other systems than Linux",
    role: "it is about other systems than Linux",
    seuser: "SELinux users are not assigned: do it with `command: semanage login`",
  },
  aliases: { user: "name", createhome: "create_home" },
  differs: [
    "login_class, profile, authorization, role, hidden and seuser are not there: they are other systems'.",
    "Without shadow's tools (busybox) the files of /etc are edited; no adduser is needed.",
    "`password_lock: false` leaves an account alone that has no password to unlock.",
    "In a check groups need not be there yet.",
  ],
  async run(args, context) {
    refuse(args);
    const state = await look(args, context);
    if (args.state === "absent") return absent(args, state, context);
    const done = state.account
      ? await settle(args, state, state.account, context)
      : await create(args, state, context);
    const now = done.changed && !context.check ? await look(args, context) : state;
    return told(args, state, await settleRest(args, now, done, context));
  },
};

/** @throws ModuleFailure for what would break the files of /etc */
function refuse(args: User): void {
  for (const name of ["comment", "home", "shell", "password"] as const)
    if (/[\n:]/.test(args[name] ?? ""))
      throw new ModuleFailure(
        name === "password"
          ? "password must be a hash, as password_hash makes it"
          : `${name} must have no colon`,
      );
  if (!/^[^-:,\s/][^:,\s/]*$/.test(args.name))
    throw new ModuleFailure(`${JSON.stringify(args.name)} is no user's name`);
}

async function look(args: User, context: ModuleContext): Promise<AccountState> {
  const groups = [...(args.group === undefined ? [] : [args.group]), ...(args.groups ?? []), args.name];
  const { name, home, local } = args;
  const key = args.generate_ssh_key ? keyFile(args) : undefined;
  return parseAccount((await context.ask(accountQuery({ name, groups, home, key, local }))).stdout);
}

const keyFile = ({ ssh_key_file, ssh_key_type }: User): string => ssh_key_file ?? `.ssh/id_${ssh_key_type}`;

async function absent(args: User, { account }: AccountState, context: ModuleContext): Promise<ModuleResult> {
  const { name, state, force, remove } = args;
  if (!account) return { changed: false, name, state };
  const said = await removeUser(args, context);
  return { changed: true, name, state, force, remove, ...words(said) };
}

/** What was done, as far as it matters to the result. */
interface Done {
  readonly changed: boolean;
  readonly said?: Said;
}

async function create(args: User, state: AccountState, context: ModuleContext): Promise<Done> {
  const said = await addUser(args, state, context);
  const ages = wantedAges(args);
  if (Object.keys(ages).length > 0) await changeUser(ages, args, state, context);
  return { changed: true, said };
}

async function settle(
  args: User,
  state: AccountState,
  found: Account,
  context: ModuleContext,
): Promise<Done> {
  const changes = changesOf(args, found, state.known);
  if (Object.keys(changes).length === 0) return { changed: false };
  return { changed: true, said: await changeUser(changes, args, state, context) };
}

/** The home directory and the key pair. @returns with what is then */
async function settleRest(
  args: User,
  now: AccountState,
  { changed, said }: Done,
  context: ModuleContext,
): Promise<Done & { readonly now: AccountState }> {
  const { account } = now;
  if (!account) return { changed, now, ...(said && { said }) };
  const isHomeless = args.create_home && !now.hasHome;
  if (isHomeless) await makeHome(args, account, args.home ?? account.home, context);
  const needsKey = args.generate_ssh_key && (!now.key || args.force);
  if (needsKey) await makeKey(keyWanted(args), account, context);
  const isChanged = isHomeless || needsKey;
  const after = needsKey && !context.check ? await look(args, context) : now;
  return { changed: changed || isChanged, now: after, ...(said && { said }) };
}

const keyWanted = (args: User) => ({
  file: keyFile(args),
  type: args.ssh_key_type,
  bits: args.ssh_key_bits,
  comment: args.ssh_key_comment ?? "",
  passphrase: args.ssh_key_passphrase ?? "",
  force: args.force,
});

function told(
  args: User,
  before: AccountState,
  { changed, said, now }: Done & { readonly now: AccountState },
): ModuleResult {
  const { name, state, append, move_home, system, create_home } = args;
  const { account, key } = now;
  return {
    changed,
    ...{ name, state },
    ...(before.account ? { append, move_home } : { system, create_home }),
    ...(args.password !== undefined && { password: "NOT_LOGGING_PASSWORD" }),
    ...words(said),
    ...(account && {
      uid: account.uid,
      group: account.gid,
      comment: account.comment,
      home: account.home,
      shell: account.shell,
      ...(args.groups !== undefined && { groups: args.groups.join(",") }),
      ...(args.generate_ssh_key && {
        ssh_key_file: keyFile(args).startsWith("/") ? keyFile(args) : `${account.home}/${keyFile(args)}`,
        ssh_fingerprint: key?.fingerprint ?? "",
        ssh_public_key: key?.publicKey ?? null,
      }),
    }),
  };
}

const words = (said: Said | undefined): Partial<Said> => ({
  ...(said?.stdout && { stdout: said.stdout }),
  ...(said?.stderr && { stderr: said.stderr }),
});
