import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Judgement, Maker } from "../../../src/images/maker.js";
import type { Provided } from "../../../src/images/recipe/image-recipe.js";
import { digest, qemuImg, recipe, sampleImages, sha, testPool } from "./pool.js";

const NOTHING = { files: {}, variables: {}, environment: {} };

let samples: ReturnType<typeof sampleImages>;
let pool: ReturnType<typeof testPool>;
beforeAll(() => {
  samples = sampleImages();
});
afterAll(() => samples.remove());
beforeEach(() => {
  pool = testPool();
});
afterEach(() => pool.remove());

/** A callback that is given an image, or none, and what is done in its stead. */
const made = (from?: Provided, dest = "deep/out.qcow2"): Provided => ({
  ...recipe("callbacks/mark.yaml"),
  made: {
    file: "/p/callbacks/mark.yaml",
    shown: "callbacks/mark.yaml",
    task: {},
    source: {},
    dest,
    ...(from && { from: { name: "deep/in.qcow2", recipe: from } }),
  },
});

interface Play {
  readonly work?: (directory: string) => void;
  readonly judge?: () => Judgement;
  readonly vm?: string;
}

/** What runs the callback, and how often it did. */
function player({ work = mark, judge = () => "same", vm = "vm" }: Play = {}) {
  const given: string[] = [];
  const maker: Maker = {
    key: (base, whose) => {
      if (base !== undefined) given.push(base);
      const name = JSON.stringify([base, whose === "this" && vm]);
      return createHash("md5").update(name).digest("hex");
    },
    judge: async () => judge(),
    run: async (directory) => {
      runs.push(directory);
      work(directory);
      return NOTHING;
    },
  };
  const runs: string[] = [];
  return { runs, given, options: { makerOf: async () => maker } };
}

const image = (directory: string, name: string) => join(directory, "deep", name);
/** The image that it was given, larger. */
function mark(directory: string): void {
  qemuImg("resize", "-q", "-f", "qcow2", image(directory, "in.qcow2"), "8M");
  execFileSync("mv", [image(directory, "in.qcow2"), image(directory, "out.qcow2")]);
}
const good = (): Provided => recipe(samples.path("good.qcow2"), { checksum: digest("sha256", samples.good) });

test("a callback is given a copy, and what it makes is in the store, verified and found again", async () => {
  const { runs, options } = player();
  const [first] = [await pool.store().ensure(made(good()), options)];
  expect(first).toMatchObject({ format: "qcow2", virtualSizeBytes: 8 << 20 });
  expect(sha("sha256", readFileSync(first.path))).toBe(first.sha256);
  expect(runs).toHaveLength(1);
  expect(runs.filter(existsSync)).toEqual([]);
  expect(pool.contents().filter((name) => name.endsWith(".part"))).toEqual([]);
  expect(await pool.store().ensure(made(good()), options)).toEqual(first);
  expect(runs).toHaveLength(1);
  expect(sha("sha256", readFileSync(samples.path("good.qcow2")))).toBe(sha("sha256", samples.good));
});

test("ten VMs at once: it runs once", async () => {
  const { runs, options } = player();
  const store = pool.store();
  const all = await Promise.all(Array.from({ length: 10 }, () => store.ensure(made(good()), options)));
  expect(new Set(all.map(({ path }) => path)).size).toBe(1);
  expect(runs).toHaveLength(1);
});

test("two farms at once: it runs once", async () => {
  const { runs, options } = player();
  await Promise.all([pool.store().ensure(made(good()), options), pool.store().ensure(made(good()), options)]);
  expect(runs).toHaveLength(1);
});

test("what it looked at has changed: it runs again", async () => {
  const { runs, options } = player();
  await pool.store().ensure(made(good()), options);
  const changed = player({ judge: () => (changed.runs.length === 0 ? "changed" : "same") });
  await pool.store().ensure(made(good()), changed.options);
  expect([runs.length, changed.runs.length]).toEqual([1, 1]);
});

