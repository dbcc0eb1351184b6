import type { Command } from "../../transport/shell.js";
import { script } from "../remote/script.js";

/** A user as the machine has it. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly comment: string;
  readonly home: string;
  readonly shell: string;
  /** Names of the groups that it is in besides its own. */
  readonly groups: readonly string[];
  /** Name of its own group. */
  readonly group: string;
  /** The hash, where the task may see it. */
  readonly password: string | undefined;
}

/** /etc/passwd by getent where there is one, so that users of other sources are seen. */
const QUERY = `name=$1
export LC_ALL=C
if command -v getent >/dev/null 2>&1; then line=$(getent passwd "$name"); else line=$(grep "^$name:" /etc/passwd); fi
[ "$line" ] || exit 0
printf 'passwd %s\\n' "$line"
printf 'group %s\\n' "$(id -gn "$name" 2>/dev/null)"
printf 'groups %s\\n' "$(id -Gn "$name" 2>/dev/null)"
hash=$(grep "^$name:" /etc/shadow 2>/dev/null) && printf 'shadow %s\\n' "$hash"
exit 0`;

export const accountQuery = (name: string): Command => script("account", QUERY, [name]);

/** What `account` printed; undefined when there is no such user. */
export function parseAccount(stdout: string): Account | undefined {
  const line = (kind: string) => new RegExp(`^${kind} (.*)$`, "m").exec(stdout)?.[1];
  const [name, , uid, gid, comment = "", home = "", shell = ""] = line("passwd")?.split(":") ?? [];
  if (name === undefined) return undefined;
  const group = line("group") ?? "";
  return {
    name,
    uid: Number(uid),
    gid: Number(gid),
    comment,
    home,
    shell,
    group,
    groups: (line("groups") ?? "").split(" ").filter((each) => each !== "" && each !== group),
    password: line("shadow")?.split(":")[1],
  };
}
