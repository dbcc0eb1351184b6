import { spawn } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ConfigError, ImageError } from "../../../src/errors.js";
import type { ImageProgress } from "../../../src/images/fetch/job.js";
import { sourceKey } from "../../../src/images/recipe/source-url.js";
import { ImageStore } from "../../../src/images/store.js";
import { localShell } from "../../../src/transport/local-shell.js";
import { scriptedShell } from "../../fakes/scripted-shell.js";
import { serve } from "../../lab/image-server.js";
import { digest, qemuImg, quickClock, recipe, sha, testPool } from "./pool.js";
import { pool, samples, server, useServedPool } from "./served-pool.js";

useServedPool();

describe("a SUMS file", () => {
  const withSums = (path = "/SHA512SUMS") =>
    recipe(`${server.url}/good.qcow2`, { checksum: { sumsUrl: `${server.url}${path}` } });

  test.each(["sha256", "sha512"] as const)(
    "of %s confirms the image, and is all that is asked for again",
    async (algorithm) => {
      server.on("/good.qcow2", serve(samples.good));
      server.on("/SHA512SUMS", serve(Buffer.from(`${sha(algorithm, samples.good)}  good.qcow2\n`)));
      const first = await pool.store().ensure(withSums());
      expect(await pool.store().ensure(withSums())).toEqual(first);
      expect(server.requests).toEqual(["GET /SHA512SUMS", "GET /good.qcow2", "GET /SHA512SUMS"]);
    },
  );

  test("with a new digest brings the new image", async () => {
    server.on("/good.qcow2", serve(samples.good));
    server.on("/SHA512SUMS", serve(Buffer.from(`${sha("sha256", samples.good)}  good.qcow2\n`)));
    await pool.store().ensure(withSums());
    server.on("/good.qcow2", serve(samples.raw));
    server.on("/SHA512SUMS", serve(Buffer.from(`${sha("sha256", samples.raw)}  good.qcow2\n`)));
    expect((await pool.store().ensure(withSums())).sha256).toBe(sha("sha256", samples.raw));
    expect(pool.contents()).toHaveLength(2);
  });

  test("that is gone does not stop who has the image, and stops who has not", async () => {
    const work = pool.store().ensure(withSums());
    await expect(work).rejects.toThrow(/cannot fetch the SUMS file .*answered 404/);
    server.on("/good.qcow2", serve(samples.good));
    server.on("/SHA512SUMS", serve(Buffer.from(`${sha("sha256", samples.good)}  good.qcow2\n`)));
    const first = await pool.store().ensure(withSums());
    await server.close();
    expect(await pool.store().ensure(withSums())).toEqual(first);
    expect(pool.warnings.at(-1)).toMatch(/using the stored image .*SUMS file cannot be read/);
  });

  test("that does not name the image, or names another digest", async () => {
    server.on("/SHA512SUMS", serve(Buffer.from(`${"0".repeat(64)}  other.qcow2\n`)));
    await expect(pool.store().ensure(withSums())).rejects.toThrow(
      /has no sha256 or sha512 digest of 'good.qcow2'/,
    );
    server.on("/good.qcow2", serve(samples.good));
    server.on("/SHA512SUMS", serve(Buffer.from(`${"0".repeat(64)}  good.qcow2\n`)));
    await expect(pool.store().ensure(withSums())).rejects.toThrow(/wanted 0000/);
    expect(pool.contents()).toEqual([]);
  });
});

describe.each(["curl", "wget"])("without a checksum, by %s", (fetcher) => {
  const store = () => pool.store(pool.onlyWith(fetcher));
  const plain = () => recipe(`${server.url}/good.qcow2`);

  test("the same ETag: not fetched again; another: fetched", async () => {
    server.on("/good.qcow2", serve(samples.good, { etag: '"1"' }));
    await store().ensure(plain());
    await store().ensure(plain());
    expect(server.requests).toEqual(["GET /good.qcow2", "HEAD /good.qcow2"]);
    server.on("/good.qcow2", serve(samples.raw, { etag: '"2"' }));
    expect((await store().ensure(plain())).sha256).toBe(sha("sha256", samples.raw));
  });

  test("no ETag and no time: fetched again, kept once", async () => {
    server.on("/good.qcow2", serve(samples.good));
    await store().ensure(plain());
    await store().ensure(plain());
    expect(server.requests.filter((line) => line.startsWith("GET"))).toHaveLength(2);
    expect(pool.contents()).toHaveLength(1);
  });

  test("a server that is gone: the stored image, with a warning", async () => {
    server.on("/good.qcow2", serve(samples.good, { "last-modified": "Mon, 23 Nov 2026 10:00:00 GMT" }));
    const first = await store().ensure(plain());
    await server.close();
    expect(await store().ensure(plain())).toEqual(first);
    expect(pool.warnings).toEqual([expect.stringMatching(/server cannot be reached/)]);
  });
});

