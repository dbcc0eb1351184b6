import { type FarmError, GuestError, HypervisorError } from "../../errors.js";
import { plainText } from "../plain-text.js";
import type { Login } from "./ssh-auth.js";
import { type FailureKind, SshFailure } from "./ssh-failure.js";
import type { SshTarget } from "./ssh-target.js";

/** What ssh2 and Node throw or emit. */
interface RawError extends Error {
  readonly level?: string;
  readonly code?: unknown;
}

interface Explanation {
  readonly kind: FailureKind;
  readonly what: string;
  readonly hint?: string;
}

/** A failure to connect in plain words; `failureKind` of ssh-failure.ts tells whether it may pass. */
export function connectError(error: RawError, target: SshTarget, login: Login): FarmError {
  const { kind, what, hint } = explain(error, target, login);
  return machineError(
    target,
    `cannot connect to '${target.name}' (${at(target)}): ${what}`,
    kind,
    error,
    hint,
  );
}

/** An error of the right class: guests are pinned, hypervisors stand in known_hosts. */
export function machineError(
  target: SshTarget,
  message: string,
  kind: FailureKind,
  cause: Error,
  hint?: string,
): FarmError {
  const options = { cause: new SshFailure(kind, plainText(cause.message)), hint };
  return target.hostKey.kind === "pinned"
    ? new GuestError(message, options)
    : new HypervisorError(message, options);
}

function explain(error: RawError, target: SshTarget, login: Login): Explanation {
  if (error.level === "client-timeout") {
    const seconds = readyTimeout(target) / 1000;
    return {
      kind: "unreachable",
      what: `no SSH login within ${seconds} s`,
      hint: "is it up, and is this its SSH port?",
    };
  }
  if (error.level === "client-authentication" || /authentication failures/.test(error.message)) {
    return refusedLogin(error, target, login);
  }
  const network = typeof error.code === "string" ? NETWORK[error.code] : undefined;
  if (network) return network;
  if (/before handshake/.test(error.message)) {
    return { kind: "unreachable", what: "the connection was closed before an SSH server answered" };
  }
  const [, mismatch] = /^Handshake failed: no matching (.+)$/.exec(error.message) ?? [];
  if (mismatch) {
    const hint = "the SSH server is too old, too new, or configured narrowly";
    return { kind: "other", what: `the server and farm have no ${mismatch} in common`, hint };
  }
  return { kind: "other", what: plainText(error.message) };
}

const NETWORK: Readonly<Record<string, Explanation>> = {
  ECONNREFUSED: { kind: "unreachable", what: "connection refused", hint: "is an SSH server running there?" },
  ECONNRESET: { kind: "unreachable", what: "the connection was cut" },
  EPIPE: { kind: "unreachable", what: "the connection was cut" },
  ETIMEDOUT: { kind: "unreachable", what: "no answer" },
  EHOSTUNREACH: { kind: "unreachable", what: "no route to the host" },
  ENETUNREACH: { kind: "unreachable", what: "no route to its network" },
  EAI_AGAIN: { kind: "unreachable", what: "its name cannot be looked up now" },
  ENOTFOUND: {
    kind: "other",
    what: "no such host name",
    hint: "check ansible_host, or HostName in ssh_config",
  },
};

function refusedLogin(error: RawError, target: SshTarget, { tried, notes }: Login): Explanation {
  const what = `the login of '${target.user}' was refused; tried: ${tried.join(", ") || "nothing, for there is no key"}`;
  const tooMany = /authentication failures/.test(error.message)
    ? ["the agent holds too many keys: name one by ansible_ssh_private_key_file or IdentitiesOnly"]
    : [];
  const hint = [...tooMany, ...notes].join("; ") || "is the public key in authorized_keys of that user?";
  return { kind: "refused", what, hint };
}

/** Milliseconds that a target may take from the first packet to the end of the login. */
export const readyTimeout = (target: SshTarget): number => target.readyTimeoutMs ?? 20_000;

const at = ({ host, port }: SshTarget): string => (port === 22 ? host : `${host}:${port}`);
