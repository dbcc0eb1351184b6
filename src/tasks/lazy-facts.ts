import { FarmError } from "../errors.js";
import type { Mapping } from "../load/mapping.js";
import { factNames } from "./facts/fact-names.js";

/** An expression named a fact that nobody has gathered yet; whoever evaluates gathers them and tries again. */
export class FactsNeeded extends FarmError {
  override readonly exitCode = 3;
}

/** Ansible's `ansible_facts`: the same facts without `ansible_`. */
const withoutPrefix = (facts: Mapping): Mapping =>
  Object.fromEntries(Object.entries(facts).map(([name, value]) => [name.replace(/^ansible_/, ""), value]));

/**
 * The facts of a session as one layer of variables, which scopes hold on to. Until the machine's facts are gathered every one of
 * them is there, and to look at one throws FactsNeeded.
 */
export class LazyFacts {
  readonly layer: Mapping = {};
  #known: Mapping = {};
  #isGathered = false;

  constructor() {
    this.#show();
  }

  /** What is known by now. */
  get known(): Mapping {
    return this.#known;
  }

  /** Facts that a module found, under its own names. */
  learn(facts: Mapping): void {
    this.#known = { ...this.#known, ...facts };
    this.#show();
  }

  /** All of the machine's facts, without `ansible_`; what was learnt before stays. */
  gathered(facts: Mapping): void {
    const prefixed = Object.entries(facts).map(([name, value]) => [`ansible_${name}`, value]);
    this.#known = { ...Object.fromEntries(prefixed), ...this.#known };
    this.#isGathered = true;
    this.#show();
  }

  forget(): void {
    this.#known = {};
    this.#isGathered = false;
    this.#show();
  }

  #show(): void {
    for (const name of Object.keys(this.layer)) Reflect.deleteProperty(this.layer, name);
    if (!this.#isGathered) Object.defineProperties(this.layer, needed());
    const all = this.#isGathered
      ? { ...this.#known, ansible_facts: withoutPrefix(this.#known) }
      : this.#known;
    for (const [name, value] of Object.entries(all))
      Object.defineProperty(this.layer, name, { value, enumerable: true, configurable: true });
  }
}

let descriptors: PropertyDescriptorMap | undefined;

/** A getter that throws, for each fact. */
function needed(): PropertyDescriptorMap {
  descriptors ??= Object.fromEntries(
    [...factNames(), "ansible_facts"].map((name) => [
      name,
      {
        enumerable: true,
        configurable: true,
        get: () => {
          throw new FactsNeeded(`the fact '${name}' has not been gathered`);
        },
      },
    ]),
  );
  return descriptors;
}