test("what is right for another VM only is made for this one too, and both stay", async () => {
  const one = player({ vm: "one" });
  await pool.store().ensure(made(good()), one.options);
  let judged = 0;
  const other = player({ vm: "other", judge: () => (judged++ < 2 ? "another's" : "same") });
  await pool.store().ensure(made(good()), other.options);
  expect(other.runs).toHaveLength(1);
  const again = player({ vm: "one" });
  await pool.store().ensure(made(good()), again.options);
  expect(again.runs).toEqual([]);
});

test("an image that grew before the callback has its new size there, and is one file", async () => {
  let info = { "virtual-size": 0, "backing-filename": "?" };
  const { options } = player({
    work: (directory) => {
      info = JSON.parse(qemuImg("info", "--output=json", image(directory, "in.qcow2")));
      mark(directory);
    },
  });
  await pool.store().ensure(made({ ...good(), sizeBytes: 4 << 20 }), options);
  expect(info["virtual-size"]).toBe(4 << 20);
  expect(info["backing-filename"]).toBeUndefined();
});

test("a digest that the definition says is enough: what was made needs no image to be there", async () => {
  const { options, runs } = player();
  await pool.store().ensure(made(good()), options);
  const gone = { ...good(), url: "/nowhere/gone.qcow2" };
  await pool.store().ensure(made(gone), options);
  expect(runs).toHaveLength(1);
});

test("an image of nothing, unpacked and converted afterwards", async () => {
  const work = (directory: string) => {
    execFileSync("sh", [
      "-c",
      'mkdir "$1/deep" && gzip -c "$2" >"$1/deep/out.qcow2"',
      "sh",
      directory,
      samples.path("raw.img"),
    ]);
  };
  const { options } = player({ work });
  const made1 = await pool.store().ensure({ ...made(), unpack: {}, convertTo: "qcow2" }, options);
  expect(made1).toMatchObject({ format: "qcow2", virtualSizeBytes: samples.raw.length });
});

test.each<[string, (directory: string) => void, RegExp]>([
  ["no file", () => undefined, /callbacks\/mark\.yaml made no file 'deep\/out\.qcow2' on 'hv'/],
  ["a link", (directory) => symlinkSync("/etc/passwd", image(directory, "out.qcow2")), /made no file/],
  [
    "an image that names another",
    (directory) => writeFileSync(image(directory, "out.qcow2"), samples.backed),
    /refused the image callbacks\/mark\.yaml: it names a backing file/,
  ],
  [
    "a damaged image",
    (directory) => writeFileSync(image(directory, "out.qcow2"), samples.truncated),
    /structure is damaged/,
  ],
  [
    "a failure",
    () => {
      throw new Error("the task said no");
    },
    /the task said no/,
  ],
])("%s leaves nothing behind", async (_name, work, message) => {
  const { options } = player({ work });
  await expect(pool.store().ensure(made(good()), options)).rejects.toThrow(message);
  expect(pool.contents().filter((name) => name.endsWith(".part"))).toEqual([]);
  const { runs, options: next } = player();
  await pool.store().ensure(made(good()), next);
  expect(runs).toHaveLength(1);
});

test("what a farm that was killed has left of its work goes when the next one comes", async () => {
  const { options, runs } = player();
  const killed = player({
    work: () => {
      throw new Error("stop");
    },
  });
  await expect(pool.store().ensure(made(good()), killed.options)).rejects.toThrow("stop");
  const [directory = ""] = killed.runs;
  execFileSync("mkdir", ["-p", join(directory, "deep")]);
  writeFileSync(image(directory, "in.qcow2"), "half");
  await pool.store().ensure(made(good()), options);
  expect(runs).toHaveLength(1);
  expect(existsSync(directory)).toBe(false);
  expect(readdirSync(pool.images).filter((name) => name.includes("fetch"))).toEqual([]);
});
