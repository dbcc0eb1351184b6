import { isMapping, type Mapping } from "../../values/mapping.js";

/**
 * The user's cloud-config over farm's: mappings merge, lists are farm's and then his, and of all else his wins. A user of his with a
 * name that farm uses is the same one.
 */
export function mergeCloudConfig(own: Mapping, theirs: Mapping): Mapping {
  const { users: ownUsers, ...ownRest } = own;
  const { users: theirUsers, ...theirRest } = theirs;
  const merged = merge(ownRest, theirRest) as Mapping;
  return { ...merged, users: mergeUsers(listOf(ownUsers), listOf(theirUsers)) };
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function merge(own: unknown, theirs: unknown): unknown {
  if (Array.isArray(own) && Array.isArray(theirs)) return [...own, ...theirs];
  if (!isMapping(own) || !isMapping(theirs)) return theirs;
  const keys = new Set([...Object.keys(own), ...Object.keys(theirs)]);
  return Object.fromEntries(
    [...keys].map((key) => [
      key,
      Object.hasOwn(own, key) && Object.hasOwn(theirs, key)
        ? merge(own[key], theirs[key])
        : Object.hasOwn(theirs, key)
          ? theirs[key]
          : own[key],
    ]),
  );
}

/** cloud-init takes one key as a text too; as such it would push farm's own out. */
const withKeyList = (user: Mapping): Mapping =>
  typeof user["ssh_authorized_keys"] === "string"
    ? { ...user, ssh_authorized_keys: [user["ssh_authorized_keys"]] }
    : user;

const nameOf = (user: unknown): unknown => (isMapping(user) ? user["name"] : user);

function mergeUsers(own: readonly unknown[], theirs: readonly unknown[]): unknown[] {
  const same = (user: unknown) => theirs.find((other) => nameOf(other) === nameOf(user));
  const names = new Set(own.map(nameOf));
  return [
    ...own.map((user) => {
      const other = same(user);
      return isMapping(other) ? merge(user, withKeyList(other)) : user;
    }),
    ...theirs.filter((user) => !names.has(nameOf(user))),
  ];
}
