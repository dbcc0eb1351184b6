import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext } from "../module/module.js";
import { attributeFields } from "../remote/attributes.js";
import { script } from "../remote/script.js";
import { lastLine, parseStatus } from "../remote/status.js";
import { byteText } from "../text-edit/byte-text.js";
import { patternOf } from "../text-edit/python-pattern.js";
import { type Connections, countConnections } from "./connections.js";
import { LIST_CONNECTIONS, LISTEN_TO_PORT, LOOK_AT_FILE, LOOK_AT_PORT, MAX_SEARCHED } from "./look-script.js";

/** What one look saw. */
export interface Seen {
  readonly isThere: boolean;
  /** Ansible's fields of the file, where one is. */
  readonly place?: Readonly<Record<string, unknown>>;
  /** Of the pattern; undefined where it does not match, or there is none. */
  readonly match?: RegExpMatchArray | undefined;
  /** Why there cannot be a match. */
  readonly why?: string;
}

export type Look = (limit: number) => Promise<Seen>;

/** Looks at a file; what it holds comes over only when it is another than at the last look. */
export function fileLook(path: string, regex: string | undefined, context: ModuleContext): Look {
  let seen = "";
  return async () => {
    const args = [path, regex === undefined ? "" : "content", seen];
    const { code, stdout, stderr } = await context.ask(
      script("wait-for-file", LOOK_AT_FILE, args, { readOnly: true }),
    );
    if (code !== 0) throw new ModuleFailure(`cannot look at ${path}: ${lastLine(stderr, code)}`);
    const status = parseStatus(stdout, path);
    if (!status) return { isThere: false };
    const place = attributeFields(status);
    if (regex === undefined) return { isThere: true, place };
    if (/^unreadable$/m.test(stdout)) return { isThere: false, place, why: "it cannot be read" };
    if (/^long$/m.test(stdout))
      throw new ModuleFailure(
        `${path} is longer than ${MAX_SEARCHED} bytes: search it by a command (grep) with until instead`,
      );
    if (/^same$/m.test(stdout)) return { isThere: false, place };
    seen = /^sum (.*)$/m.exec(stdout)?.[1] ?? "";
    const match = matchOf(contentOf(stdout), regex);
    return { isThere: match !== undefined, place, match };
  };
}

/** Connects to a port; with a pattern it reads what the port says. */
export function portLook(
  host: string,
  port: number,
  regex: string | undefined,
  context: ModuleContext,
): Look {
  return async (limit) => {
    const [name, text] =
      regex === undefined
        ? (["wait-for-port", LOOK_AT_PORT] as const)
        : (["wait-for-words", LISTEN_TO_PORT] as const);
    const args = [host, String(port), String(Math.max(1, Math.ceil(limit)))];
    const { code, stdout } = await context.ask(script(name, text, args, { readOnly: true }));
    if (code === 127)
      throw new ModuleFailure(
        `there is nothing on this machine to look at ${host}:${port} with: install nc or bash`,
      );
    if (regex === undefined) return { isThere: code === 0 };
    const match = matchOf(contentOf(stdout), regex);
    return { isThere: match !== undefined, match };
  };
}

/** Whether a port has connections. */
export function connectionsLook(
  host: string,
  exclude: readonly string[],
  of: Connections,
  context: ModuleContext,
): Look {
  return async () => {
    const args = [host, exclude.join("\n")];
    const { code, stdout, stderr } = await context.ask(
      script("wait-for-connections", LIST_CONNECTIONS, args, { readOnly: true }),
    );
    if (code !== 0)
      throw new ModuleFailure(`cannot list the machine's connections: ${lastLine(stderr, code)}`);
    return { isThere: countConnections(stdout, of) > 0 };
  };
}

function contentOf(stdout: string): Buffer {
  const [, encoding, body = ""] = /^(base64|hex)\n([\s\S]*)$/m.exec(stdout) ?? [];
  return Buffer.from(body.replace(/\s/g, ""), encoding === "hex" ? "hex" : "base64");
}

function matchOf(content: Buffer, regex: string): RegExpMatchArray | undefined {
  const { text, given } = byteText(content);
  return patternOf(given(regex), "m").exec(text) ?? undefined;
}
