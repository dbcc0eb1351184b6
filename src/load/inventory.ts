import { ConfigError } from "../errors.js";
import { expandHostRange } from "./host-range.js";
import { didYouMean } from "./nearest.js";
import { positionOf, setPosition } from "./position.js";
import { describeValue } from "./validate.js";
import { readYamlFile } from "./yaml.js";

export type Variables = Readonly<Record<string, unknown>>;

/** A group as the inventory file has it, its parts from all places where it stands put together. */
export interface Group {
  readonly name: string;
  readonly vars: Record<string, unknown>;
  readonly hosts: Set<string>;
  readonly children: Set<string>;
}

/** An Ansible YAML inventory, without what `group_vars` and `host_vars` add. */
export interface Inventory {
  readonly path: string;
  readonly groups: ReadonlyMap<string, Group>;
  /** Host -> the variables of its own. */
  readonly hosts: ReadonlyMap<string, Record<string, unknown>>;
}

const GROUP_KEYS = ["hosts", "children", "vars"] as const;

/** @throws ConfigError(s) with the position */
export async function readInventory(path: string): Promise<Inventory> {
  return parseInventory(await readYamlFile(path), path);
}

/** @param value of `parseYaml` @throws ConfigError */
export function parseInventory(value: unknown, path: string): Inventory {
  const builder = new Builder();
  builder.group("all");
  const top = mapping(value, "an inventory", () => ({ file: path, line: 1, column: 1 }));
  for (const [name, body] of Object.entries(top)) {
    if (name !== "all") builder.group("all").children.add(name);
    builder.addGroup(name, body, () => positionOf(top, name));
  }
  builder.refuseCycles();
  return { path, groups: builder.groups, hosts: builder.hosts };
}

type Where = () => ReturnType<typeof positionOf>;

function mapping(value: unknown, what: string, where: Where): Variables {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Variables;
  throw new ConfigError(`${what} must be a mapping, got ${describeValue(value)}`, { position: where() });
}

class Builder {
  readonly groups = new Map<string, Group>();
  readonly hosts = new Map<string, Record<string, unknown>>();

  group(name: string): Group {
    const group = this.groups.get(name) ?? { name, vars: {}, hosts: new Set(), children: new Set() };
    this.groups.set(name, group);
    return group;
  }

  addGroup(name: string, body: unknown, where: Where): void {
    const group = this.group(name);
    if (body === null) return;
    const parts = mapping(body, `group '${name}'`, where);
    for (const key of Object.keys(parts)) if (!isGroupKey(key)) throw unknownKey(name, parts, key);
    this.#addVars(group, parts);
    this.#addHosts(group, parts);
    this.#addChildren(group, parts);
  }

  #addVars(group: Group, parts: Variables): void {
    const vars = optional(parts, "vars", `'vars' of group '${group.name}'`);
    Object.assign(group.vars, vars);
    for (const key of Object.keys(vars)) keepPosition(vars, group.vars, key);
  }

  #addHosts(group: Group, parts: Variables): void {
    const hosts = optional(parts, "hosts", `'hosts' of group '${group.name}'`);
    for (const [pattern, vars] of Object.entries(hosts)) {
      const where = () => positionOf(hosts, pattern);
      const own = vars === null ? {} : mapping(vars, `host '${pattern}'`, where);
      for (const name of expandHostRange(pattern, where)) {
        group.hosts.add(name);
        const known = this.hosts.get(name) ?? {};
        Object.assign(known, own);
        for (const key of Object.keys(own)) keepPosition(own, known, key);
        this.hosts.set(name, known);
      }
    }
  }

  #addChildren(group: Group, parts: Variables): void {
    const children = optional(parts, "children", `'children' of group '${group.name}'`);
    for (const [name, body] of Object.entries(children)) {
      group.children.add(name);
      this.addGroup(name, body, () => positionOf(children, name));
    }
  }

  refuseCycles(): void {
    const visit = (name: string, path: readonly string[]): void => {
      if (path.includes(name))
        throw new ConfigError(`group '${name}' is inside of itself: ${[...path, name].join(" -> ")}`);
      for (const child of this.groups.get(name)?.children ?? []) visit(child, [...path, name]);
    };
    for (const name of this.groups.keys()) visit(name, []);
  }
}

const isGroupKey = (key: string): boolean => (GROUP_KEYS as readonly string[]).includes(key);

function unknownKey(group: string, parts: Variables, key: string): ConfigError {
  const message = `unknown key '${key}' in group '${group}'${didYouMean(key, GROUP_KEYS)}`;
  return new ConfigError(message, {
    position: positionOf(parts, key),
    hint: "a group has hosts, children and vars; other groups stand below children",
  });
}

function optional(parts: Variables, key: string, what: string): Variables {
  const value = parts[key];
  return value === undefined || value === null ? {} : mapping(value, what, () => positionOf(parts, key));
}

function keepPosition(from: object, to: object, key: string): void {
  const position = positionOf(from, key);
  if (position) setPosition(to, position, key);
}