describe("a file of the hypervisor", () => {
  test("is copied once, and again when it has changed", async () => {
    const file = join(samples.path("file.qcow2"));
    writeFileSync(file, samples.good);
    const first = await pool.store().ensure(recipe(file));
    const { ino, mtimeMs } = statSync(first.path);
    expect(await pool.store().ensure(recipe(file))).toEqual(first);
    expect(statSync(first.path)).toMatchObject({ ino, mtimeMs });
    writeFileSync(file, samples.raw);
    expect((await pool.store().ensure(recipe(file))).sha256).toBe(sha("sha256", samples.raw));
    expect(readFileSync(first.path).equals(samples.good)).toBe(true);
    expect(pool.contents()).toHaveLength(2);
  });

  test("with another time but the same content is hashed, not kept twice", async () => {
    const file = samples.path("touched.qcow2");
    writeFileSync(file, samples.good);
    const first = await pool.store().ensure(recipe(file));
    utimesSync(file, 1, 1);
    expect(await pool.store().ensure(recipe(file))).toEqual(first);
    expect(pool.contents()).toHaveLength(1);
  });

  test("with its wrong digest, or not there", async () => {
    const wrong = recipe(samples.path("good.qcow2"), {
      checksum: { algorithm: "sha256", hex: "0".repeat(64) },
    });
    await expect(pool.store().ensure(wrong)).rejects.toThrow(/wanted 000/);
    await expect(pool.store().ensure(recipe("/none/x.qcow2"))).rejects.toThrow(
      "no readable file /none/x.qcow2 on 'hv'",
    );
    expect(pool.contents()).toEqual([]);
  });

  test("that changes while it is read is not taken", async () => {
    const file = samples.path("growing.qcow2");
    writeFileSync(file, samples.good);
    const onProgress = ({ step }: ImageProgress) => {
      if (step === "verify") utimesSync(file, 5, 5);
    };
    await expect(pool.store().ensure(recipe(file), { onProgress })).rejects.toThrow(
      /changed while it was read/,
    );
    expect(pool.contents()).toEqual([]);
  });

  test("used in place is neither copied nor changed", async () => {
    const file = samples.path("place.qcow2");
    writeFileSync(file, samples.good, { mode: 0o640 });
    const inPlace = recipe(file, { inPlace: true });
    const expected = {
      path: file,
      sha256: sha("sha256", samples.good),
      format: "qcow2",
      virtualSizeBytes: 2 << 20,
    };
    expect(await pool.store().ensure(inPlace)).toEqual(expected);
    expect(await pool.store().ensure(inPlace)).toEqual(expected);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(pool.contents()).toEqual([]);
    expect(pool.index()).toEqual([`${sourceKey(file)}.json`]);
    await expect(
      pool.store().ensure(recipe(samples.path("backed.qcow2"), { inPlace: true })),
    ).rejects.toThrow(/backing file/);
  });
});

