import { ModuleFailure } from "../module/failure.js";
import type { Account, AccountState } from "./account.js";

/** What a user shall be; undefined: as it is. */
export interface AccountWanted {
  readonly name: string;
  readonly uid?: number | undefined;
  readonly non_unique: boolean;
  readonly group?: string | undefined;
  readonly groups?: readonly string[] | undefined;
  readonly append: boolean;
  readonly comment?: string | undefined;
  readonly home?: string | undefined;
  readonly move_home: boolean;
  readonly shell?: string | undefined;
  readonly expires?: number | undefined;
  readonly password?: string | undefined;
  readonly update_password: "always" | "on_create";
  readonly password_lock?: boolean | undefined;
  readonly password_expire_min?: number | undefined;
  readonly password_expire_max?: number | undefined;
  readonly password_expire_warn?: number | undefined;
  readonly password_expire_account_disable?: number | undefined;
}

/** What is not as wanted. */
export interface AccountChanges {
  readonly uid?: number;
  readonly gid?: number;
  readonly comment?: string;
  readonly home?: string;
  readonly shell?: string;
  /** Days since the epoch; null: never. */
  readonly expires?: number | null;
  readonly min?: number;
  readonly max?: number;
  readonly warn?: number;
  readonly inactive?: number;
  /** Names of groups to get into, and out of. */
  readonly join?: readonly string[];
  readonly leave?: readonly string[];
  /** The hash, with `!` when it is to be locked. */
  readonly password?: string;
  readonly lock?: boolean;
}

const SECONDS_A_DAY = 86_400;

/** Days since the epoch of `expires`, which is in seconds; null: never. */
export const expiryDay = (expires: number): number | null =>
  expires < 0 ? null : Math.floor(expires / SECONDS_A_DAY);

/** Decides what is to be changed of a user. @throws ModuleFailure for a group that there is not */
export function changesOf(
  wanted: AccountWanted,
  found: Account,
  known: AccountState["known"],
): AccountChanges {
  const { uid, comment, home, shell } = wanted;
  const gid = wanted.group === undefined ? undefined : groupOf(wanted.group, known).gid;
  return {
    ...(uid !== undefined && uid !== found.uid && { uid }),
    ...(gid !== undefined && gid !== found.gid && { gid }),
    ...(comment !== undefined && comment !== found.comment && { comment }),
    ...(home !== undefined && home !== found.home && { home }),
    ...(shell !== undefined && shell !== found.shell && { shell }),
    ...groupChanges(wanted, found, known),
    ...shadowChanges(wanted, found),
  };
}

export function groupOf(called: string, known: AccountState["known"]) {
  const group = known.get(called);
  if (!group) throw new ModuleFailure(`Group ${called} does not exist`);
  return group;
}

function groupChanges(
  { groups, append }: AccountWanted,
  found: Account,
  known: AccountState["known"],
): Pick<AccountChanges, "join" | "leave"> {
  if (groups === undefined) return {};
  const wanted = groups.map((each) => groupOf(each, known).name);
  const join = wanted.filter((each) => !found.groups.includes(each));
  const leave = append ? [] : found.groups.filter((each) => !wanted.includes(each));
  return { ...(join.length > 0 && { join }), ...(leave.length > 0 && { leave }) };
}

type Age = "min" | "max" | "warn" | "inactive";

/** What a task says of its user's password in days. */
export function wantedAges(wanted: AccountWanted): Partial<Record<Age, number>> {
  const all: Record<Age, number | undefined> = {
    min: wanted.password_expire_min,
    max: wanted.password_expire_max,
    warn: wanted.password_expire_warn,
    inactive: wanted.password_expire_account_disable,
  };
  return Object.fromEntries(Object.entries(all).filter(([, days]) => days !== undefined));
}

/** Nothing that cannot be seen is changed but the password: that the task means to set. */
function shadowChanges(wanted: AccountWanted, { shadow }: Account): AccountChanges {
  const { password, expires } = wanted;
  const day = expires === undefined ? undefined : expiryDay(expires);
  return {
    ...(day !== undefined && day !== (shadow?.expires ?? null) && { expires: day }),
    ...Object.fromEntries(
      Object.entries(wantedAges(wanted)).filter(([key, days]) => days !== shadow?.[key as Age]),
    ),
    ...(password !== undefined &&
    wanted.update_password === "always" &&
    unlocked(password) !== unlocked(shadow?.password ?? "?")
      ? { password: wanted.password_lock ? `!${password}` : password }
      : lockChange(wanted, shadow?.password)),
  };
}

const unlocked = (hash: string): string => hash.replace(/^!+/, "");

/** Without a hash behind the lock there is nothing to unlock. */
function lockChange({ password_lock: lock }: AccountWanted, hash: string | undefined): AccountChanges {
  if (lock === undefined || hash === undefined || lock === hash.startsWith("!")) return {};
  return !lock && unlocked(hash) === "" ? {} : { lock };
}

/** Options of usermod; the password is not among them, as arguments are seen by all. */
export function usermodOptions(
  changes: AccountChanges,
  wanted: AccountWanted,
  known: AccountState["known"],
): string[] {
  const { uid, gid, comment, home, shell, expires, join, leave, lock } = changes;
  const groups = join || leave ? (wanted.groups ?? []).map((each) => groupOf(each, known).name) : undefined;
  return [
    ...option("-u", uid, ...(wanted.non_unique ? ["-o"] : [])),
    ...option("-g", gid),
    ...(groups && wanted.append ? ["-a"] : []),
    ...option("-G", groups?.join(",")),
    ...option("-c", comment),
    ...option("-d", home, ...(wanted.move_home ? ["-m"] : [])),
    ...option("-s", shell),
    ...option("-e", dateOption(expires)),
    ...(lock === undefined ? [] : [lock ? "-L" : "-U"]),
  ];
}

const option = (name: string, value: string | number | undefined, ...more: readonly string[]): string[] =>
  value === undefined ? [] : [name, String(value), ...more];

/** As useradd and usermod take it; empty: never. */
export const dateOption = (day: number | null | undefined): string | undefined =>
  day === null ? "" : day === undefined ? undefined : dateOf(day);

/** Options of chage. */
export const chageOptions = ({ min, max, warn, inactive }: AccountChanges): string[] => [
  ...option("-m", min),
  ...option("-M", max),
  ...option("-W", warn),
  ...option("-I", inactive),
];

const dateOf = (day: number): string => new Date(day * SECONDS_A_DAY * 1000).toISOString().slice(0, 10);
