import { isDeepStrictEqual } from "node:util";
import pLimit, { type LimitFunction } from "p-limit";
import { ConfigError } from "../../errors.js";
import { type Mapping, setEntry } from "../../values/mapping.js";
import { didYouMean } from "../../values/nearest.js";
import type { ModuleResult } from "../module/module.js";
import type { Machine } from "./machine.js";
import type { Session } from "./session.js";

/** A host of the inventory, a VM, or one that `add_host` made. */
export interface KnownHost {
  readonly variables: Mapping;
  /** All of its groups, weak to strong. */
  readonly groups: readonly string[];
}

/** A host is in one of them at least without being put there. */
const ALWAYS: ReadonlySet<string> = new Set(["all", "ungrouped"]);

interface WorldOptions {
  readonly hosts?: ReadonlyMap<string, KnownHost>;
  /** A way to a host that has no session: for `delegate_to`. */
  readonly connect?: (name: string, host: KnownHost | undefined) => Promise<Machine | undefined>;
}

/** What the machines of one run know of each other. */
export class World {
  readonly #hosts: Map<string, KnownHost>;
  readonly #added = new Set<string>();
  #groups: Mapping | undefined;
  #hostvars: Mapping | undefined;
  /** What `delegate_facts` found out about hosts without a session. */
  readonly #learnt = new Map<string, [module: string, result: ModuleResult][]>();
  readonly #sessions = new Map<string, Session>();
  readonly #machines = new Map<string, Promise<Machine | undefined>>();
  readonly #once = new Map<object, Promise<unknown>>();
  readonly #limits = new Map<object, LimitFunction>();

  constructor(private readonly options: WorldOptions = {}) {
    this.#hosts = new Map(options.hosts);
  }

  join(session: Session): void {
    this.#hostvars = undefined;
    this.#sessions.set(session.name, session);
    for (const [module, result] of this.#learnt.get(session.name) ?? []) session.learn(module, result);
  }

  /** Facts of another host than the task's. */
  learn(name: string, module: string, result: ModuleResult): void {
    const session = this.#sessions.get(name);
    session?.learn(module, result);
    if (session) return;
    this.#hostvars = undefined;
    this.#learnt.set(name, [...(this.#learnt.get(name) ?? []), [module, result]]);
  }

  leave(session: Session): void {
    if (this.#sessions.get(session.name) === session) this.#sessions.delete(session.name);
  }

  /** Whether there is such a host, running or not. */
  lists(name: string): boolean {
    return name === "localhost" || this.#hosts.has(name);
  }

  /** Whether `add` would bring nothing new. */
  knows(name: string, variables: Mapping, groups: readonly string[]): boolean {
    const host = this.#hosts.get(name);
    return (
      host !== undefined &&
      groups.every((group) => host.groups.includes(group)) &&
      Object.entries(variables).every(([key, value]) => isDeepStrictEqual(host.variables[key], value))
    );
  }

  /** `add_host`; an existing host gets the variables and groups besides its own, and is no longer `ungrouped` then. */
  add(name: string, variables: Mapping, groups: readonly string[]): void {
    const before = this.#hosts.get(name);
    if (!before) this.#added.add(name);
    const named = [...new Set([...(before?.groups ?? []), ...groups])].filter((group) => !ALWAYS.has(group));
    const all = ["all", ...(named.length > 0 ? named : ["ungrouped"])];
    this.#groups = undefined;
    this.#hostvars = undefined;
    this.#hosts.set(name, { variables: { ...before?.variables, ...variables }, groups: all });
  }

  groupsOf(name: string): readonly string[] {
    return this.#hosts.get(name)?.groups ?? [];
  }

  /** Ansible's `groups`. */
  groups(): Mapping {
    this.#groups ??= this.#groupMembers();
    return this.#groups;
  }

  /** As Ansible has it, who was added later comes first in `all`, last elsewhere. */
  #groupMembers(): Mapping {
    const others = [...this.#hosts.keys()].filter((name) => !this.#added.has(name));
    const groups: Record<string, string[]> = { all: [...this.#added, ...others], ungrouped: [] };
    for (const [name, host] of this.#hosts)
      for (const group of new Set(host.groups)) {
        if (group === "all") continue;
        if (!Object.hasOwn(groups, group)) setEntry(groups, group, []);
        groups[group]?.push(name);
      }
    return groups;
  }

  /** Ansible's `hostvars`: each host's variables, evaluated as that host sees them when they are looked at. */
  hostvars(): Mapping {
    this.#hostvars ??= this.#variablesOfAll();
    return this.#hostvars;
  }

  #variablesOfAll(): Mapping {
    const result = {};
    for (const name of this.#hosts.keys())
      Object.defineProperty(result, name, { enumerable: true, get: () => this.#variablesOf(name) });
    // Who is not in the inventory, localhost at least, is found by name only.
    for (const name of ["localhost", ...this.#sessions.keys(), ...this.#learnt.keys()])
      if (!Object.hasOwn(result, name))
        Object.defineProperty(result, name, { get: () => this.#variablesOf(name) });
    return result;
  }

  #variablesOf(name: string): Mapping {
    const session = this.#sessions.get(name);
    if (session) return session.allVariables();
    const { variables = {}, groups = [] } = this.#hosts.get(name) ?? {};
    const group_names = groups.filter((group) => group !== "all").sort();
    const learnt = (this.#learnt.get(name) ?? []).map(([, { ansible_facts }]) => ansible_facts);
    return Object.assign({}, variables, ...learnt, { inventory_hostname: name, group_names });
  }

  /** The machine that `delegate_to` names. @throws ConfigError when there is none, and what connecting throws */
  async machine(name: string): Promise<Machine> {
    const session = this.#sessions.get(name);
    if (session) return session.machine;
    const connect = this.options.connect ?? (async () => undefined);
    const found = this.#machines.get(name) ?? connect(name, this.#hosts.get(name));
    this.#machines.set(name, found);
    const machine = await found.catch((error: unknown) => {
      this.#machines.delete(name);
      throw error;
    });
    if (machine) return machine;
    const near = didYouMean(name, this.#hosts.keys());
    throw new ConfigError(
      this.#hosts.has(name)
        ? `'${name}' cannot be delegated to: it is not running now`
        : `delegate_to: there is no host '${name}'${near}`,
    );
  }

  /** `run_once`: the first machine does the work, all get what came of it. */
  once<T>(task: object, work: () => Promise<T>): Promise<T> {
    const result = this.#once.get(task) ?? work();
    this.#once.set(task, result);
    return result as Promise<T>;
  }

  /** `throttle`: so many machines at a time in one task. */
  throttled<T>(task: object, atATime: number, work: () => Promise<T>): Promise<T> {
    const limit = this.#limits.get(task) ?? pLimit(atATime);
    this.#limits.set(task, limit);
    return limit(work);
  }
}
