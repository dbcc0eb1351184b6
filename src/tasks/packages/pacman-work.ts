import type { Command, CommandResult } from "../../transport/shell.js";
import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext, ModuleResult } from "../module/module.js";
import { script } from "../remote/script.js";
import { lastLine } from "../remote/status.js";
import { missing } from "./package-manager.js";
import { PRINT_FORMAT, pacmanError, parsePrinted } from "./pacman-query.js";

const ENV = { LC_ALL: "C" };

/** Refreshes the lists, and says whether they are other than before. */
const REFRESH = `pacman=$1; shift
before=$("$pacman" -Sl 2>/dev/null | sort | md5sum)
"$pacman" "$@" || exit
after=$("$pacman" -Sl 2>/dev/null | sort | md5sum)
[ "$before" = "$after" ] || echo farm-updated`;

/** Runs pacman's commands and keeps what comes of them. */
export class PacmanWork {
  #changed = false;
  readonly #fields: Record<string, unknown> = {};
  readonly #said = { msg: [] as string[], stdout: "", stderr: "" };

  constructor(
    private readonly pacman: string,
    private readonly context: ModuleContext,
  ) {}

  async refresh(extra: readonly string[], force: boolean): Promise<void> {
    const argv = ["-Sy", "--noconfirm", "--noprogressbar", ...extra, ...(force ? ["-y"] : [])];
    const refresh = script("pacman-refresh", REFRESH, [this.pacman, ...argv], { env: ENV });
    const { stdout, stderr } = await this.#act("update the package lists", refresh);
    const updated = force || this.context.check || /^farm-updated$/m.test(stdout);
    this.#keep(stdout.replace(/^farm-updated\n$/m, ""), stderr);
    this.#fields["cache_updated"] = updated;
    this.#changed ||= updated;
    this.#said.msg.push(this.context.check ? "Would have updated the package db" : "Updated package db");
  }

  /** The packages of a transaction, as pacman prints them without doing it. */
  async printed(what: string, argv: readonly string[]): Promise<{ name: string; version: string }[]> {
    const command = { argv: [this.pacman, ...argv, ...PRINT_FORMAT] as const, env: ENV, readOnly: true };
    const result = await this.context.ask(command);
    if (result.code !== 0) this.#fail(what, result);
    return parsePrinted(result.stdout);
  }

  async act(what: string, argv: readonly string[]): Promise<void> {
    this.#changed = true;
    const { stdout, stderr } = await this.#act(what, { argv: [this.pacman, ...argv], env: ENV });
    this.#keep(stdout, stderr);
  }

  #keep(stdout: string, stderr: string): void {
    this.#said.stdout += stdout;
    this.#said.stderr += stderr;
  }

  tell(msg: string, packages: readonly string[], diff?: { before: string; after: string }): void {
    this.#said.msg.push(msg);
    this.#fields["packages"] = packages;
    if (diff && this.context.diff) this.#fields["diff"] = diff;
  }

  get result(): ModuleResult {
    const { msg, stdout, stderr } = this.#said;
    return {
      changed: this.#changed,
      msg: msg.join("\n"),
      ...this.#fields,
      ...(stdout !== "" && { stdout }),
      ...(stderr !== "" && { stderr }),
    };
  }

  async #act(what: string, command: Command): Promise<CommandResult> {
    const result = await this.context.act(command);
    if (result.code !== 0) this.#fail(what, result);
    return result;
  }

  #fail(what: string, { code, stdout, stderr }: CommandResult): never {
    if (code === 127 || code === 126) throw missing(this.pacman);
    const why = pacmanError(stderr, stdout) ?? lastLine(stderr || stdout, code);
    throw new ModuleFailure(`cannot ${what}: ${why}`, { rc: code, stdout, stderr });
  }
}
