import type { Diff, ModuleContext } from "../module/module.js";
import { type Attributes, attributeChanges, modeText } from "./attributes.js";
import type { FileStatus } from "./status.js";

/** `{diff}` of the attributes that change, a line each; nothing when none does or nobody looks. */
export function attributesDiff(
  { diff }: Pick<ModuleContext, "diff">,
  status: FileStatus,
  wanted: Attributes,
): { diff?: Diff } {
  const changes = diff ? attributeChanges(status, wanted) : undefined;
  if (!changes) return {};
  const before: string[] = [];
  const after: string[] = [];
  for (const name of ["owner", "group", "mode"] as const) {
    const value = changes[name];
    if (value === undefined) continue;
    before.push(`${name}: ${shown(status[name])}\n`);
    after.push(`${name}: ${shown(value)}\n`);
  }
  const { path } = status;
  return {
    diff: { before: before.join(""), after: after.join(""), before_header: path, after_header: path },
  };
}

const shown = (value: string | number): string => (typeof value === "number" ? modeText(value) : value);
