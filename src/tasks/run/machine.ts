import type { Become, Shell } from "../../transport/shell.js";
import type { Facts } from "../facts/facts.js";
import { FACTS_COMMAND } from "../facts/facts-command.js";
import { parseFacts } from "../facts/parse-facts.js";
import { ModuleFailure } from "../module/failure.js";
import type { Connection } from "../module/module.js";

/** A machine that tasks can run on. */
export interface MachineOptions {
  /** The inventory's name of it. */
  readonly name: string;
  readonly shell: Shell;
  /** How `become: true` is done here, unless the task says otherwise. */
  readonly become: Become;
  /** Whether tasks that say nothing become another user. */
  readonly becomeByDefault?: boolean;
  readonly connection?: Connection | undefined;
}

/** A machine with its facts, which are gathered by the first who asks. */
export class Machine {
  readonly name: string;
  readonly shell: Shell;
  readonly become: Become;
  readonly becomeByDefault: boolean;
  readonly connection: Connection | undefined;
  #facts: Promise<Facts> | undefined;

  constructor({ name, shell, become, becomeByDefault = false, connection }: MachineOptions) {
    this.name = name;
    this.shell = shell;
    this.become = become;
    this.becomeByDefault = becomeByDefault;
    this.connection = connection;
  }

  facts(signal?: AbortSignal): Promise<Facts> {
    this.#facts ??= this.#gather(signal);
    return this.#facts;
  }

  /** As after `meta: clear_facts`. */
  forgetFacts(): void {
    this.#facts = undefined;
  }

  async #gather(signal: AbortSignal | undefined): Promise<Facts> {
    try {
      const { code, stdout, stderr } = await this.shell.run(FACTS_COMMAND, { signal });
      const facts: Facts = parseFacts(stdout);
      if (facts["system"] !== undefined) return facts;
      throw new ModuleFailure(
        `cannot gather facts on '${this.name}': ${stderr.trim() || `exit status ${code}`}`,
      );
    } catch (error) {
      this.#facts = undefined;
      throw error;
    }
  }
}
