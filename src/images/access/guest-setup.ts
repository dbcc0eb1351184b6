import type { Auth } from "../../load/definitions/vm-definition.js";
import { quote } from "../../transport/quote.js";
import type { Command } from "../../transport/shell.js";
import { guestHostname, suPassword } from "../seed/cloud-config.js";

/** What root of a guest sets up where no cloud-init does: who may log in and become whom, and the host's name. */
export interface GuestSetup {
  readonly user: string;
  readonly hostname: string;
  readonly method: Auth["become_method"];
  /** `$6$` hashes; empty where the image's own stays. */
  readonly hashes: { readonly root: string; readonly user: string };
  /** As in authorized_keys. */
  readonly publicKeys: readonly string[];
}

export function guestSetup(
  auth: Auth,
  hostname: string,
  publicKeys: readonly string[],
  hashPassword: (password: string) => string,
): GuestSetup {
  const hash = (password: string | undefined) => (password ? hashPassword(password) : "");
  const { user, password, become_method: method } = auth;
  const root = suPassword(auth) ?? (user === "root" ? password : undefined);
  return {
    user,
    hostname: guestHostname(hostname),
    method,
    hashes: { root: hash(root), user: user === "root" ? "" : hash(password) },
    publicKeys: publicKeys.map((key) => key.trim()),
  };
}

// Of shadow or of busybox: both take hashes on stdin. `*` is no password, and unlike `!` no lock: a server without PAM refuses a locked
// account even with a key. Files are read by the shell itself: each process costs an emulated guest 20 to 40 ms.
const SETUP = `
user=$1 hostname=$2 method=$3
fail() { printf '%s\\n' "$1" >&2; exit 1; }
IFS= read -r root_hash && IFS= read -r user_hash || fail 'its standard input is cut off'
keys=
while IFS= read -r key; do keys="$keys$key
"; done
set_hash() { [ -z "$2" ] || printf '%s:%s\\n' "$1" "$2" | chpasswd -e >/dev/null || fail "the password of $1 could not be set"; }
add_user() {
  shell=/bin/sh
  [ ! -x /bin/bash ] || shell=/bin/bash
  if command -v useradd >/dev/null 2>&1; then useradd -m -s "$shell" -p '*' -- "$user"
  else adduser -D -s "$shell" "$user" && printf '%s:*\\n' "$user" | chpasswd -e >/dev/null; fi
}
find_user() {
  while IFS=: read -r name _ _ group _ home _ || [ -n "$name" ]; do [ "$name" != "$user" ] || return 0; done </etc/passwd
  return 1
}
has_line() {
  [ -f "$2" ] || return 1
  while IFS= read -r line || [ -n "$line" ]; do [ "$line" != "$1" ] || return 0; done <"$2"
  return 1
}
add_line() { has_line "$1" "$2" || printf '%s\\n' "$1" >>"$2"; }
knows_host() {
  [ -f /etc/hosts ] || return 1
  set -f
  while read -r _ names || [ -n "$names" ]; do
    for name in \${names%%#*}; do [ "$name" != "$hostname" ] || return 0; done
  done </etc/hosts
  return 1
}
set_name() { { printf %s "$hostname" >/proc/sys/kernel/hostname; } 2>/dev/null || hostname "$hostname"; }
printf '%s\\n' "$hostname" >/etc/hostname && set_name || fail 'the host name could not be set'
# Without it every sudo waits for a resolver that does not know the name.
knows_host || printf '127.0.1.1 %s\\n' "$hostname" >>/etc/hosts
set_hash root "$root_hash"
find_user || add_user && find_user || fail "the user $user could not be made"
set_hash "$user" "$user_hash"
[ -n "$home" ] && umask 077 && { [ -d "$home/.ssh" ] || mkdir -p -- "$home/.ssh"; } || fail "$user has no home"
while IFS= read -r key; do
  [ -z "$key" ] || add_line "$key" "$home/.ssh/authorized_keys" || fail 'the key could not be written'
done <<KEYS
$keys
KEYS
[ "$user" = root ] || chown -R "$user:$group" "$home/.ssh" || fail 'the key could not be given away'
! command -v restorecon >/dev/null 2>&1 || restorecon -R "$home/.ssh"
[ "$user" != root ] || exit 0
case $method in
  sudo)
    command -v sudo >/dev/null 2>&1 || fail 'there is no sudo'
    printf '%s ALL=(ALL) NOPASSWD:ALL\\n' "$user" >/etc/sudoers.d/90-farm && chmod 0440 /etc/sudoers.d/90-farm || fail 'sudo could not be set up'
    ;;
  doas)
    command -v doas >/dev/null 2>&1 || fail 'there is no doas'
    add_line "permit nopass $user" /etc/doas.conf || fail 'doas could not be set up'
    ;;
esac`;

const argumentsOf = ({ user, hostname, method }: GuestSetup) => [user, hostname, method] as const;

/** What the script reads: hashes are no arguments, which anybody could see. */
const inputOf = ({ hashes, publicKeys }: GuestSetup): string =>
  [hashes.root, hashes.user, ...publicKeys, ""].join("\n");

/** To be run as root of the guest. */
export const setupCommand = (setup: GuestSetup): Command => ({
  argv: ["sh", "-c", SETUP, "farm-setup", ...argumentsOf(setup)],
  stdin: inputOf(setup),
  timeoutMs: 300_000,
});

/** The same as one file, for who can only run files. */
export const setupFile = (setup: GuestSetup): string =>
  `#!/bin/sh
set -- ${argumentsOf(setup).map(quote).join(" ")}
exec <<'FARM-END'
${inputOf(setup)}FARM-END
${SETUP}
`;
