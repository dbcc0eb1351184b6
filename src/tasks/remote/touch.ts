import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext } from "../module/module.js";
import {
  type Attributes,
  attributeChanges,
  attributeFields,
  SET_ATTRIBUTES,
  settleAndLook,
} from "./attributes.js";
import { script } from "./script.js";
import { type FileStatus, fileStatus, lastLine } from "./status.js";
import { TOUCH_FUNCTION, timesDiffer, touchWords, type WantedTimes } from "./times.js";

export interface Touched {
  readonly changed: boolean;
  /** Ansible's fields of the file; none of one that a check did not make. */
  readonly fields: Record<string, unknown>;
}

const TOUCH = `path=$1
case $path in "~/"*) path="$HOME/\${path#"~/"}" ;; esac
${TOUCH_FUNCTION}${SET_ATTRIBUTES}
farm_touch "$path" "$2" "$3" && farm_set "$path" "$4" "$5" "$6"`;

/** Makes a file, when there is none, with these attributes and times; one act. @throws ModuleFailure */
export async function makeFile(
  context: ModuleContext,
  path: string,
  wanted: Attributes,
  times: WantedTimes,
): Promise<Touched> {
  const { owner = "", group = "" } = wanted;
  const mode = attributeChanges(undefined, { mode: wanted.mode })?.mode;
  await touch(context, path, times, [owner, group, typeof mode === "number" ? mode.toString(8) : ""]);
  const made = context.check ? undefined : await fileStatus(context, path, { follow: true });
  return { changed: true, fields: made ? attributeFields(made) : {} };
}

/** Brings attributes and times of what is there to what is wanted. @throws ModuleFailure */
export async function settleFile(
  context: ModuleContext,
  found: FileStatus,
  wanted: Attributes,
  times: WantedTimes,
): Promise<Touched> {
  const { changed, fields } = await settleAndLook(context, found, wanted);
  const isOtherTime = await timesDiffer(context, found, times);
  if (isOtherTime) await touch(context, found.path, times, ["", "", ""]);
  return { changed: changed || isOtherTime, fields };
}

async function touch(
  context: ModuleContext,
  path: string,
  times: WantedTimes,
  attributes: readonly string[],
): Promise<void> {
  const words = [path, ...touchWords(times), ...attributes];
  const { code, stderr } = await context.act(script("touch", TOUCH, words));
  if (code !== 0) throw new ModuleFailure(`cannot touch ${path}: ${lastLine(stderr, code)}`, { path });
}
