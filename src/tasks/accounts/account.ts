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
  /** Names of the groups whose lists it is in. */
  readonly groups: readonly string[];
  /** Where the task may see it. */
  readonly shadow: Shadow | undefined;
}

export interface Shadow {
  /** The hash; `!` before it locks it. */
  readonly password: string;
  /** Days between changes of the password. */
  readonly min: number | undefined;
  readonly max: number | undefined;
  /** Days of warning before a password is too old, and days after that until the account is shut. */
  readonly warn: number | undefined;
  readonly inactive: number | undefined;
  /** Days since the epoch when the account expires. */
  readonly expires: number | undefined;
}

/** A group that a task names. */
export interface KnownGroup {
  readonly name: string;
  readonly gid: number;
}

/** What a machine says about a user, and what a task needs to know besides. */
export interface AccountState {
  /** Undefined: there is no such user. */
  readonly account: Account | undefined;
  /** Groups by what the task calls them. */
  readonly known: ReadonlyMap<string, KnownGroup>;
  /** Whether the home directory, the wanted one if there is one, is there. */
  readonly hasHome: boolean;
  /** Shadow's, or none that could be used: the files of /etc are edited then. */
  readonly tools: "shadow" | "none";
  readonly key: SshKey | undefined;
}

/** A key of the user's own. */
export interface SshKey {
  /** As `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
  readonly publicKey: string | undefined;
}

export interface AccountQuestion {
  readonly name: string;
  /** Names or numbers of groups. */
  readonly groups?: readonly string[];
  readonly home?: string | undefined;
  /** A private key's file, in the home directory unless it is absolute. */
  readonly key?: string | undefined;
  /** Only what the files of /etc say. */
  readonly local?: boolean;
}

/** By getent where there is one, so that users of other sources are seen. */
const QUERY = `name=$1 wanted=$2 at=$3 key=$4 local=$5
export LC_ALL=C
ask() { if [ -z "$local" ] && command -v getent >/dev/null 2>&1; then getent "$1" \${2:+"$2"}; elif [ "$2" ]; then awk -F: -v key="$2" '$1 == key || $3 == key' "/etc/$1"; else cat "/etc/$1"; fi; }
command -v usermod >/dev/null 2>&1 && echo 'tools shadow' || echo 'tools none'
IFS='
'
set -f
for each in $wanted; do ask group "$each" | head -n 1 | while IFS=: read -r group _ gid _; do printf 'known %s %s %s\\n' "$gid" "$group" "$each"; done; done
unset IFS
line=$(ask passwd "$name")
case $line in "$name:"*) ;; *) exit 0 ;; esac
printf 'passwd %s\\n' "$line"
ask group | awk -F: -v name="$name" '{ n = split($4, members, ","); for (i = 1; i <= n; i++) if (members[i] == name) { print "member " $1; next } }'
hash=$(awk -F: -v name="$name" '$1 == name' /etc/shadow 2>/dev/null)
[ -z "$hash" ] || printf 'shadow %s\\n' "$hash"
home=\${line%:*}
home=\${home##*:}
[ ! -e "\${at:-$home}" ] || echo 'home yes'
[ "$key" ] || exit 0
case $key in /*) ;; "~/"*) key=$HOME/\${key#"~/"} ;; *) key=$home/$key ;; esac
[ -e "$key" ] || exit 0
printf 'fingerprint %s\\n' "$(ssh-keygen -l -f "$key" 2>&1)"
[ ! -r "$key.pub" ] || printf 'public %s\\n' "$(cat "$key.pub")"
exit 0`;

export const accountQuery = ({
  name,
  groups = [],
  home = "",
  key = "",
  local = false,
}: AccountQuestion): Command =>
  script("account", QUERY, [name, groups.join("\n"), home, key, local ? "local" : ""], { readOnly: true });

/** What `account` printed. */
export function parseAccount(stdout: string): AccountState {
  const lines = stdout.split("\n");
  const all = (kind: string) =>
    lines.filter((line) => line.startsWith(`${kind} `)).map((line) => line.slice(kind.length + 1));
  const [fingerprint] = all("fingerprint");
  return {
    account: accountOf(all("passwd")[0], all("member"), all("shadow")[0]),
    known: new Map(
      all("known").map((line) => {
        const [gid, name = "", ...called] = line.split(" ");
        return [called.join(" "), { name, gid: Number(gid) }];
      }),
    ),
    hasHome: all("home").length > 0,
    tools: all("tools")[0] === "shadow" ? "shadow" : "none",
    key: fingerprint === undefined ? undefined : { fingerprint, publicKey: all("public")[0] },
  };
}

function accountOf(
  passwd: string | undefined,
  groups: readonly string[],
  shadow: string | undefined,
): Account | undefined {
  if (passwd === undefined) return undefined;
  const [name = "", hash = "", uid, gid, comment = "", home = "", shell = ""] = passwd.split(":");
  return {
    name,
    uid: Number(uid),
    gid: Number(gid),
    comment,
    home,
    shell,
    groups,
    shadow: shadow === undefined ? unshadowed(hash) : shadowOf(shadow),
  };
}

/** Where there is no /etc/shadow. */
const unshadowed = (hash: string): Shadow | undefined => (hash === "x" ? undefined : shadowOf(`:${hash}`));

function shadowOf(line: string): Shadow {
  const [, password = "", , min, max, warn, inactive, expires] = line.split(":");
  const days = (text: string | undefined) => (text && /^\d+$/.test(text) ? Number(text) : undefined);
  const ages = { min: days(min), max: days(max), warn: days(warn), inactive: days(inactive) };
  return { password, ...ages, expires: days(expires) };
}
