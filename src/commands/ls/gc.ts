import { type Command, InvalidArgumentError } from "commander";
import { systemClock } from "../../clock.js";
import { fetchedDirectory } from "../../images/controller-cache.js";
import { collectFetched } from "../../provision/garbage/collect-fetched.js";
import { type Collected, collectGarbage, findGarbage } from "../../provision/garbage/collect-garbage.js";
import type { Pool } from "../../provision/pool.js";
import { POINTS_PER_VM } from "../../provision/vm/prune.js";
import { harmless } from "../../report/harmless.js";
import { AGE_FORM, parseAge } from "../../values/age.js";
import { parseSize, SIZE_FORM } from "../../values/size.js";
import type { CommandContext } from "../context.js";
import { type FarmOptions, formatOption, withFarmOptions } from "../options.js";
import { type Secrecy, withSecrets } from "../prepare.js";
import { gcText, type Line, type Over } from "./gc-text.js";
import { withPools } from "./pools.js";

interface GcOptions extends FarmOptions {
  /** Bytes. */
  readonly maxSize?: number;
  /** Milliseconds. */
  readonly maxAge?: number;
  readonly dryRun?: boolean;
}

/** `farm gc`: removes what nothing reaches, and what is over a limit. */
export function addGc(program: Command, context: CommandContext): void {
  withFarmOptions(program.command("gc"))
    .description(
      "remove what nothing reaches: superseded and half-made restore points, dead VMs and their runs; over a limit the least used points and images",
    )
    .option(
      "--max-size <size>",
      "what all points and images of a pool directory may take together: 20G",
      size,
    )
    .option("--max-age <age>", "remove what was not used for so long: 30d, 12h", age)
    .option("--dry-run", "say what would be removed, and why; change nothing")
    .addOption(formatOption())
    .addHelpText(
      "after",
      "\nNothing that a VM stands on or may be about to is removed, nor what a point that stays is built on.\n\nExamples:\n  $ farm gc -i inv.yaml --dry-run\n  $ farm gc -i inv.yaml --max-size 50G --max-age 30d",
    )
    .action(async (options: GcOptions) =>
      context.exit(await withSecrets(context.stop, (secrecy) => gc(options, context, secrecy))),
    );
}

function size(text: string): number {
  const bytes = parseSize(text);
  if (bytes === undefined) throw new InvalidArgumentError(SIZE_FORM);
  return bytes;
}

function age(text: string): number {
  const ms = parseAge(text);
  if (ms === undefined) throw new InvalidArgumentError(AGE_FORM);
  return ms;
}

interface PoolResult {
  readonly lines: readonly Line[];
  readonly over: readonly Over[];
}

/** Exit code 0, or 3 when a hypervisor could not be asked. @throws ConfigError(s) */
async function gc(options: GcOptions, context: CommandContext, secrecy: Secrecy): Promise<number> {
  const { results, complete } = await withPools(options, context, secrecy, (pool) => collect(pool, options));
  const fetched = await collectFetched(limitsOf(options), {
    dryRun: options.dryRun === true,
    now: systemClock.now(),
    signal: context.stop,
  });
  const where = { hypervisor: "the controller", pool: fetchedDirectory() };
  const all = [
    ...results.flatMap(({ lines }) => lines),
    ...fetched.map((removal) => ({ ...where, ...removal })),
  ];
  const over = results.flatMap((each) => each.over);
  const { mask } = secrecy.secrets;
  const dryRun = options.dryRun === true;
  if (options.format === "json") context.stdout(mask(`${JSON.stringify({ dryRun, removals: all, over })}\n`));
  else context.stdout(mask(harmless(gcText(all, over, { dryRun, complete }))));
  return complete ? 0 : 3;
}

const limitsOf = ({ maxAge, maxSize }: GcOptions) => ({
  maxAgeMs: maxAge,
  maxBytes: maxSize,
  perVm: POINTS_PER_VM,
});

async function collect(pool: Pool, options: GcOptions): Promise<PoolResult> {
  const { dryRun } = options;
  const limits = limitsOf(options);
  const now = systemClock.now();
  const removals: Collected[] =
    dryRun === true ? findGarbage(pool, limits, now) : await collectGarbage(pool, limits, now);
  const where = { hypervisor: pool.session.name, pool: pool.store.pool };
  const bytes = sizeWithout(pool, removals);
  return {
    lines: removals.map((removal) => ({ ...where, ...removal })),
    over: bytes > (options.maxSize ?? Number.POSITIVE_INFINITY) ? [{ ...where, bytes }] : [],
  };
}

/** Of the points and images of a pool that stay. */
function sizeWithout({ store: { points, images } }: Pool, removals: readonly Collected[]): number {
  const gone = new Set(removals.flatMap(({ name, kept }) => (kept === undefined ? [name] : [])));
  const all = [...points.map(({ manifest, bytes }) => ({ name: manifest.name, bytes })), ...images];
  return all.reduce((sum, { name, bytes }) => sum + (gone.has(name) ? 0 : bytes), 0);
}
