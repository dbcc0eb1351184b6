import type { FetchedFiles } from "../../artifacts/fetched.js";
import { shownPath } from "../../load/files/user-file.js";
import type { UserFiles } from "../../load/files/user-files.js";
import { Scope } from "../../template/scope.js";
import type { FileSearch } from "../../template/search.js";
import type { Mapping } from "../../values/mapping.js";
import type { ModuleResult } from "../module/module.js";
import type { Directives } from "../task.js";
import { Jobs } from "./jobs.js";
import { FactsNeeded, LazyFacts } from "./lazy-facts.js";
import type { Machine } from "./machine.js";
import { magicVariables } from "./magic-variables.js";
import { PlayProgress } from "./play-progress.js";
import type { World } from "./world.js";

export interface SessionOptions {
  readonly machine: Machine;
  /** The VM whose life the tasks are part of; the machine's own name elsewhere. */
  readonly vm: string;
  /** The host's variables of the inventory and definitions, weaker than everything that tasks say. */
  readonly variables: Mapping;
  /** `--vars` and `-e`: stronger than everything. */
  readonly extra: Mapping;
  /** What nobody can set otherwise: `vm`, `inventory_hostname` and the like. */
  readonly magic: Mapping;
  readonly world: World;
  /** The project's directory, absolute. */
  readonly project: string;
  readonly files: UserFiles;
  /** Gets what `fetch` takes from the machine itself. */
  readonly fetched?: FetchedFiles | undefined;
}

interface SessionState {
  readonly registered: Mapping;
  readonly included: Mapping;
  readonly rolesRun?: readonly string[];
}

/** What tasks on one machine leave to later ones: facts, registered results, notified handlers. Lives over all of a guest's phases. */
export class Session {
  readonly machine: Machine;
  readonly vm: string;
  readonly world: World;
  readonly project: string;
  readonly files: UserFiles;
  readonly fetched: FetchedFiles | undefined;
  readonly jobs = new Jobs();
  /** Registered results and set_fact: data, never templated. */
  readonly registered: Record<string, unknown> = {};
  /** The file, or the play of it, that is under way. */
  readonly play = new PlayProgress();
  /** Variables of the loops around includes under way. */
  readonly #rounds: Mapping[] = [];
  readonly #options: SessionOptions;
  readonly #included: Record<string, unknown> = {};
  readonly #facts = new LazyFacts((signal) => this.machine.facts(signal));

  constructor(options: SessionOptions) {
    this.#options = options;
    this.machine = options.machine;
    this.vm = options.vm;
    this.world = options.world;
    this.project = options.project;
    this.files = options.files;
    this.fetched = options.fetched;
  }

  get name(): string {
    return this.machine.name;
  }

  /** Ends what `async` left running; nobody can delegate to this machine any more. */
  async end(): Promise<void> {
    this.world.leave(this);
    await this.jobs.end();
  }

  /** Variables that hold till the function that it returns is called. */
  enter(variables: Mapping): () => void {
    this.#rounds.push(variables);
    return () => void this.#rounds.pop();
  }

  /**
   * The variables of a task, by Ansible's precedence: defaults of roles, the inventory, facts, the play, roles, blocks and the task,
   * include_vars, set_fact and registered results, parameters of includes, extra variables, magic ones.
   * @param magic further ones, e.g. of a check
   */
  scope(directives: Directives, magic: Mapping = {}): Scope {
    const { variables, extra } = this.#options;
    const { role, playVars, vars, params } = directives;
    const layers = [
      ...this.play.roles.map(({ defaults }) => defaults),
      ...(role ? [role.defaults] : []),
      variables,
      this.#facts.layer,
      ...playVars,
      ...this.play.roles.map((each) => each.vars),
      ...(role ? [role.vars] : []),
      ...vars,
      this.#included,
      this.registered,
      ...this.#rounds,
      ...params,
      extra,
      magicVariables(directives, this, this.#options.magic),
      magic,
      {
        /** All variables by name. */
        get vars() {
          return evaluatedWhenSeen(scope);
        },
      },
    ];
    const scope: Scope = new Scope(layers, this.#search(directives));
    return scope;
  }

  #search({ role, directory }: Directives): FileSearch {
    const { files, project } = this;
    const { playbook_dir } = this.#options.magic;
    const play = typeof playbook_dir === "string" ? [playbook_dir] : [];
    return {
      directories: [...new Set([...(role ? [role.path] : []), directory, ...play, project])],
      text: (path) => files.textNow(path),
      shown: (path) => shownPath(path, files.cwd),
    };
  }

  /** For `hostvars`: what other machines see of this one, each value evaluated when it is looked at. */
  allVariables(): Mapping {
    const { variables, extra, magic } = this.#options;
    const layers = [variables, this.#facts.layer, this.#included, this.registered, extra, magic];
    return this.#facts.beside(evaluatedWhenSeen(new Scope(layers)));
  }

  /** Takes over `ansible_facts` of a result. @param module whose result it is */
  learn(module: string, { ansible_facts: facts, _ansible_facts_cacheable: isCacheable }: ModuleResult): void {
    if (!facts) return;
    if (isCacheable === true) this.#facts.learn(facts);
    if (module === "set_fact") Object.assign(this.registered, facts);
    else if (module === "include_vars") Object.assign(this.#included, facts);
    else this.#facts.learn(facts);
  }

  /**
   * What later tasks may use of earlier ones, as JSON; facts are gathered again.
   * @param midway the next of them stand in the same file
   */
  state(midway = false): string {
    const state = { registered: this.registered, included: this.#included };
    return JSON.stringify(midway ? { ...state, rolesRun: [...this.play.rolesRun] } : state);
  }

  /** Why later tasks of the file could not go on from the state alone; undefined when they can. */
  get unsaved(): string | undefined {
    if (this.jobs.running) return "an async task is still running";
    return this.play.hasMore ? "an include before it has brought handlers or variables of a role" : undefined;
  }

  /** Takes over the state of a session in which earlier tasks ran. */
  resume(state: string): void {
    const { registered, included, rolesRun = [] } = JSON.parse(state) as SessionState;
    this.play.ranBefore(rolesRun);
    Object.assign(this.registered, registered);
    Object.assign(this.#included, included);
  }

  forgetFacts(): void {
    this.#facts.forget();
    this.machine.forgetFacts();
  }

  /** Evaluates; when it needs a fact, gathers the facts first and evaluates again. */
  async evaluating<T>(work: () => T | Promise<T>, signal?: AbortSignal): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof FactsNeeded)) throw error;
      await error.facts.gather(signal);
    }
    return this.evaluating(work, signal);
  }
}

/** Each variable is evaluated when it is looked at. */
function evaluatedWhenSeen(scope: Scope): Mapping {
  const result = {};
  for (const name of scope.names())
    Object.defineProperty(result, name, { enumerable: true, configurable: true, get: () => scope.get(name) });
  return result;
}
