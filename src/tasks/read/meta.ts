import { ConfigError, type Position } from "../../errors.js";
import type { Mapping } from "../../values/mapping.js";
import { didYouMean } from "../../values/nearest.js";
import { positionOf } from "../../values/position.js";
import { describeValue } from "../../values/validate.js";
import type { Directives, Meta } from "../task.js";
import { directivesOf } from "./directives.js";
import { type Action, nameOf } from "./parse-task.js";

/** The actions of `meta` that farm knows. */
const ACTIONS = [
  "flush_handlers",
  "end_host",
  "end_play",
  "end_batch",
  "end_role",
  "clear_facts",
  "clear_host_errors",
  "refresh_inventory",
  "reset_connection",
  "noop",
];

/** @throws ConfigError for an action that there is not */
export function metaOf(written: Mapping, action: Action, position: Position, outer: Directives): Meta {
  const { value } = action;
  if (typeof value !== "string" || !ACTIONS.includes(value.trim()))
    throw new ConfigError(
      `meta has no action ${describeValue(value)}${typeof value === "string" ? didYouMean(value, ACTIONS) : ""}`,
      { position: positionOf(written, action.key) ?? position, hint: `its actions: ${ACTIONS.join(", ")}` },
    );
  return {
    kind: "meta",
    name: nameOf(written, action),
    position,
    directives: directivesOf(written, outer),
    action: value.trim(),
  };
}
