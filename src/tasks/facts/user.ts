import type { KnownFacts } from "./fact-types.js";
import { colonPairs, type Material, present, wholeNumber } from "./material.js";

/** Who the script ran as: after `become`, that user. */
export function userFacts(material: Material): Partial<KnownFacts> {
  const { env } = material;
  const status = colonPairs(material.lines("/proc/self/status"));
  const [realUser, user] = ids(status.get("Uid"));
  const [realGroup, group] = ids(status.get("Gid"));
  const login = env["LOGNAME"] || env["USER"] || undefined;
  const account = findAccount(material.lines("/etc/passwd"), user, login);
  return present<KnownFacts>({
    // A user of a directory service is in no file; the login has told the environment.
    user_id: account?.name ?? login,
    user_uid: user,
    user_gid: account?.group ?? group,
    user_gecos: account?.gecos,
    user_dir: account?.home ?? env["HOME"],
    user_shell: account?.shell ?? env["SHELL"],
    real_user_id: realUser,
    effective_user_id: user,
    real_group_id: realGroup,
    effective_group_id: group,
  });
}

/** Real and effective. */
const ids = (line: string | undefined): (number | undefined)[] => (line ?? "").split(/\s+/).map(wholeNumber);

/** Two accounts may share a number; then it is the one that logged in. */
function findAccount(lines: readonly string[], user: number | undefined, login: string | undefined) {
  if (user === undefined) return undefined;
  const own = lines.map((line) => line.split(":")).filter(([, , uid]) => wholeNumber(uid) === user);
  const [name, , , group, gecos, home, shell] = own.find(([first]) => first === login) ?? own[0] ?? [];
  return name === undefined ? undefined : { name, group: wholeNumber(group), gecos, home, shell };
}
