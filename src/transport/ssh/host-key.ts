import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { type FarmError, GuestError, HypervisorError } from "../../errors.js";
import { quote } from "../quote.js";
import {
  checkHostKey,
  fingerprint,
  type HostKeyVerdict,
  type KnownHost,
  keyTypeOf,
  knownHostName,
  knownKeyTypes,
  parseKnownHosts,
} from "./known-hosts.js";
import { SshFailure } from "./ssh-failure.js";

/** Whose key is believed. A hypervisor's stands in known_hosts; a guest's is pinned at the first login. */
export type HostKeyPolicy =
  | {
      readonly kind: "known_hosts";
      /** Looked through in this order; a new key goes to the first. */
      readonly files: readonly string[];
      readonly strict: "yes" | "accept-new" | "no";
      /** ssh_config's HostKeyAlias. */
      readonly alias?: string | undefined;
    }
  | {
      readonly kind: "pinned";
      /** `TYPE BASE64`, as `onFirst` got it; undefined before the first login. */
      readonly key: string | undefined;
      readonly onFirst: (key: string) => void;
    };

export interface HostKeyCheck {
  /** Key types to ask for first, so that a server with several keys shows the one that we know. */
  readonly preferred: readonly string[];
  /** Undefined when the key is believed. */
  verify(key: Buffer): FarmError | undefined;
  /** To be called after the login: a key is pinned only when the machine behind it has let us in. */
  loggedIn(): void;
}

interface Host {
  /** The inventory's name. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

export function hostKeyCheck(policy: HostKeyPolicy, machine: Host): HostKeyCheck {
  if (policy.kind === "pinned") return pinnedCheck(policy, machine);
  const { alias, files } = policy;
  const names = alias
    ? [alias.toLowerCase()]
    : [...new Set([knownHostName(machine.host, machine.port), machine.host.toLowerCase()])];
  const known = files.flatMap((file) => parseKnownHosts(readIfThere(file), file));
  return {
    preferred: knownKeyTypes(known, names),
    verify: (key) => {
      const verdict = checkHostKey(known, names, key);
      if (verdict.kind === "known") return undefined;
      if (policy.strict === "no" && verdict.kind === "changed") return undefined;
      if (policy.strict !== "yes" && verdict.kind === "unknown")
        return remember(files, names[0] ?? "", key, machine);
      return refusal(verdict, machine, files[0] ?? "~/.ssh/known_hosts", names[0] ?? "", key);
    },
    loggedIn: () => undefined,
  };
}

function pinnedCheck(policy: HostKeyPolicy & { kind: "pinned" }, { name }: Host): HostKeyCheck {
  const [pinnedType] = policy.key?.split(" ") ?? [];
  let first: string | undefined;
  return {
    preferred: pinnedType ? [pinnedType] : [],
    verify: (key) => {
      const shown = `${keyTypeOf(key)} ${key.toString("base64")}`;
      if (policy.key === undefined) {
        first = shown;
        return undefined;
      }
      if (policy.key === shown) return undefined;
      const message = `the SSH host key of guest '${name}' is not the one of its first login: ${describeKey(key)}`;
      return new GuestError(message, {
        cause: new SshFailure("host-key", "pinned host key changed"),
        hint: "another machine may answer at its port; take the VM down and run again if the guest was rebuilt",
      });
    },
    loggedIn: () => {
      if (first !== undefined) policy.onFirst(first);
    },
  };
}

function refusal(
  verdict: Exclude<HostKeyVerdict, { kind: "known" }>,
  { name, host, port }: Host,
  file: string,
  knownName: string,
  key: Buffer,
): FarmError {
  const shown = describeKey(key);
  const scan = `ssh-keyscan -p ${port} ${quote(host)} >> ${file}`;
  const cause = new SshFailure("host-key", `host key ${verdict.kind}`);
  const at = `${host}:${port}`;
  if (verdict.kind === "unknown") {
    const authority = verdict.authority
      ? `; ${position(verdict.authority)} names a certificate authority, and SSH certificates are not supported`
      : "";
    const message = `the SSH host key of '${name}' (${at}) is not known: ${shown}${authority}`;
    const hint = `when the fingerprint is right: ${scan} (or StrictHostKeyChecking accept-new in ssh_config)`;
    return new HypervisorError(message, { cause, hint });
  }
  if (verdict.kind === "revoked") {
    const message = `the SSH host key of '${name}' (${at}) is revoked by ${position(verdict.known)}: ${shown}`;
    return new HypervisorError(message, { cause, hint: "the machine needs another host key" });
  }
  const message = `the SSH host key of '${name}' (${at}) has changed: ${position(verdict.known)} has ${describeKey(verdict.known.key)}, the server showed ${shown}`;
  const remove = `ssh-keygen -R ${quote(knownName)} -f ${quote(verdict.known.file)}`;
  return new HypervisorError(message, {
    cause,
    hint: `somebody may be listening in; if the change is known to be right: ${remove} && ${scan}`,
  });
}

/** accept-new: as ssh does, a line in the first file. */
function remember(
  files: readonly string[],
  host: string,
  key: Buffer,
  { name }: Host,
): FarmError | undefined {
  const [file] = files;
  if (file === undefined) return undefined;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const text = readIfThere(file);
    const start = text === "" || text.endsWith("\n") ? "" : "\n";
    appendFileSync(file, `${start}${host} ${keyTypeOf(key)} ${key.toString("base64")}\n`, { mode: 0o600 });
    return undefined;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return new HypervisorError(`cannot add the SSH host key of '${name}' to ${file}: ${why}`, { cause });
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw new HypervisorError(`cannot read ${file}: ${(error as Error).message}`, { cause: error });
  }
}

const describeKey = (key: Buffer): string =>
  `${keyTypeOf(key).replace(/[^\w@.-]/g, "?")} ${fingerprint(key)}`;

const position = ({ file, line }: KnownHost): string => `${file}:${line}`;
