import { type Command, InvalidArgumentError } from "commander";
import { systemClock } from "../clock.js";
import { formatSize, parseSize } from "../images/size.js";
import { POINTS_PER_VM } from "../provision/prune.js";
import { harmless } from "../report/harmless.js";
import { parseAge } from "../restore/age.js";
import { garbage } from "../restore/garbage.js";
import { isRemovable, removePoints } from "../restore/store.js";
import type { CommandContext } from "./context.js";
import { type FarmOptions, formatOption, withFarmOptions } from "./options.js";
import { type Secrecy, withSecrets } from "./prepare.js";
import { type HypervisorStore, withStores } from "./stores.js";

interface GcOptions extends FarmOptions {
  /** Bytes. */
  readonly maxSize?: number;
  /** Milliseconds. */
  readonly maxAge?: number;
  readonly dryRun?: boolean;
}

/** `farm gc`: removes restore points that nobody will restore. */
export function addGc(program: Command, context: CommandContext): void {
  withFarmOptions(program.command("gc"))
    .description("remove restore points that nobody will restore, and over a limit the least used")
    .option("--max-size <size>", "what all points of a pool directory may take together: 20G", size)
    .option("--max-age <age>", "remove what was not used for so long: 30d, 12h", age)
    .option("--dry-run", "say what would be removed, and why; change nothing")
    .addOption(formatOption())
    .addHelpText(
      "after",
      "\nNothing that a VM stands on is removed, nor what a point that stays is built on.\n\nExamples:\n  $ farm gc -i inv.yaml --dry-run\n  $ farm gc -i inv.yaml --max-size 50G --max-age 30d",
    )
    .action(async (options: GcOptions) =>
      context.exit(await withSecrets(context.stop, (secrecy) => gc(options, context, secrecy))),
    );
}

function size(text: string): number {
  const bytes = parseSize(text);
  if (bytes === undefined) throw new InvalidArgumentError("a size is a number with K, M, G or T: 20G");
  return bytes;
}

function age(text: string): number {
  const ms = parseAge(text);
  if (ms === undefined) throw new InvalidArgumentError("an age is a number with s, m, h, d or w: 30d");
  return ms;
}

interface Collected {
  readonly hypervisor: string;
  readonly pool: string;
  readonly name: string;
  readonly bytes: number;
  /** Why it goes. */
  readonly reason: string;
  /** Why it is still there, when somebody needed it after all. */
  readonly kept?: string;
}

/** Exit code 0, or 3 when a hypervisor could not be asked. @throws ConfigError(s) */
async function gc(options: GcOptions, context: CommandContext, secrecy: Secrecy): Promise<number> {
  const { results, complete } = await withStores(options, context, secrecy, (store) =>
    collect(store, options),
  );
  const all = results.flat();
  const { mask } = secrecy.secrets;
  const dryRun = options.dryRun === true;
  if (options.format === "json") context.stdout(mask(`${JSON.stringify({ dryRun, removals: all })}\n`));
  else context.stdout(mask(harmless(text(all, dryRun))));
  return complete ? 0 : 3;
}

async function collect({ session, store }: HypervisorStore, options: GcOptions): Promise<Collected[]> {
  const inUse = new Set([...store.vms.values()].filter((point) => point !== null));
  const limits = { maxAgeMs: options.maxAge, maxBytes: options.maxSize, perVm: POINTS_PER_VM };
  const where = { hypervisor: session.name, pool: store.pool };
  const removals = [
    ...garbage(store.points, inUse, limits, systemClock.now()).map(({ point, reason }) => ({
      ...where,
      name: point.manifest.name,
      bytes: point.bytes,
      reason,
    })),
    ...store.parts.filter(isRemovable).map((name) => ({ ...where, name, bytes: 0, reason: "half made" })),
  ];
  if (options.dryRun === true) return removals;
  const names = removals.map(({ name }) => name);
  const kept = await removePoints(session.shell, store.pool, names);
  return removals.map((removal) => {
    const why = kept.get(removal.name);
    return why === undefined ? removal : { ...removal, kept: why };
  });
}

function text(all: readonly Collected[], dryRun: boolean): string {
  if (all.length === 0) return "nothing to remove\n";
  const gone = all.filter(({ kept }) => kept === undefined);
  const bytes = gone.reduce((sum, each) => sum + each.bytes, 0);
  const lines = all.map(({ hypervisor, name, reason, kept }) => {
    const what = dryRun ? "would remove" : kept === undefined ? "removed" : "kept";
    return `${what} ${name} on ${hypervisor}: ${kept ?? reason}\n`;
  });
  return `${lines.join("")}${dryRun ? "it would free" : "freed"} ${formatSize(bytes)}\n`;
}
