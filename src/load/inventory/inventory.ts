import type { Position } from "../../errors.js";
import type { Mapping } from "../../values/mapping.js";

/** A group as the inventory file describes it, all of its mentions taken together. */
export interface Group {
  readonly vars: Mapping;
  readonly children: readonly string[];
  readonly hosts: readonly string[];
  /** `ansible_group_priority`: decides between groups of one depth. */
  readonly priority: number;
}

export interface Host {
  readonly vars: Mapping;
  readonly position: Position | undefined;
}

const DEFAULT_PRIORITY = 1;

/** The groups and hosts of an inventory without cycles; `all` is always there. */
export class Inventory {
  readonly #parents = new Map<string, string[]>();
  readonly #listedIn = new Map<string, string[]>();
  readonly #depths = new Map<string, number>([["all", 0]]);

  constructor(
    readonly groups: ReadonlyMap<string, Group>,
    readonly hosts: ReadonlyMap<string, Host>,
  ) {
    for (const [name, { children, hosts: listed }] of groups) {
      for (const child of children) append(this.#parents, child, name);
      for (const host of listed) append(this.#listedIn, host, name);
    }
  }

  /**
   * All groups of a host and of further groups, ancestors and `all` included, in Ansible's order: by depth, then priority, then name.
   * Later groups' variables win.
   * @param direct groups that count besides those that list the host
   */
  groupsOf(host: string, direct: Iterable<string> = []): string[] {
    const found = new Set<string>(["all"]);
    const visit = (name: string): void => {
      if (found.has(name)) return;
      found.add(name);
      this.#parents.get(name)?.forEach(visit);
    };
    for (const name of [...(this.#listedIn.get(host) ?? []), ...direct]) visit(name);
    if (found.size === 1) found.add("ungrouped");
    if (found.size > 2) found.delete("ungrouped");
    return [...found].sort((a, b) => this.#compare(a, b));
  }

  /** The hosts of a group and of its children, each once, in the file's order. */
  hostsOf(group: string): string[] {
    if (group === "all") return [...this.hosts.keys()];
    const found = new Set<string>();
    const visit = (name: string): void => {
      const { hosts = [], children = [] } = this.groups.get(name) ?? {};
      for (const host of hosts) found.add(host);
      children.forEach(visit);
    };
    visit(group);
    return [...found];
  }

  /** Steps from `all` by the longest way; a group that nothing nests is a child of `all`. */
  #depth(group: string): number {
    const known = this.#depths.get(group);
    if (known !== undefined) return known;
    const parents = this.#parents.get(group) ?? ["all"];
    const depth = 1 + Math.max(...parents.map((parent) => this.#depth(parent)));
    this.#depths.set(group, depth);
    return depth;
  }

  #compare(a: string, b: string): number {
    const priority = (name: string) => this.groups.get(name)?.priority ?? DEFAULT_PRIORITY;
    return this.#depth(a) - this.#depth(b) || priority(a) - priority(b) || (a < b ? -1 : Number(a > b));
  }
}

function append(map: Map<string, string[]>, key: string, value: string): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
