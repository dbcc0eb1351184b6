import { FarmError } from "../../errors.js";
import { type Mapping, setEntry } from "../../values/mapping.js";
import { namesFact } from "../facts/fact-names.js";

/** An expression named a fact that nobody has gathered yet; whoever evaluates gathers them and tries again. */
export class FactsNeeded extends FarmError {
  override readonly exitCode = 3;
  constructor(
    name: string,
    /** Whose. */
    readonly facts: LazyFacts,
  ) {
    super(`the fact '${name}' has not been gathered`);
  }
}

/** Ansible's `ansible_facts`: the same facts without `ansible_`. */
const withoutPrefix = (facts: Mapping): Mapping =>
  Object.fromEntries(Object.entries(facts).map(([name, value]) => [name.replace(/^ansible_/, ""), value]));

/**
 * The facts of a session as one layer of variables, which scopes hold on to. Until the machine's facts are gathered every one of
 * them is there, and to look at one throws FactsNeeded.
 */
export class LazyFacts {
  readonly layer: Mapping;
  readonly #shown: Record<string, unknown> = {};
  #known: Mapping = {};
  #isGathered = false;

  /** @param ask the machine's own, without `ansible_` */
  constructor(private readonly ask: (signal?: AbortSignal) => Promise<Mapping>) {
    this.layer = this.beside(this.#shown);
  }

  /** A mapping in which each fact is found besides: who looks at one that is not known yet needs it. */
  beside(mapping: Mapping): Mapping {
    const isNeeded = (name: string | symbol): name is string =>
      this.#isMissing(name) && !Object.hasOwn(mapping, name);
    return new Proxy(mapping, {
      get: (shown, name) => {
        if (isNeeded(name)) throw new FactsNeeded(name, this);
        return Reflect.get(shown, name);
      },
      getOwnPropertyDescriptor: (shown, name) =>
        isNeeded(name) ? MISSING : Reflect.getOwnPropertyDescriptor(shown, name),
    });
  }

  async gather(signal?: AbortSignal): Promise<void> {
    this.#gathered(await this.ask(signal));
  }

  /** What is known by now. */
  get known(): Mapping {
    return this.#known;
  }

  /** Facts that a module found, under its own names. */
  learn(facts: Mapping): void {
    this.#show({ ...this.#known, ...facts });
  }

  /** All of the machine's facts, without `ansible_`; what was learnt before stays. */
  #gathered(facts: Mapping): void {
    this.#isGathered = true;
    const prefixed = Object.entries(facts).map(([name, value]) => [`ansible_${name}`, value]);
    this.#show({ ...Object.fromEntries(prefixed), ...this.#known });
  }

  forget(): void {
    this.#isGathered = false;
    this.#show({});
  }

  #isMissing(name: string | symbol): name is string {
    if (this.#isGathered || typeof name !== "string" || Object.hasOwn(this.#shown, name)) return false;
    return name === FACTS || namesFact(name);
  }

  #show(known: Mapping): void {
    this.#known = known;
    for (const name of Object.keys(this.#shown)) Reflect.deleteProperty(this.#shown, name);
    const all = this.#isGathered ? { ...known, [FACTS]: withoutPrefix(known) } : known;
    for (const [name, value] of Object.entries(all)) setEntry(this.#shown, name, value);
  }
}

const FACTS = "ansible_facts";
const MISSING: PropertyDescriptor = { value: undefined, enumerable: true, configurable: true };
