import { ConfigError } from "../errors.js";

/** What a new project is to be. */
export interface Answers {
  readonly project: string;
  readonly platforms: readonly string[];
  readonly targets: readonly string[];
  readonly hypervisors: readonly NewHypervisor[];
}

/** `local` is this machine. */
export type NewHypervisor =
  | { readonly kind: "local" }
  | { readonly kind: "ssh"; readonly host: string; readonly user?: string; readonly port?: number };

const NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;

/** Letters, digits, `.`, `_` and `-`: what a file and an inventory's group can be called. @throws ConfigError */
export function checkName(what: string, name: string): string {
  if (NAME.test(name)) return name;
  throw new ConfigError(`'${name}' cannot be a ${what}: letters, digits, '.', '_' and '-', as in debian_12`);
}

/** `localhost`, or `[USER@]HOST[:PORT]` of ssh. @throws ConfigError */
export function parseHypervisor(text: string): NewHypervisor {
  if (text === "localhost") return { kind: "local" };
  const { user, host, port } =
    /^(?:(?<user>[^@\s]+)@)?(?<host>\[[\da-f:]+\]|[A-Za-z0-9][A-Za-z0-9._-]*)(?::(?<port>\d{1,5}))?$/i.exec(
      text,
    )?.groups ?? {};
  const number = port === undefined ? undefined : Number(port);
  if (host === undefined || (number !== undefined && (number < 1 || number > 65_535)))
    throw new ConfigError(`'${text}' is no hypervisor`, {
      hint: "localhost, or [USER@]HOST[:PORT] as for ssh",
    });
  return {
    kind: "ssh",
    host: host.replace(/^\[(.*)\]$/, "$1"),
    ...(user !== undefined && { user }),
    ...(number !== undefined && { port: number }),
  };
}

/** The words of an answer: `a, b c`. */
export const listOf = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean);
