import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../../src/clock.js";
import type { ImageRecipe } from "../../../src/images/recipe/image-recipe.js";
import { ImageStore } from "../../../src/images/store.js";
import { localShell } from "../../../src/transport/local-shell.js";

export const sha = (algorithm: "sha256" | "sha512", content: Buffer): string =>
  createHash(algorithm).update(content).digest("hex");

export const digest = (algorithm: "sha256" | "sha512", content: Buffer) => ({
  algorithm,
  hex: sha(algorithm, content),
});

export const qemuImg = (...argv: string[]): string => execFileSync("qemu-img", argv, { encoding: "utf8" });

/** A directory with images made by the real qemu-img. */
export function sampleImages() {
  const directory = mkdtempSync(join(tmpdir(), "farm-samples-"));
  const path = (name: string) => join(directory, name);
  writeFileSync(path("raw.img"), Buffer.concat([randomBytes(1 << 20), Buffer.alloc(1 << 20)]));
  qemuImg("convert", "-f", "raw", "-O", "qcow2", path("raw.img"), path("good.qcow2"));
  qemuImg("create", "-q", "-f", "qcow2", "-b", path("raw.img"), "-F", "raw", path("backed.qcow2"));
  qemuImg("create", "-q", "-f", "qcow2", "-o", `data_file=${path("data.raw")}`, path("data.qcow2"), "1M");
  const read = (name: string) => readFileSync(path(name));
  const good = read("good.qcow2");
  return {
    path,
    good,
    raw: read("raw.img"),
    backed: read("backed.qcow2"),
    withDataFile: read("data.qcow2"),
    truncated: good.subarray(0, good.length - 300_000),
    remove: () => rmSync(directory, { recursive: true }),
  };
}

const TOOLS =
  "sh cat chmod cp cut dirname flock head mkdir mv od qemu-img rm sed setsid sha256sum sha512sum sleep stat sync tail tr truncate grep gzip".split(
    " ",
  );

/** Waits that take no time, noted. Only the store's back-off may sleep; its long deadline never ends. */
export function quickClock(slept: number[] = []): Clock {
  return {
    now: () => Date.UTC(2026, 10, 23),
    sleep: (ms, signal) => {
      if (ms < 3600_000) {
        slept.push(ms);
        return Promise.resolve();
      }
      return new Promise((_resolve, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
    },
  };
}

/** A new, empty pool directory and stores on it: each is a farm of its own. */
export function testPool() {
  const directory = mkdtempSync(join(tmpdir(), "farm-pool-"));
  const pool = join(directory, "my pool; $(touch gone)");
  const images = join(pool, "farm", "images");
  const slept: number[] = [];
  const warnings: string[] = [];
  const list = (path: string): string[] => (existsSync(path) ? readdirSync(path).sort() : []);
  return {
    pool,
    images,
    slept,
    warnings,
    store: (env?: NodeJS.ProcessEnv, clock: Clock = quickClock(slept)) =>
      new ImageStore(localShell({ name: "hv", home: directory, ...(env && { env }) }), pool, {
        clock,
        onWarning: (message) => warnings.push(message),
      }),
    /** The directory, as a farm before would have made it. */
    make: () => mkdirSync(images, { recursive: true }),
    /** Images and partial files, without the two directories that are always there. */
    contents: () => list(images).filter((name) => name !== "index" && name !== "locks"),
    index: () => list(join(images, "index")),
    /** An environment with what the store always needs, and these programs. */
    onlyWith: (...programs: string[]): NodeJS.ProcessEnv => {
      const bin = mkdtempSync(join(directory, "bin-"));
      for (const name of [...TOOLS, ...programs]) symlinkSync(`/usr/bin/${name}`, join(bin, name));
      return { ...process.env, PATH: bin };
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

export const recipe = (url: string, more: Partial<ImageRecipe> = {}): ImageRecipe => ({
  dest: "disk",
  url,
  inject: "none",
  inPlace: false,
  ...more,
});
