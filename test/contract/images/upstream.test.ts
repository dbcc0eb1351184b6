import { describe, expect, test } from "vitest";
import { serve } from "../../lab/image-server.js";
import { digest, recipe, sha } from "./pool.js";
import { pool, samples, server, useServedPool } from "./served-pool.js";

useServedPool();

const url = () => `${server.url}/good.qcow2`;
const bySums = () => recipe(url(), { checksum: { sumsUrl: `${server.url}/SUMS` } });
const sums = (algorithm: "sha256" | "sha512", content: Buffer) =>
  server.on("/SUMS", serve(Buffer.from(`${sha(algorithm, content)}  good.qcow2\n`)));
const asked = (wanted: ReturnType<typeof recipe>) =>
  pool.store().upstream(wanted, new AbortController().signal);
const [was, is] = [() => sha("sha256", samples.good), () => sha("sha256", samples.raw)];

describe("an image that changed on its server", () => {
  test("is told of by who fetches it: what was, what is, what it means", async () => {
    server.on("/good.qcow2", serve(samples.good, { etag: '"1"' }));
    await pool.store().ensure(recipe(url()));
    expect(pool.warnings).toEqual([]);
    server.on("/good.qcow2", serve(samples.raw, { etag: '"2"' }));
    await pool.store().ensure(recipe(url()));
    expect(pool.warnings).toEqual([
      `the image ${url()} has changed: it was sha256 ${was()}, fetched 2026-11-23T00:00:00.000Z, and is ${is()} now; restore points made from the old one are not used any more, and VMs that had them begin with the new image`,
    ]);
  });

  test("is found out without fetching it: by its SUMS file", async () => {
    server.on("/good.qcow2", serve(samples.good));
    sums("sha256", samples.good);
    await pool.store().ensure(bySums());
    expect(await asked(bySums())).toBeUndefined();
    sums("sha256", samples.raw);
    const requests = server.requests.length;
    expect(await asked(bySums())).toEqual({
      message: expect.stringContaining(
        `it was sha256 ${was()}, fetched 2026-11-23T00:00:00.000Z, and is ${is()} now`,
      ),
      sha256: is(),
    });
    expect(server.requests.slice(requests)).toEqual(["GET /SUMS"]);
  });

  test("by a SUMS file of sha512, which does not tell the name of its points", async () => {
    server.on("/good.qcow2", serve(samples.good));
    sums("sha512", samples.good);
    await pool.store().ensure(bySums());
    expect(await asked(bySums())).toBeUndefined();
    sums("sha512", samples.raw);
    expect(Object.keys((await asked(bySums())) ?? {})).toEqual(["message"]);
  });

  test.each([
    ["an ETag", { etag: '"1"' }, { etag: '"2"' }],
    [
      "a time",
      { "last-modified": "Mon, 23 Nov 2026 10:00:00 GMT" },
      { "last-modified": "Tue, 24 Nov 2026 10:00:00 GMT" },
    ],
  ])("by %s", async (_name, before, after) => {
    server.on("/good.qcow2", serve(samples.good, before as Record<string, string>));
    await pool.store().ensure(recipe(url()));
    expect(await asked(recipe(url()))).toBeUndefined();
    server.on("/good.qcow2", serve(samples.raw, after as Record<string, string>));
    expect((await asked(recipe(url())))?.message).toContain(`and is ${Object.values(after)[0]} now`);
    expect(server.requests.at(-1)).toBe("HEAD /good.qcow2");
  });
});

test("nothing is said of one that was never fetched, that the user named by digest, or whose server is away or tells nothing", async () => {
  server.on("/good.qcow2", serve(samples.good));
  expect(await asked(recipe(url()))).toBeUndefined();
  await pool.store().ensure(recipe(url()));
  expect(await asked(recipe(url()))).toBeUndefined();
  expect(await asked(recipe(url(), { checksum: digest("sha256", samples.raw) }))).toBeUndefined();
  sums("sha256", samples.good);
  await pool.store().ensure(bySums());
  await server.close();
  expect(await asked(bySums())).toBeUndefined();
  expect(pool.warnings).toEqual([]);
  expect(pool.slept).toEqual([]);
});
