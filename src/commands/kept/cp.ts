import type { Command } from "commander";
import { systemClock } from "../../clock.js";
import { ConfigError } from "../../errors.js";
import { copyFromGuest, copyToGuest } from "../../provision/kept/copy-files.js";
import { running, vmNamed } from "../../provision/kept/find-kept.js";
import { logInToKept, wayInto } from "../../provision/kept/reach-guest.js";
import { harmless } from "../../report/harmless.js";
import { ModuleFailure } from "../../tasks/module/failure.js";
import type { CommandContext } from "../context.js";
import { type Secrecy, withSecrets } from "../prepare.js";
import { type KeptOptions, keptProject, withKept, withKeptOptions } from "./kept.js";

const EXAMPLES = `
As scp -rp copies: into a directory that is there, else under the new name; modes and times are kept, owners are not. What is there already with the same
size and time is not sent again. Nothing but a shell and tar is needed in the guest.

Examples:
  $ farm cp src debian_12_amd64:/src -i inv.yaml
  $ farm cp debian_12_amd64:/var/log/syslog debian_12_amd64:/etc/os-release . -i inv.yaml`;

/** `farm cp`: files and directories to or from a VM that was kept. */
export function addCp(program: Command, context: CommandContext): void {
  withKeptOptions(program.command("cp"))
    .argument("<path...>", "what to copy, then where to; a path in a VM is VM:PATH")
    .description("copy files and directories to or from a VM that was kept")
    .addHelpText("after", EXAMPLES)
    .action(async (paths: string[], options: KeptOptions) =>
      context.exit(await withSecrets(context.stop, (secrecy) => cp(paths, options, context, secrecy))),
    );
}

/** A path here, or in a VM. */
interface Place {
  readonly vm?: string;
  readonly path: string;
}

/** As scp takes it apart: what stands before a colon is a VM, unless a slash comes before. */
export function placeOf(text: string): Place {
  const [, vm, path] = /^([^/:]+):([\s\S]*)$/.exec(text) ?? [];
  return vm === undefined ? { path: text } : { vm, path: path || "." };
}

/** Which way and with which VM. @throws ConfigError when it is not between one VM and here */
export function copyJob(paths: readonly string[]) {
  const places = paths.map(placeOf);
  const to = places.at(-1);
  const sources = places.slice(0, -1);
  if (!to || sources.length === 0) throw new ConfigError("name what to copy, then where to");
  const vms = new Set(sources.map(({ vm }) => vm));
  const [from] = vms;
  if (vms.size > 1) throw new ConfigError("what is copied in one go comes from one VM, or from here");
  if ((from === undefined) === (to.vm === undefined))
    throw new ConfigError(
      from === undefined
        ? "neither side is in a VM: write VM:PATH"
        : "both sides are in VMs: copy to here first",
    );
  return {
    direction: from === undefined ? ("to" as const) : ("from" as const),
    vm: from ?? to.vm ?? "",
    sources: sources.map(({ path }) => path),
    dest: to.path,
  };
}

async function cp(
  paths: readonly string[],
  options: KeptOptions,
  context: CommandContext,
  secrecy: Secrecy,
): Promise<number> {
  const job = copyJob(paths);
  const project = await keptProject(options, secrecy);
  const vm = vmNamed(job.vm, project.vms);
  return withKept([vm], project, options, context, async (found) => {
    const kept = running(vm, found);
    const { stop: signal } = context;
    const shell = await logInToKept(kept, await wayInto(kept, signal), { clock: systemClock, signal });
    try {
      const copy = job.direction === "to" ? copyToGuest : copyFromGuest;
      for (const source of job.sources) await copy(shell, source, job.dest, signal);
      return 0;
    } catch (thrown) {
      if (!(thrown instanceof ModuleFailure)) throw thrown;
      context.stderr(`farm: ${harmless(secrecy.secrets.mask(thrown.message))}\n`);
      return 1;
    } finally {
      await shell.close();
    }
  });
}
