import { readFileSync, statSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { ImageError, InterruptedError } from "../../../src/errors.js";
import type { ImageProgress } from "../../../src/images/fetch/job.js";
import { serve } from "../../lab/image-server.js";
import { digest, recipe, sha } from "./pool.js";
import { pool, samples, server, useServedPool } from "./served-pool.js";

useServedPool();

const url = (path = "/good.qcow2") => `${server.url}${path}`;
const failure = async (work: Promise<unknown>): Promise<ImageError> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ImageError);
  return error as ImageError;
};

describe("a good image", () => {
  test("is stored under its digest, read-only, and reported", async () => {
    server.on("/good.qcow2", serve(samples.good));
    const progress: ImageProgress[] = [];
    const stored = await pool.store().ensure(recipe(url(), { checksum: digest("sha256", samples.good) }), {
      onProgress: (step) => progress.push(step),
    });
    const sha256 = sha("sha256", samples.good);
    expect(stored).toEqual({
      path: `${pool.images}/sha256-${sha256}.qcow2`,
      sha256,
      format: "qcow2",
      virtualSizeBytes: 2 << 20,
    });
    expect(readFileSync(stored.path).equals(samples.good)).toBe(true);
    expect(statSync(stored.path).mode & 0o777).toBe(0o444);
    expect(statSync(pool.images).mode & 0o777).toBe(0o711);
    expect(pool.contents()).toEqual([`sha256-${sha256}.qcow2`]);
    const { length } = samples.good;
    expect(progress).toContainEqual({ step: "fetch", done: length, total: length });
    expect(progress.at(-1)).toEqual({ step: "verify", done: length, total: length });
  });

  test.each(["sha256", "sha512"] as const)("is not asked for again with a %s digest", async (algorithm) => {
    server.on("/good.qcow2", serve(samples.good));
    const wanted = recipe(url(), { checksum: digest(algorithm, samples.good) });
    const first = await pool.store().ensure(wanted);
    expect(await pool.store().ensure(wanted)).toEqual(first);
    expect(server.requests).toEqual(["GET /good.qcow2"]);
  });

  test("comes once for two callers of one farm and for another farm", async () => {
    server.on("/good.qcow2", (request, response, count) => {
      setTimeout(() => serve(samples.good)(request, response, count), 300);
    });
    const wanted = recipe(url(), { checksum: digest("sha256", samples.good) });
    const [one, two] = [pool.store(), pool.store()];
    const results = await Promise.all([one.ensure(wanted), one.ensure(wanted), two.ensure(wanted)]);
    expect(new Set(results.map((image) => image.path)).size).toBe(1);
    expect(server.requests).toEqual(["GET /good.qcow2"]);
  });

  test("comes through a redirect and without Content-Length", async () => {
    server.on(
      "/old",
      (_request, response) => void response.writeHead(302, { location: "/good.qcow2" }).end(),
    );
    server.on("/good.qcow2", (_request, response) => {
      response.writeHead(200);
      response.write(samples.good.subarray(0, 1000));
      response.end(samples.good.subarray(1000));
    });
    const stored = await pool.store().ensure(recipe(url("/old")));
    expect(stored.sha256).toBe(sha("sha256", samples.good));
  });

  test("comes by wget where there is no curl", async () => {
    server.on("/good.qcow2", serve(samples.good));
    const stored = await pool.store(pool.onlyWith("wget")).ensure(recipe(url()));
    expect(stored.sha256).toBe(sha("sha256", samples.good));
    expect((await failure(pool.store(pool.onlyWith("wget")).ensure(recipe(url("/none"))))).message).toMatch(
      /answered 404/,
    );
  });

  test("raw is taken as raw", async () => {
    server.on("/raw.img", serve(samples.raw));
    expect(await pool.store().ensure(recipe(url("/raw.img")))).toMatchObject({
      format: "raw",
      virtualSizeBytes: 2 << 20,
    });
  });
});

