import { formatPosition } from "../../errors.js";
import type { Handler, Role } from "../task.js";

/** How far a file, or a play of it, has come on one machine: the roles that it sees, its handlers, and those that were notified. */
export class PlayProgress {
  /** Handlers of the file under way, roles included, in the order in which they run. */
  handlers: Handler[] = [];
  readonly notified = new Set<Handler>();
  /** Roles that ran in this file or play. */
  readonly rolesRun = new Set<string>();
  /** Roles whose variables all of the file sees. */
  roles: Role[] = [];
  name = "";
  /** How many roles and handlers the file began with. */
  #brought = { roles: 0, handlers: 0 };
  /** Roles that ran in the part of the file that comes next and that is behind the machine already. */
  readonly #rolesBefore: string[] = [];

  /** A file or play begins. */
  begin(roles: readonly Role[], handlers: readonly Handler[], name = ""): void {
    this.name = name;
    this.roles = [...roles];
    this.handlers = [];
    this.notified.clear();
    this.addHandlers(handlers);
    this.#brought = { roles: roles.length, handlers: this.handlers.length };
    this.rolesRun.clear();
    for (const role of this.#rolesBefore.splice(0)) this.rolesRun.add(role);
  }

  /** A role that is used again with the same parameters has its handlers once, where and as they came last. */
  addHandlers(handlers: readonly Handler[]): void {
    for (const handler of handlers) {
      const old = this.handlers.find((each) => isSame(each, handler));
      if (old) this.handlers.splice(this.handlers.indexOf(old), 1);
      if (old && this.notified.delete(old)) this.notified.add(handler);
      this.handlers.push(handler);
    }
  }

  /** Roles whose variables are seen from now on. */
  see(roles: readonly Role[]): void {
    this.roles.push(...roles);
  }

  /** The part that comes next is behind the machine: what of it counts as having run. */
  ranBefore(roles: readonly string[]): void {
    this.#rolesBefore.push(...roles);
  }

  /** Whether an include has brought handlers or variables that the file did not begin with. */
  get hasMore(): boolean {
    const { roles, handlers } = this.#brought;
    return this.roles.length > roles || this.handlers.length > handlers;
  }
}

function isSame(one: Handler, other: Handler): boolean {
  if (one === other) return true;
  const key = one.directives.role?.key;
  if (key === undefined || key !== other.directives.role?.key) return false;
  return formatPosition(one.position) === formatPosition(other.position);
}
