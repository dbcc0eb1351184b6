import { mode, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext } from "../module/module.js";
import { HOME } from "./home.js";
import { resolveMode } from "./mode.js";
import { pathLines, READ_PATH } from "./path-lines.js";
import { script } from "./script.js";
import { type FileStatus, fileStatus, lastLine } from "./status.js";

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

/** A new owner clears these bits. */
const SET_IDS = 0o6000;

/** What of the attributes is not as wanted; undefined where all is. */
export function attributeChanges(status: FileStatus | undefined, wanted: Attributes): Attributes | undefined {
  const changes: { owner?: string; group?: string; mode?: number } = {};
  const { owner, group } = wanted;
  if (owner !== undefined && owner !== status?.owner && owner !== String(status?.uid)) changes.owner = owner;
  if (group !== undefined && group !== status?.group && group !== String(status?.gid)) changes.group = group;
  if (wanted.mode !== undefined && status?.type !== "link") {
    const bits = resolveMode(wanted.mode, status?.mode ?? 0, status?.type === "directory");
    const cleared = Object.keys(changes).length > 0 && (bits & SET_IDS) !== 0;
    if (bits !== status?.mode || cleared) changes.mode = bits;
  }
  return Object.keys(changes).length === 0 ? undefined : changes;
}

const setText = (option: string) => `
farm_set() {
  if [ "$2" ] || [ "$3" ]; then chown ${option}"$2\${3:+:$3}" "$1" || return; fi
  if [ "$4" ]; then chmod "$4" "$1" || return; fi
}`;

/** Shell text: `farm_set PATH OWNER GROUP MODE` changes what is given, of a link itself. */
export const SET_ATTRIBUTES = setText("-h ");

/** Brings owner, group and mode of what is there to what is wanted; of what a link leads to if the status is of that. @throws ModuleFailure */
export async function settleAttributes(
  context: ModuleContext,
  status: FileStatus,
  wanted: Attributes,
): Promise<{ changed: boolean; fields: Record<string, unknown> }> {
  const changes = attributeChanges(status, wanted);
  if (changes) {
    const set = status.type === "link" ? SET_ATTRIBUTES : setText("");
    const { code, stderr } = await context.act(
      script("attributes", `${HOME}${set}\nfarm_set "$@"`, [status.path, ...words(changes)]),
    );
    if (code !== 0) throw notSet(status.path, stderr, code);
  }
  return { changed: changes !== undefined, fields: attributeFields(status, changes) };
}

/** As settleAttributes, with fields that are looked up again where the machine alone knows them: what a user's number or name is. @throws ModuleFailure */
export async function settleAndLook(
  context: ModuleContext,
  status: FileStatus,
  wanted: Attributes,
): Promise<{ changed: boolean; fields: Record<string, unknown> }> {
  const settled = await settleAttributes(context, status, wanted);
  const changes = attributeChanges(status, wanted);
  if (context.check || (changes?.owner === undefined && changes?.group === undefined)) return settled;
  const after = await fileStatus(context, status.path, { follow: status.type !== "link" });
  return after ? { ...settled, fields: attributeFields(after) } : settled;
}

const SET_ALL = `${READ_PATH}${SET_ATTRIBUTES}
while IFS= read -r owner && IFS= read -r group && IFS= read -r mode && IFS= read -r line; do
  farm_path "$line"
  farm_set "$path" "$owner" "$group" "$mode" || exit
done`;

/** The same for many, each with what is wanted of it; links are not followed. One act. @returns whether any changes @throws ModuleFailure */
export async function settleAllAttributes(
  context: ModuleContext,
  all: readonly (readonly [FileStatus, Attributes])[],
): Promise<boolean> {
  const lines = all.flatMap(([status, wanted]) => {
    const changes = attributeChanges(status, wanted);
    return changes ? [...words(changes), status.path] : [];
  });
  if (lines.length === 0) return false;
  const { code, stderr } = await context.act(
    script("attributes-of-all", SET_ALL, [], { stdin: pathLines(lines) }),
  );
  if (code !== 0) throw notSet(`one of ${lines.length / 4} files`, stderr, code);
  return true;
}

const words = ({ owner = "", group = "", mode: bits }: Attributes): [string, string, string] => [
  owner,
  group,
  octal(bits),
];

const notSet = (of: string, stderr: string, code: number): ModuleFailure =>
  new ModuleFailure(`cannot set owner, group or mode of ${of}: ${lastLine(stderr, code)}`);

const octal = (bits: string | number | undefined): string =>
  typeof bits === "number" ? bits.toString(8) : "";

/** Permission bits as Ansible shows them: `0644`, `4755`. */
export const modeText = (mode: number): string => mode.toString(8).padStart(4, "0");

/** Ansible's fields of a file, with the changes made. */
export function attributeFields(status: FileStatus, changes: Attributes = {}): Record<string, unknown> {
  const { owner, group, mode: bits } = changes;
  return {
    uid: owner === undefined ? status.uid : numeric(owner),
    gid: group === undefined ? status.gid : numeric(group),
    owner: owner ?? status.owner,
    group: group ?? status.group,
    mode: modeText(typeof bits === "number" ? bits : status.mode),
    size: status.size,
    state: stateOf(status),
  };
}

/** A file of several names is `hard` to Ansible. */
const stateOf = ({ type, nlink }: FileStatus): string =>
  type === "file" && nlink > 1 ? "hard" : type === "other" ? "file" : type;

const numeric = (name: string): number | undefined => (/^\d+$/.test(name) ? Number(name) : undefined);
