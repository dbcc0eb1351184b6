import { ConfigError, type Position } from "../../errors.js";
import { entryOf, isMapping, type Mapping, overlay, without } from "../../values/mapping.js";
import { didYouMean } from "../../values/nearest.js";
import { positionOf, setPosition } from "../../values/position.js";
import { Problems } from "../../values/problems.js";
import { describeValue } from "../../values/validate.js";
import { hostsOfPattern } from "./host-pattern.js";
import { type Group, type Host, Inventory } from "./inventory.js";

const SECTIONS = ["hosts", "children", "vars"] as const;
const PRIORITY = "ansible_group_priority";

interface GroupUnderWork {
  vars: Mapping;
  readonly children: Map<string, Position | undefined>;
  readonly hosts: Set<string>;
  priority: number;
}

/**
 * Ansible's YAML inventory, from the parsed file.
 * @param file names the inventory in messages
 * @throws ConfigError(s), all of the file's mistakes at once
 */
export function parseInventory(value: unknown, file: string): Inventory {
  const reader = new InventoryReader(positionOf(value) ?? { file, line: 1, column: 1 });
  return reader.read(value);
}

class InventoryReader {
  readonly #problems = new Problems();
  readonly #groups = new Map<string, GroupUnderWork>();
  readonly #hosts = new Map<string, Host>();

  constructor(private readonly start: Position) {}

  read(value: unknown): Inventory {
    this.#group("all");
    if (!isMapping(value))
      throw new ConfigError(
        `an inventory is a mapping of groups, got ${value === null ? "an empty file" : describeValue(value)}`,
        { position: this.start, hint: "begin with `all:`; Ansible's INI form is not read" },
      );
    for (const [name, data] of Object.entries(value)) this.#readGroup(name, data, positionOf(value, name));
    this.#refuseCycles();
    this.#problems.throwIfAny();
    const groups = [...this.#groups].map(([name, group]): [string, Group] => [
      name,
      { ...group, children: [...group.children.keys()], hosts: [...group.hosts] },
    ]);
    return new Inventory(new Map(groups), this.#hosts);
  }

  #group(name: string): GroupUnderWork {
    const group = this.#groups.get(name) ?? { vars: {}, children: new Map(), hosts: new Set(), priority: 1 };
    this.#groups.set(name, group);
    return group;
  }

  #readGroup(name: string, data: unknown, position: Position | undefined): void {
    const group = this.#group(name);
    if (data === null) return;
    if (!isMapping(data)) {
      this.#complain(
        `group '${name}' must be a mapping of hosts, children and vars, got ${describeValue(data)}`,
        position,
      );
      return;
    }
    // In the file's order: of two mentions of a host the later one's variables win.
    for (const key of Object.keys(data)) {
      if (key === "vars") this.#readVars(name, group, this.#section(data, key, name));
      else if (key === "children") this.#readChildren(group, this.#section(data, key, name));
      else if (key === "hosts") this.#readHosts(group, this.#section(data, key, name));
      else
        this.#complain(
          `unknown key '${key}' in group '${name}'${didYouMean(key, SECTIONS)}`,
          positionOf(data, key),
          "a group has hosts, children and vars",
        );
    }
  }

  #readChildren(group: GroupUnderWork, children: Mapping): void {
    for (const [child, value, at] of entries(children)) {
      if (child === "all") this.#complain("group 'all' cannot be a child: every group is in it", at);
      else group.children.set(child, at);
      this.#readGroup(child, value, at);
    }
  }

  #readHosts(group: GroupUnderWork, hosts: Mapping): void {
    for (const [pattern, vars, at] of entries(hosts)) this.#readHost(group, pattern, vars, at);
  }

  /** The mapping of a section; a single name stands for a mapping of that name, as in Ansible. */
  #section(data: Mapping, key: (typeof SECTIONS)[number], group: string): Mapping {
    const value = data[key];
    if (value === null || value === undefined) return {};
    if (isMapping(value)) return value;
    const position = positionOf(data, key);
    if (typeof value === "string" && key !== "vars") {
      const one = { [value]: null };
      if (position) setPosition(one, position, value);
      return one;
    }
    const hint = Array.isArray(value) ? "write `NAME:` without a dash on each line" : undefined;
    this.#complain(
      `'${key}' of group '${group}' must be a mapping, got ${describeValue(value)}`,
      position,
      hint,
    );
    return {};
  }

  #readVars(name: string, group: GroupUnderWork, vars: Mapping): void {
    const priority = entryOf(vars, PRIORITY);
    const rest = without(vars, PRIORITY);
    if (priority !== undefined) {
      if (/^-?\d+$/.test(String(priority))) group.priority = Number(priority);
      else
        this.#complain(
          `${PRIORITY} of group '${name}' must be a whole number, got ${describeValue(priority)}`,
          positionOf(vars, PRIORITY),
        );
    }
    group.vars = overlay([group.vars, rest]);
  }

  #readHost(group: GroupUnderWork, pattern: string, vars: unknown, position: Position | undefined): void {
    if (vars !== null && !isMapping(vars)) {
      const message = `host '${pattern}' must be a mapping of variables or nothing, got ${describeValue(vars)}`;
      this.#complain(message, position);
      return;
    }
    for (const { name, port } of this.#problems.attempt(() => hostsOfPattern(pattern, position)) ?? []) {
      group.hosts.add(name);
      const before = this.#hosts.get(name);
      const layers = [before?.vars ?? {}, port === undefined ? {} : { ansible_port: port }, vars ?? {}];
      this.#hosts.set(name, { vars: overlay(layers), position: before?.position ?? position });
    }
  }

  #refuseCycles(): void {
    const done = new Set<string>();
    const visit = (name: string, way: readonly string[], position: Position | undefined): void => {
      const start = way.indexOf(name);
      if (start >= 0) {
        const cycle = [...way.slice(start), name].join(" -> ");
        this.#complain(`group '${name}' is its own child: ${cycle}`, position);
        return;
      }
      if (done.has(name)) return;
      for (const [child, at] of this.#groups.get(name)?.children ?? []) visit(child, [...way, name], at);
      done.add(name);
    };
    for (const name of this.#groups.keys()) visit(name, [], undefined);
  }

  #complain(message: string, position: Position | undefined, hint?: string): void {
    this.#problems.add(new ConfigError(message, { position: position ?? this.start, hint }));
  }
}

const entries = (mapping: Mapping): [string, unknown, Position | undefined][] =>
  Object.entries(mapping).map(([key, value]) => [key, value, positionOf(mapping, key)]);
