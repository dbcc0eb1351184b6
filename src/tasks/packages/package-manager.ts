import type { Command } from "../../transport/shell.js";
import { ModuleFailure } from "../modules/failure.js";
import type { ModuleContext, ModuleResult } from "../modules/module.js";
import { lastLine } from "../remote/status.js";

/** What shall be installed, or not. */
export interface PackagesWanted {
  /** As the user wrote them, versions and all. */
  readonly names: readonly string[];
  readonly state: "present" | "latest" | "absent";
  readonly updateCache: boolean;
  /** The whole system, before anything else. */
  readonly upgrade: boolean;
  readonly extraArgs: readonly string[];
}

/** The commands of one package manager, as data, and what their output says. */
export interface PackageManager {
  readonly program: string;
  /** Asks which of the names are not as wanted; prints what `unsettled` reads. */
  ask(wanted: PackagesWanted): Command;
  /** The names for which something is to be done. */
  unsettled(wanted: PackagesWanted, stdout: string): readonly string[];
  install(names: readonly string[], wanted: PackagesWanted): Command;
  remove(names: readonly string[], wanted: PackagesWanted): Command;
  update(wanted: PackagesWanted): Command;
  upgrade(wanted: PackagesWanted): Command;
  /** Whether an upgrade changed anything. */
  upgraded(stdout: string): boolean;
}

/** Brings packages to the wanted state: one question, and acts only for what is not there. @throws ModuleFailure */
export async function settlePackages(
  manager: PackageManager,
  wanted: PackagesWanted,
  context: ModuleContext,
): Promise<ModuleResult> {
  const done = new Outputs(manager, context);
  if (wanted.updateCache) await done.run("update the package lists", manager.update(wanted));
  let changed = false;
  if (wanted.upgrade)
    changed = manager.upgraded(await done.run("upgrade the system", manager.upgrade(wanted)));
  const names = wanted.names.length === 0 ? [] : await unsettled(manager, wanted, context);
  if (names.length > 0) {
    const removes = wanted.state === "absent";
    const command = removes ? manager.remove(names, wanted) : manager.install(names, wanted);
    await done.run(`${removes ? "remove" : "install"} ${names.join(", ")}`, command);
    changed = true;
  }
  return { changed, ...(wanted.names.length > 0 && { packages: names }), ...done.fields };
}

async function unsettled(
  manager: PackageManager,
  wanted: PackagesWanted,
  context: ModuleContext,
): Promise<readonly string[]> {
  const { code, stdout, stderr } = await context.ask({ ...manager.ask(wanted), readOnly: true });
  if (code === 127 || code === 126) throw missing(manager.program);
  if (code !== 0)
    throw new ModuleFailure(`cannot ask ${manager.program}: ${lastLine(stderr, code)}`, { rc: code, stderr });
  return manager.unsettled(wanted, stdout);
}

export const missing = (program: string): ModuleFailure =>
  new ModuleFailure(
    `there is no ${program} on this machine: use the module of its own package manager, or package`,
  );

/** Runs commands and keeps what they say. */
class Outputs {
  #stdout = "";
  #stderr = "";

  constructor(
    private readonly manager: PackageManager,
    private readonly context: ModuleContext,
  ) {}

  get fields(): Record<string, unknown> {
    return this.#stdout === "" && this.#stderr === ""
      ? {}
      : { stdout: this.#stdout, stderr: this.#stderr, rc: 0 };
  }

  async run(what: string, command: Command): Promise<string> {
    const { code, stdout, stderr } = await this.context.act(command);
    if (code === 127 || code === 126) throw missing(this.manager.program);
    if (code !== 0)
      throw new ModuleFailure(`cannot ${what}: ${lastLine(stderr || stdout, code)}`, {
        rc: code,
        stdout,
        stderr,
      });
    this.#stdout += stdout;
    this.#stderr += stderr;
    return stdout;
  }
}