describe("what cannot be had leaves nothing behind but what a later fetch may go on with", () => {
  afterEach(() => expect(pool.contents().filter((name) => !/-download\.part/.test(name))).toEqual([]));

  test("wrong digest", async () => {
    server.on("/good.qcow2", serve(samples.good));
    const error = await failure(
      pool.store().ensure(recipe(url(), { checksum: { algorithm: "sha256", hex: "0".repeat(64) } })),
    );
    expect(error.message).toContain(`has sha256 ${sha("sha256", samples.good)}, wanted 000`);
    const other = recipe(url(), { checksum: { algorithm: "sha512", hex: "0".repeat(128) } });
    expect((await failure(pool.store().ensure(other))).message).toMatch(/sha512/);
  });

  test("404 is not retried and tells no secret", async () => {
    const error = await failure(pool.store().ensure(recipe(`${url("/none.qcow2")}?token=hunter2`)));
    expect(error.message).toMatch(/cannot fetch .*\/none\.qcow2\?\.\.\. to 'hv': the server answered 404$/);
    expect(server.requests).toEqual(["GET /none.qcow2?token=hunter2"]);
    expect(pool.slept).toEqual([]);
  });

  test("cut off in the middle: retried three times", async () => {
    server.on("/good.qcow2", (_request, response) => {
      response.writeHead(200, { "content-length": samples.good.length });
      response.write(samples.good.subarray(0, 100_000), () => response.destroy());
    });
    const error = await failure(pool.store().ensure(recipe(url())));
    expect(error.message).toMatch(/cut off.*tried 4 times/);
    expect(pool.slept).toEqual([1000, 3000, 9000]);
  });

  test("cut off, by wget", async () => {
    server.on("/good.qcow2", (_request, response) => {
      response.writeHead(200, { "content-length": samples.good.length });
      response.write(samples.good.subarray(0, 100_000), () => response.destroy());
    });
    const error = await failure(pool.store(pool.onlyWith("wget")).ensure(recipe(url())));
    expect(error.message).toMatch(/cut off.*tried 4 times/);
  });

  test("cut off where nothing tells the length: the image's structure does", async () => {
    server.on("/good.qcow2", (_request, response) => {
      response.writeHead(200, { connection: "close", "transfer-encoding": "identity" });
      response.end(samples.truncated);
    });
    expect((await failure(pool.store().ensure(recipe(url())))).message).toMatch(/damaged/);
  });

  test.each([
    ["a backing file", () => samples.backed, /refused the image .*backing file/],
    ["a data file", () => samples.withDataFile, /refused the image .*data file/],
    ["a truncated qcow2 with its right digest", () => samples.truncated, /damaged/],
    ["a login page", () => Buffer.from("<html>log in</html>"), /web page/],
    ["nothing", () => Buffer.alloc(0), /empty/],
  ])("%s", async (_name, body, reason) => {
    server.on("/bad.qcow2", serve(body()));
    const checksum = digest("sha256", body());
    expect((await failure(pool.store().ensure(recipe(url("/bad.qcow2"), { checksum })))).message).toMatch(
      reason,
    );
  });

  test("another format than the definition says", async () => {
    server.on("/raw.img", serve(samples.raw));
    const error = await failure(pool.store().ensure(recipe(url("/raw.img"), { format: "qcow2" })));
    expect(error.message).toMatch(/it is raw, but the definition says qcow2/);
  });

  test("no server, no such host", async () => {
    const dead = url();
    await server.close();
    expect((await failure(pool.store().ensure(recipe(dead)))).message).toMatch(
      /does not answer.*tried 4 times/,
    );
    const unknown = await failure(pool.store().ensure(recipe("http://farm-test.invalid/a.qcow2")));
    expect(unknown.message).toMatch(/name is unknown/);
    expect(unknown.message).not.toMatch(/tried/);
  });

  test("an interruption ends the transfer at once", async () => {
    server.on("/slow.qcow2", (_request, response) => {
      response.writeHead(200, { "content-length": samples.good.length });
      response.write(samples.good.subarray(0, 100_000));
    });
    const controller = new AbortController();
    const seen: ImageProgress[] = [];
    const work = pool.store().ensure(recipe(url("/slow.qcow2")), {
      signal: controller.signal,
      onProgress: (progress) => {
        seen.push(progress);
        controller.abort();
      },
    });
    await expect(work).rejects.toBeInstanceOf(InterruptedError);
    expect(seen[0]).toEqual({ step: "fetch", done: expect.any(Number), total: samples.good.length });
    expect(seen[0]?.done).toBeGreaterThan(50_000);
  });
});

test("503 twice, then good", async () => {
  server.on("/good.qcow2", (request, response, count) => {
    if (count < 2) response.writeHead(503).end();
    else serve(samples.good)(request, response, count);
  });
  await pool.store().ensure(recipe(url()));
  expect(server.requests).toHaveLength(3);
  expect(pool.slept).toEqual([1000, 3000]);
  expect(pool.warnings[0]).toMatch(/answered 503; trying again in 1 s/);
  expect(pool.contents()).toHaveLength(1);
});
