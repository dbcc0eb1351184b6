import type { Command, CommandResult } from "../../transport/shell.js";
import { ModuleFailure } from "../module/failure.js";
import type { Diff, ModuleContext, ModuleResult } from "../module/module.js";
import { script } from "../remote/script.js";
import { lastLine } from "../remote/status.js";
import { APT_ENV, type AptStep, aptError, didSomething, simulatedDiff } from "./apt-command.js";

/** Runs a command while services are not, or otherwise, started by packages. What stood there before comes back. */
const POLICY = `policy=/usr/sbin/policy-rc.d code=$1; shift
kept=
if [ -e "$policy" ] || [ -L "$policy" ]; then kept=$policy.farm.$$; mv "$policy" "$kept" || exit; fi
restore() { rm -f "$policy"; if [ "$kept" ]; then mv "$kept" "$policy"; fi; }
trap restore EXIT
trap 'exit 129' HUP; trap 'exit 130' INT; trap 'exit 143' TERM
printf '#!/bin/sh\\nexit %s\\n' "$code" >"$policy" && chmod 755 "$policy" || exit
"$@"`;

/** What some steps came to. */
export class AptRun {
  #stdout = "";
  #stderr = "";
  #changed = false;
  #nothing = "";
  readonly #diffs: { before: string; after: string }[] = [];

  constructor(
    private readonly context: ModuleContext,
    private readonly policy: number | undefined,
  ) {}

  /** @param simulated what the simulation came to, when it was run already; @param inspect looks at its output */
  async step(step: AptStep, simulated?: CommandResult, inspect?: (stdout: string) => void): Promise<void> {
    const { check, diff } = this.context;
    const looked =
      simulated ?? (step.known && !check && !diff ? undefined : await this.context.ask(step.simulate));
    if (looked) {
      if (looked.code !== 0) this.#fail(looked);
      if (!didSomething(looked.stdout)) {
        this.#nothing += looked.stdout;
        return;
      }
      inspect?.(looked.stdout);
      this.#diffs.push(simulatedDiff(looked.stdout));
    }
    if (check && looked) {
      this.#keep(looked);
      this.#changed = true;
      return;
    }
    await this.act(this.#withPolicy(step.act));
  }

  /** A command that is known to be needed. */
  async act(command: Command): Promise<CommandResult> {
    const result = await this.context.act(command);
    if (result.code !== 0) this.#fail(result);
    this.#keep(result);
    this.#changed ||= this.context.check || didSomething(result.stdout);
    return result;
  }

  /** For what apt-get does without a word. */
  changed(): void {
    this.#changed = true;
  }

  /** What is told though there was nothing to do. */
  get nothing(): { stdout: string; stderr: string } {
    return { stdout: this.#nothing, stderr: "" };
  }

  get result(): ModuleResult {
    const said = this.#stdout !== "" || this.#stderr !== "";
    const diff: Diff = {
      before: this.#diffs.map(({ before }) => before).join(""),
      after: this.#diffs.map(({ after }) => after).join(""),
    };
    return {
      changed: this.#changed,
      ...(said && { stdout: this.#stdout, stderr: this.#stderr }),
      ...(this.context.diff && this.#diffs.length > 0 && { diff }),
    };
  }

  #withPolicy(command: Command): Command {
    if (this.policy === undefined) return command;
    return script("apt-policy", POLICY, [String(this.policy), ...command.argv], { env: APT_ENV });
  }

  #keep({ stdout, stderr }: CommandResult): void {
    this.#stdout += stdout;
    this.#stderr += stderr;
  }

  #fail(result: CommandResult): never {
    this.#keep(result);
    throw new ModuleFailure(
      `apt-get failed: ${aptError(result.stderr) ?? lastLine(result.stderr || result.stdout, result.code)}`,
      { rc: result.code, stdout: this.#stdout, stderr: this.#stderr },
    );
  }
}
