import { statSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { systemClock } from "../src/clock.js";
import { expectSuccess } from "../src/images/fetch/job.js";
import type { StoredImage } from "../src/images/layout/store-layout.js";
import type { ImageRecipe } from "../src/images/recipe/image-recipe.js";
import { isoImage } from "../src/images/seed/iso9660.js";
import { seedCommand } from "../src/images/seed/seed-command.js";
import { ImageStore } from "../src/images/store.js";
import { persistentShell } from "../src/transport/persistent/persistent-shell.js";
import type { Shell } from "../src/transport/shell.js";
import { formatSize } from "../src/values/size.js";
import { inDirectory } from "./in-directory.js";
import { localhost, type Machine, ownSshd } from "./machine.js";
import { start } from "./start.js";

const USAGE = `Usage: bench/image [--mib N,N...] [--runs N] [--copies N] [--local]

Makes an image of each size (default 512,8192 MiB, full of noise, with a GPT), brings it into a store, and then makes a VM's disk of it
in turns: by farm (look up, overlay, partition table grown, seed disk with a key), N runs (default 10), and by convert to raw,
truncate, parted, convert back, N copies (default 2). Prints milliseconds. Through an sshd of its own on this machine, which
only root can start; with --local without one. Four times the largest image must fit into the temporary directory.
`;

const MIB = 2 ** 20;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      mib: { type: "string", default: "512,8192" },
      runs: { type: "string", default: "10" },
      copies: { type: "string", default: "2" },
      local: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  const sizes = values.mib.split(",").map(Number);
  const [runs, copies] = [Number(values.runs), Number(values.copies)];
  if (values.help || ![...sizes, runs, copies].every((n) => Number.isInteger(n) && n > 0)) {
    process.stderr.write(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const machine = values.local ? localhost : await ownSshd();
  try {
    await inDirectory((directory) => compare(machine, directory, sizes, runs, copies));
  } finally {
    await machine.stop();
  }
}

async function compare(
  machine: Machine,
  directory: string,
  sizes: readonly number[],
  runs: number,
  copies: number,
): Promise<void> {
  const shell = persistentShell(await machine.connect());
  try {
    for (const mib of sizes) {
      const at = join(directory, String(mib));
      await mkdir(at);
      await measure(shell, at, mib, runs, copies);
      await rm(at, { recursive: true });
    }
  } finally {
    await shell.close();
  }
}

/** Farm's turns are spread over the copies, so that both see the same load. */
async function measure(shell: Shell, at: string, mib: number, runs: number, copies: number): Promise<void> {
  const { image, recipe, pool } = await prepared(shell, at, mib);
  const [farm, seed]: [number[], number[]] = [[], []];
  for (let copy = 0; copy < copies; copy += 1) {
    for (let run = 0; run < Math.ceil(runs / copies); run += 1)
      farm.push(await timed(() => byFarm(shell, pool, recipe, join(at, "vm"))));
    seed.push(await timed(() => byCopying(shell, image.path, at, recipe.sizeBytes ?? 0)));
  }
  const [ours, theirs] = [median(farm), median(seed)];
  const leaf = statSync(join(at, "vm/disk.qcow2")).blocks * 512;
  process.stdout.write(
    `${formatSize(statSync(image.path).size)} image: farm ${spread(farm)}, copies ${spread(seed)}, ${(theirs / ours).toFixed(0)} x; farm's leaf has ${formatSize(leaf)}\n`,
  );
}

/** An image in a store, fetched and verified. */
async function prepared(shell: Shell, at: string, mib: number) {
  const source = join(at, "image.qcow2");
  await run(shell, NOISE, at, source, String(mib));
  const pool = join(at, "pool");
  const plain: ImageRecipe = { dest: "disk", url: source, inject: "nocloud", inPlace: false };
  const image = await new ImageStore(shell, pool, { clock: systemClock }).ensure(plain);
  await rm(source);
  // What is fetched is asked for by its digest; it is never read again.
  const checksum = { algorithm: "sha256", hex: image.sha256 } as const;
  const recipe: ImageRecipe = {
    ...{ ...plain, url: "http://127.0.0.1:9/image.qcow2", checksum },
    ...{ sizeBytes: (mib + 2048) * MIB, partitionNumber: 1 },
  };
  return { image, recipe, pool };
}

/** All that farm does for the disk of one VM, by a farm that has just been started. */
async function byFarm(shell: Shell, pool: string, recipe: ImageRecipe, vm: string): Promise<StoredImage> {
  const store = new ImageStore(shell, pool, { clock: systemClock });
  const image = await store.ensure(recipe);
  await store.createLeaf(image, join(vm, "disk.qcow2"), recipe);
  const seed = isoImage("cidata", { "meta-data": KEY, "user-data": KEY });
  await expectSuccess({ shell }, seedCommand(join(vm, "seed.iso"), seed), "make the seed disk of");
  return image;
}

const KEY = `ssh-ed25519 ${"A".repeat(68)} farm\n`;

const NOISE = `cd "$1" && qemu-img create -q -f raw raw "$3M" && sgdisk -n 1:0:0 raw >/dev/null &&
head -c "$(($3 - 4))M" /dev/urandom | dd of=raw bs=1M seek=2 conv=notrunc iflag=fullblock status=none &&
qemu-img convert -q -W -m 8 -f raw -O qcow2 raw "$2" && rm raw`;

const COPY = `cd "$1" && qemu-img convert -f qcow2 -O raw "$2" copy.raw && truncate --size="$3" copy.raw &&
PATH=$PATH:/usr/sbin:/sbin; printf 'fix\\n' | parted ---pretend-input-tty copy.raw print >/dev/null && parted -s copy.raw resizepart 1 100% &&
qemu-img convert -f raw -O qcow2 copy.raw copy.qcow2 && rm copy.raw copy.qcow2`;

/** The least that a callback does which makes a disk of its own. */
const byCopying = (shell: Shell, image: string, at: string, bytes: number): Promise<void> =>
  run(shell, COPY, at, image, String(bytes));

async function run(shell: Shell, script: string, ...words: string[]): Promise<void> {
  const { code, stderr } = await shell.run({ argv: ["sh", "-c", script, "bench", ...words] });
  if (code !== 0) throw new Error(stderr);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

const sorted = (all: readonly number[]) => [...all].sort((one, other) => one - other);
const median = (all: readonly number[]): number => sorted(all)[Math.floor(all.length / 2)] ?? Number.NaN;
const ms = (value: number | undefined) => `${(value ?? Number.NaN).toFixed(0)} ms`;
const spread = (all: readonly number[]): string =>
  `${ms(median(all))} (${ms(sorted(all)[0])} to ${ms(sorted(all).at(-1))})`;

start(main);
