import type { Command } from "commander";
import { systemClock } from "../clock.js";
import { formatSize } from "../images/size.js";
import { harmless } from "../report/harmless.js";
import { formatAge } from "../restore/age.js";
import type { CommandContext } from "./context.js";
import { type FarmOptions, formatOption, withFarmOptions } from "./options.js";
import { type Secrecy, withSecrets } from "./prepare.js";
import { type HypervisorStore, withStores } from "./stores.js";

/** `farm ls`: what farm keeps on the hypervisors, and what uses what. */
export function addLs(program: Command, context: CommandContext): void {
  withFarmOptions(program.command("ls"))
    .description("show restore points and VMs on the hypervisors: what uses what, sizes, ages")
    .addOption(formatOption())
    .addHelpText("after", "\nExamples:\n  $ farm ls -i inv.yaml\n  $ farm ls -i inv.yaml --format json")
    .action(async (options: FarmOptions) =>
      context.exit(await withSecrets(context.stop, (secrecy) => ls(options, context, secrecy))),
    );
}

/** What `--format json` prints, a list of these. */
interface ListedPool {
  readonly hypervisor: string;
  readonly pool: string;
  readonly points: readonly {
    readonly name: string;
    readonly kind: string;
    readonly project: string;
    readonly vm: string;
    readonly created: string;
    /** ISO 8601 */
    readonly used: string;
    readonly bytes: number;
    readonly live: boolean;
    readonly below: string | null;
    /** Directories of VMs that stand on it. */
    readonly vms: readonly string[];
  }[];
  readonly vms: readonly { readonly directory: string; readonly point: string | null }[];
  /** Half-made points. */
  readonly parts: readonly string[];
}

/** Exit code 0, or 3 when a hypervisor could not be asked. @throws ConfigError(s) */
async function ls(options: FarmOptions, context: CommandContext, secrecy: Secrecy): Promise<number> {
  const { results, complete } = await withStores(options, context, secrecy, async (store) => listed(store));
  const { mask } = secrecy.secrets;
  const text = results.map(poolText).join("\n") || "nothing is kept on any hypervisor\n";
  context.stdout(mask(options.format === "json" ? `${JSON.stringify(results)}\n` : harmless(text)));
  return complete ? 0 : 3;
}

function listed({ session, store: { pool, points, vms, parts } }: HypervisorStore): ListedPool {
  const standing = (name: string) => [...vms].filter(([, point]) => point === name).map(([vm]) => vm);
  return {
    hypervisor: session.name,
    pool,
    points: points.map(({ manifest, bytes, usedAt }) => ({
      name: manifest.name,
      kind: manifest.kind,
      project: manifest.project,
      vm: manifest.vm,
      created: manifest.created,
      used: new Date(usedAt).toISOString(),
      bytes,
      live: manifest.live,
      below: manifest.below,
      vms: standing(manifest.name),
    })),
    vms: [...vms].map(([directory, point]) => ({ directory, point })),
    parts,
  };
}

const HEADINGS = ["PROJECT", "VM", "POINT", "SIZE", "USED", "MEMORY", "ON", "NAME"];

function poolText({ hypervisor, pool, points, vms, parts }: ListedPool): string {
  const bytes = points.reduce((sum, point) => sum + point.bytes, 0);
  const now = systemClock.now();
  const rows = points.map((point) => [
    point.project,
    point.vm,
    point.kind,
    formatSize(point.bytes),
    `${formatAge(now - Date.parse(point.used))} ago`,
    point.live ? "yes" : "no",
    point.below?.replace(/-.*/, "") ?? "image",
    point.vms.length > 0 ? `${point.name}, a VM stands on it` : point.name,
  ]);
  const lines = [
    `${hypervisor}:${pool}: ${points.length} restore points, ${formatSize(bytes)}`,
    ...(rows.length > 0 ? table([HEADINGS, ...rows]) : []),
    ...vms.map(({ directory }) => `  VM directory ${directory}`),
    ...parts.map((name) => `  half made: ${name}`),
  ];
  return `${lines.join("\n")}\n`;
}

/** Columns as wide as their widest cell. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd(),
  );
}
