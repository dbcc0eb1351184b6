import { ConfigError } from "../../errors.js";
import { lookupNames } from "../../template/lookups.js";
import { isMapping, type Mapping } from "../../values/mapping.js";
import { didYouMean } from "../../values/nearest.js";
import { positionOf } from "../../values/position.js";
import { describeValue } from "../../values/validate.js";
import type { Loop } from "../task.js";

/** Every look-up is a loop too. */
const WITH_KEYWORDS: readonly string[] = lookupNames().map((name) => `with_${name}`);

const CONTROLS = ["loop_var", "index_var", "label", "pause", "extended", "extended_allitems"];

/** The loop of a task, when it has one. @param action the module's name @throws ConfigError for two loops, an unknown `with_`, a wrong `loop_control` */
export function loopOf(written: Mapping, action = ""): Loop | undefined {
  const keys = Object.keys(written).filter((key) => key === "loop" || key.startsWith("with_"));
  const [key, second] = keys;
  if (key === undefined) {
    // Means nothing, as in Ansible; a mistake in it is one all the same.
    controlOf(written);
    return undefined;
  }
  const position = positionOf(written, key);
  if (second !== undefined)
    throw new ConfigError(`a task has one loop, this one has ${keys.join(" and ")}`, { position });
  const kind =
    key
      .replace(/^with_/, "")
      .split(".")
      .at(-1) ?? "";
  if (key !== "loop" && !lookupNames().includes(kind))
    throw new ConfigError(`unknown loop '${key}'${didYouMean(key, WITH_KEYWORDS)}`, {
      position,
      hint: `known: loop, ${WITH_KEYWORDS.join(", ")}`,
    });
  const folder = action.includes("template") ? "templates" : action.includes("var") ? "vars" : "files";
  return { kind, items: written[key], position, folder, control: controlOf(written) };
}

function controlOf(written: Mapping): Loop["control"] {
  const control = written["loop_control"] ?? {};
  const position = positionOf(written, "loop_control");
  if (!isMapping(control))
    throw new ConfigError(`'loop_control' must be a mapping, got ${describeValue(control)}`, { position });
  for (const key of Object.keys(control))
    if (!CONTROLS.includes(key))
      throw new ConfigError(`'loop_control' has no '${key}'${didYouMean(key, CONTROLS)}`, {
        position: positionOf(control, key) ?? position,
      });
  const indexVar = control["index_var"];
  return {
    loopVar: variableName(control, "loop_var", "item"),
    ...(indexVar !== undefined && { indexVar: variableName(control, "index_var", "") }),
    ...(control["label"] !== undefined && { label: control["label"] }),
    ...(control["pause"] !== undefined && { pause: control["pause"] }),
    extended: control["extended"] === true,
    hasAllItems: control["extended_allitems"] !== false,
  };
}

/** @throws ConfigError for what cannot be the name of a variable */
export function variableName(written: Mapping, key: string, otherwise: string): string {
  const value = written[key] ?? otherwise;
  if (typeof value === "string" && /^[A-Za-z_]\w*$/.test(value)) return value;
  throw new ConfigError(`'${key}' must be the name of a variable, got ${describeValue(value)}`, {
    position: positionOf(written, key),
  });
}
