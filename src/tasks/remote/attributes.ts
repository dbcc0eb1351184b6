import { mode, text } from "../modules/arguments.js";
import { ModuleFailure } from "../modules/failure.js";
import type { ModuleContext } from "../modules/module.js";
import { resolveMode } from "./mode.js";
import { script } from "./script.js";
import { type FileStatus, lastLine } from "./status.js";

/** Owner, group and mode as a task gives them. */
export interface Attributes {
  readonly owner?: string | undefined;
  readonly group?: string | undefined;
  readonly mode?: string | number | undefined;
}

/** The arguments of modules that make files. */
export const attributeArgs = {
  owner: text().optional().describe("name or number of the user who shall own it"),
  group: text().optional().describe("name or number of the group"),
  mode: mode().optional().describe("permission bits: octal (a quoted text), or symbolic as in `u=rwX,g=r`"),
};

export { resolveMode } from "./mode.js";

/** What of the attributes is not as wanted; undefined where all is. */
export function attributeChanges(status: FileStatus | undefined, wanted: Attributes): Attributes | undefined {
  const changes: { owner?: string; group?: string; mode?: number } = {};
  const { owner, group } = wanted;
  if (owner !== undefined && owner !== status?.owner && owner !== String(status?.uid)) changes.owner = owner;
  if (group !== undefined && group !== status?.group && group !== String(status?.gid)) changes.group = group;
  if (wanted.mode !== undefined && status?.type !== "link") {
    const bits = resolveMode(wanted.mode, status?.mode ?? 0, status?.type === "directory");
    if (bits !== status?.mode) changes.mode = bits;
  }
  return Object.keys(changes).length === 0 ? undefined : changes;
}

/** Changes what is given, of a link itself; a failure says which. */
export const SET_ATTRIBUTES = `
farm_set() {
  if [ "$2" ] || [ "$3" ]; then chown -h "$2\${3:+:$3}" "$1" || return; fi
  if [ "$4" ]; then chmod "$4" "$1" || return; fi
}`;

/** Brings owner, group and mode of what is there to what is wanted. @throws ModuleFailure */
export async function settleAttributes(
  context: ModuleContext,
  status: FileStatus,
  wanted: Attributes,
): Promise<{ changed: boolean; fields: Record<string, unknown> }> {
  const changes = attributeChanges(status, wanted);
  if (changes) {
    const args = [status.path, changes.owner ?? "", changes.group ?? "", octal(changes.mode)];
    const { code, stderr } = await context.act(
      script("attributes", `${HOME}${SET_ATTRIBUTES}\nfarm_set "$@"`, args),
    );
    if (code !== 0)
      throw new ModuleFailure(`cannot set owner, group or mode of ${status.path}: ${lastLine(stderr, code)}`);
  }
  return { changed: changes !== undefined, fields: attributeFields(status, changes) };
}

const HOME = `case $1 in "~/"*) path="$HOME/\${1#"~/"}"; shift; set -- "$path" "$@" ;; esac`;

const octal = (bits: string | number | undefined): string =>
  typeof bits === "number" ? bits.toString(8) : "";

/** Ansible's fields of a file, with the changes made. */
export function attributeFields(status: FileStatus, changes: Attributes = {}): Record<string, unknown> {
  const { owner, group, mode: bits } = changes;
  return {
    uid: owner === undefined ? status.uid : numeric(owner),
    gid: group === undefined ? status.gid : numeric(group),
    owner: owner ?? status.owner,
    group: group ?? status.group,
    mode: `0${(typeof bits === "number" ? bits : status.mode).toString(8).padStart(3, "0")}`,
    size: status.size,
    state: stateOf(status),
  };
}

/** A file of several names is `hard` to Ansible. */
const stateOf = ({ type, nlink }: FileStatus): string =>
  type === "file" && nlink > 1 ? "hard" : type === "other" ? "file" : type;

const numeric = (name: string): number | undefined => (/^\d+$/.test(name) ? Number(name) : undefined);
