import { ConfigError } from "../../errors.js";
import { isMapping, type Mapping } from "../../values/mapping.js";
import { positionOf } from "../../values/position.js";
import { Template } from "../../values/template.js";
import { describeValue } from "../../values/validate.js";
import type { Condition, Directives, Loop } from "../task.js";

/** Nothing said yet. @param directory of the task file */
export const noDirectives = (directory: string): Directives => ({
  when: [],
  playVars: [],
  vars: [],
  params: [],
  environment: [],
  tags: [],
  moduleDefaults: [],
  notify: [],
  directory,
});

/** Keywords of which the innermost wins, and what they are called here. */
const INNERMOST = {
  become: "become",
  become_user: "becomeUser",
  become_method: "becomeMethod",
  ignore_errors: "ignoreErrors",
  no_log: "noLog",
  delegate_to: "delegateTo",
  delegate_facts: "delegateFacts",
  run_once: "runOnce",
  check_mode: "checkMode",
  diff: "diff",
  throttle: "throttle",
  timeout: "timeout",
} as const;

/** What holds inside of a task, block or play: its own words on top of those around it. @throws ConfigError */
export function directivesOf(written: Mapping, outer: Directives): Directives {
  const own = Object.entries(INNERMOST).flatMap(([keyword, name]) =>
    written[keyword] === undefined || written[keyword] === null ? [] : [[name, written[keyword]]],
  );
  return {
    ...outer,
    ...connectionOf(written),
    ...Object.fromEntries(own),
    when: [...outer.when, ...conditionsOf(written, "when")],
    vars: withOwn(outer.vars, mappingOf(written, "vars")),
    environment: [...outer.environment, ...environmentOf(written)],
    tags: [...new Set([...outer.tags, ...textsOf(written, "tags")])],
    moduleDefaults: withOwn(outer.moduleDefaults, mappingOf(written, "module_defaults")),
    notify: [...outer.notify, ...listOf(written["notify"])],
  };
}

/** Ways to a machine that are farm's own anyway. */
const REMOTE = /^(?:ansible\.builtin\.)?(?:smart|ssh|paramiko|paramiko_ssh)$/;

/** `connection: local` is work on the machine that farm runs on. @throws ConfigError for another way */
function connectionOf(written: Mapping): Partial<Directives> {
  const { connection } = written;
  if (connection === undefined || connection === null) return {};
  if (typeof connection === "string" && REMOTE.test(connection)) return {};
  if (connection === "local" || connection === "ansible.builtin.local") return { delegateTo: "localhost" };
  throw new ConfigError(`'connection' is local or ssh here, got ${describeValue(connection)}`, {
    position: positionOf(written, "connection"),
    hint: "the inventory says how a machine is reached: ansible_connection, ansible_host, ansible_user",
  });
}

/** Whether a condition stands between the reader and the task: its own, one of a block around it, a loop that may be empty. */
export const mayBeSkipped = ({ when, mayBeSkipped: isInside }: Directives, loop: Loop | undefined): boolean =>
  isInside === true || when.length > 0 || loop?.items instanceof Template;

const withOwn = (outer: readonly Mapping[], own: Mapping): readonly Mapping[] =>
  Object.keys(own).length === 0 ? outer : [...outer, own];

const listOf = (value: unknown): readonly unknown[] => {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
};

/** Each condition of a keyword that takes one or a list of them. */
export function conditionsOf(written: Mapping, key: string): Condition[] {
  const value = written[key];
  if (!Array.isArray(value))
    return listOf(value).map((each) => ({ value: each, position: positionOf(written, key) }));
  return value.map((each, index) => ({
    value: each,
    position: positionOf(value, index) ?? positionOf(written, key),
  }));
}

/** A keyword's conditions as one; undefined when it is not there. */
export function conditionOf(written: Mapping, key: string): Condition | undefined {
  const value = written[key];
  if (value === undefined || value === null) return undefined;
  return { value, position: positionOf(written, key) };
}

function environmentOf(written: Mapping): readonly unknown[] {
  const value = written["environment"];
  const all = listOf(value);
  for (const each of all)
    if (!isMapping(each) && !(each instanceof Template))
      throw new ConfigError(`'environment' must be a mapping, got ${describeValue(each)}`, {
        position: positionOf(written, "environment"),
      });
  return all;
}

/** A keyword that is a mapping; one that is not there is empty. @throws ConfigError */
export function mappingOf(written: Mapping, key: string): Mapping {
  const value = written[key] ?? {};
  if (isMapping(value)) return value;
  throw new ConfigError(`'${key}' must be a mapping, got ${describeValue(value)}`, {
    position: positionOf(written, key),
  });
}

/** A keyword that is a text or a list of them; commas separate as well. @throws ConfigError */
export function textsOf(written: Mapping, key: string): string[] {
  return listOf(written[key]).flatMap((value) => {
    if (typeof value === "number" || typeof value === "boolean") return [String(value)];
    if (typeof value === "string")
      return value
        .split(",")
        .map((each) => each.trim())
        .filter((each) => each !== "");
    throw new ConfigError(`'${key}' must be names without expressions, got ${describeValue(value)}`, {
      position: positionOf(written, key),
    });
  });
}