describe("the store's own files", () => {
  test("what a dead fetch left is removed, another image's is not", async () => {
    server.on("/good.qcow2", serve(samples.good));
    const url = `${server.url}/good.qcow2`;
    mkdirSync(pool.images, { recursive: true });
    writeFileSync(join(pool.images, `fetch-${sourceKey(url)}-dead.part`), "half");
    writeFileSync(join(pool.images, `fetch-${sourceKey("/other")}-live.part`), "half");
    await pool.store().ensure(recipe(url));
    expect(pool.contents()).toEqual([
      `fetch-${sourceKey("/other")}-live.part`,
      `sha256-${sha("sha256", samples.good)}.qcow2`,
    ]);
  });

  test("a stored image that lost its end is fetched anew", async () => {
    server.on("/good.qcow2", serve(samples.good));
    const wanted = recipe(`${server.url}/good.qcow2`, { checksum: digest("sha256", samples.good) });
    const { path } = await pool.store().ensure(wanted);
    writeFileSync(path, "damaged");
    await pool.store().ensure(wanted);
    expect(readFileSync(path).equals(samples.good)).toBe(true);
  });

  test("garbage in the index is as good as nothing", async () => {
    server.on("/good.qcow2", serve(samples.good));
    const wanted = recipe(`${server.url}/good.qcow2`, { checksum: digest("sha512", samples.good) });
    await pool.store().ensure(wanted);
    for (const name of pool.index())
      writeFileSync(join(pool.images, "index", name), '{"sha256":"../../x"}\n$(id)');
    expect((await pool.store().ensure(wanted)).sha256).toBe(sha("sha256", samples.good));
  });

  test("the lock of another farm is waited for, and what it brought is used", async () => {
    server.on("/good.qcow2", serve(samples.good));
    const url = `${server.url}/good.qcow2`;
    const wanted = recipe(url, { checksum: digest("sha256", samples.good) });
    const other = testPool();
    await other.store().ensure(wanted);
    mkdirSync(join(pool.images, "locks"), { recursive: true });
    const lock = join(pool.images, "locks", sourceKey(url));
    writeFileSync(lock, "you@there, run 1\n");
    const holder = spawn("flock", [lock, "sh", "-c", "echo held; cat"]);
    await new Promise((resolve) => holder.stdout.once("data", resolve));
    await expect(pool.store().ensure(wanted, { waits: false })).rejects.toThrow(
      /another farm fetches the same image on '.*': you@there, run 1$/,
    );
    const steps: ImageProgress[] = [];
    const { path } = await pool.store().ensure(wanted, {
      owner: "me@here, run 2",
      onProgress: (progress) => {
        if (steps.push(progress) > 1) return;
        cpSync(other.images, pool.images, { recursive: true });
        holder.stdin.end();
      },
    });
    other.remove();
    expect(steps).toEqual([
      { step: "wait for another farm", done: 0, holder: "you@there, run 1", deadlineMs: 6 * 3_600_000 },
    ]);
    expect(readFileSync(lock, "utf8")).toBe("me@here, run 2\n");
    expect(readFileSync(path).equals(samples.good)).toBe(true);
    expect(server.requests).toEqual(["GET /good.qcow2"]);
  });

  test("a hypervisor without a tool: the error names the package", async () => {
    const bare = pool.store(pool.onlyWith());
    const error = await bare.ensure(recipe(`${server.url}/good.qcow2`)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: "'hv' has neither curl nor wget", hint: "install curl there" });
    const env = { ...process.env, PATH: "/nowhere" };
    await expect(pool.store(env).poolPath()).rejects.toBeInstanceOf(Error);
  });

  test("a pool directory below ~/ is resolved on the hypervisor", async () => {
    const home = join(pool.pool, "home of one");
    mkdirSync(home, { recursive: true });
    const store = new ImageStore(localShell({ name: "hv", home }), "~/pool dir/", { clock: quickClock() });
    expect(await store.poolPath()).toBe(join(home, "pool dir"));
    writeFileSync(join(home, "x.img"), samples.raw);
    const { path } = await store.ensure(recipe("~/x.img"));
    expect(path).toBe(join(home, "pool dir", "farm", "images", `sha256-${sha("sha256", samples.raw)}.raw`));
  });

  test.each(["relative/pool", "", "/a\nb"])(
    "the pool directory %j is a mistake of the user's",
    async (path) => {
      await expect(
        new ImageStore(scriptedShell([]), path, { clock: quickClock() }).poolPath(),
      ).rejects.toBeInstanceOf(ConfigError);
    },
  );
});

describe("createLeaf", () => {
  test("is an overlay of the wanted size that nobody else may read", async () => {
    const store = pool.store();
    const image = await store.ensure(recipe(samples.path("good.qcow2")));
    const leaf = join(await store.poolPath(), "farm", "vms", "my vm", "disk; 0.qcow2");
    await store.createLeaf(image, leaf, { sizeBytes: 10 * 2 ** 30 });
    expect(JSON.parse(qemuImg("info", "--output=json", leaf))).toMatchObject({
      "virtual-size": 10 * 2 ** 30,
      "backing-filename": image.path,
      "backing-filename-format": "qcow2",
    });
    expect(statSync(leaf).mode & 0o777).toBe(0o600);
  });

  test("has the image's own size by default, and none that is smaller", async () => {
    const store = pool.store();
    const image = await store.ensure(recipe(samples.path("raw.img")));
    const leaf = join(pool.images, "leaf.qcow2");
    await store.createLeaf(image, leaf);
    expect(JSON.parse(qemuImg("info", "--output=json", leaf))).toMatchObject({ "virtual-size": 2 << 20 });
    await expect(store.createLeaf(image, leaf, { sizeBytes: 1 << 20 })).rejects.toThrow(
      "a disk of 1 MiB is smaller than its image, which has 2 MiB",
    );
    await expect(store.createLeaf({ ...image, path: "/none" }, leaf)).rejects.toBeInstanceOf(ImageError);
  });
});
