import { quotePath } from "../../transport/script.js";

interface SshArgs {
  readonly accept_hostkey: boolean;
  readonly accept_newhostkey: boolean;
  readonly key_file?: string | undefined;
  readonly ssh_opts?: string | undefined;
}

/** Options of ssh as shell text: git has a shell take them apart. */
export function sshOptions(args: SshArgs): string {
  const options = ["-o BatchMode=yes"];
  if (args.accept_hostkey) options.push("-o StrictHostKeyChecking=no");
  if (args.accept_newhostkey) options.push("-o StrictHostKeyChecking=accept-new");
  if (args.key_file !== undefined) options.push(`-i ${quotePath(args.key_file)} -o IdentitiesOnly=yes`);
  if (args.ssh_opts !== undefined) options.push(args.ssh_opts);
  return options.join(" ");
}

/** The URL as it may be seen, and what was in it of a name and a password. */
export function withoutSecret(repo: string): { url: string; username: string; password: string } {
  const [, scheme, login, rest = ""] = /^(https?:\/\/)([^/?#]*)@(.*)$/s.exec(repo) ?? [];
  if (scheme === undefined || login === undefined) return { url: repo, username: "", password: "" };
  const [username = "", ...password] = login.split(":").map(decoded);
  return { url: scheme + rest, username, password: password.join(":") };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
