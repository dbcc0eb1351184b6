import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ImageProgress } from "../../../src/images/fetch/job.js";
import { sourceKey } from "../../../src/images/recipe/source-url.js";
import { cutOff, serve, serveRanges } from "../../lab/image-server.js";
import { digest, recipe, sha } from "./pool.js";
import { pool, samples, server, useServedPool } from "./served-pool.js";

useServedPool();

const url = () => `${server.url}/good.qcow2`;
const checked = () => recipe(url(), { checksum: digest("sha256", samples.good) });
const ETAG = { etag: '"1"' };
/** The `Range` and `If-Range` of each request. */
const ranges = () => server.headers.map((headers) => [headers.range, headers["if-range"]]);
const onlyGood = () => expect(pool.contents()).toEqual([`sha256-${sha("sha256", samples.good)}.qcow2`]);

describe.each(["curl", "wget"])("by %s", (fetcher) => {
  const store = () => pool.store(pool.onlyWith(fetcher));

  test("what broke off goes on where it ended, as often as it comes further", async () => {
    server.on("/good.qcow2", cutOff(samples.good, 150_000, ETAG));
    const seen: ImageProgress[] = [];
    await store().ensure(recipe(url()), { onProgress: (progress) => seen.push(progress) });
    expect(server.requests.length).toBeGreaterThan(5);
    expect(ranges().slice(0, 3)).toEqual([
      [undefined, undefined],
      ["bytes=149999-", '"1"'],
      ["bytes=299998-", '"1"'],
    ]);
    const { length } = samples.good;
    expect(seen.filter(({ step }) => step === "fetch").at(-1)).toEqual({
      step: "fetch",
      done: length,
      total: length,
    });
    expect(new Set(pool.slept)).toEqual(new Set([1000]));
    onlyGood();
  });

  /** A farm whose user stops it when a server has sent 100,000 bytes and sends no more. */
  async function stopped(body: Buffer, headers: Record<string, string>): Promise<void> {
    server.on("/good.qcow2", (_request, response) => {
      response.writeHead(200, { "content-length": body.length, ...headers });
      response.write(body.subarray(0, 100_000));
    });
    const stop = new AbortController();
    const onProgress = ({ done }: ImageProgress) => void (done > 50_000 && stop.abort());
    const work = store().ensure(recipe(url()), { signal: stop.signal, onProgress });
    await expect(work).rejects.toThrow(/interrupted/);
  }

  test("a later farm goes on with what an earlier one left", async () => {
    await stopped(samples.good, ETAG);
    server.on("/good.qcow2", serveRanges(samples.good, ETAG));
    await store().ensure(recipe(url()));
    expect(ranges()).toEqual([
      [undefined, undefined],
      [expect.stringMatching(/^bytes=[5-9]\d{4}-$/), '"1"'],
    ]);
    onlyGood();
  });

  test("a server with another file by now sends all of it", async () => {
    await stopped(samples.raw, { etag: '"0"' });
    server.on("/good.qcow2", serveRanges(samples.good, ETAG));
    expect((await store().ensure(recipe(url()))).sha256).toBe(sha("sha256", samples.good));
    expect(ranges()[1]).toEqual([expect.stringMatching(/^bytes=[5-9]\d{4}-$/), '"0"']);
    onlyGood();
  });

  test("a server that sends no parts sends all of it", async () => {
    leave(samples.good.subarray(0, 100_000));
    server.on("/good.qcow2", serve(samples.good));
    await store().ensure(checked());
    expect(ranges()[0]).toEqual(["bytes=99999-", undefined]);
    onlyGood();
  });
});

/** As a farm that died had left it. */
function leave(bytes: Buffer): void {
  const part = join(pool.images, `fetch-${sourceKey(url())}-download.part`);
  pool.make();
  writeFileSync(part, bytes);
  writeFileSync(`${part}.from`, `${sourceKey(url())}\n`);
}

test("all of it is there: one byte is asked for", async () => {
  leave(samples.good);
  server.on("/good.qcow2", serveRanges(samples.good));
  await pool.store().ensure(checked());
  expect(ranges()).toEqual([[`bytes=${samples.good.length - 1}-`, undefined]]);
  onlyGood();
});

test("more of it is there than the server has", async () => {
  leave(Buffer.concat([samples.good, samples.good]));
  server.on("/good.qcow2", serveRanges(samples.good));
  await pool.store().ensure(checked());
  expect(server.requests).toHaveLength(2);
  onlyGood();
});

test("a beginning that was another file's is found out by the digest, told, and fetched anew", async () => {
  leave(samples.raw.subarray(0, 100_000));
  server.on("/good.qcow2", serveRanges(samples.good));
  await pool.store().ensure(checked());
  expect(ranges()).toEqual([
    ["bytes=99999-", undefined],
    [undefined, undefined],
  ]);
  expect(pool.warnings).toEqual([
    expect.stringMatching(/has sha256 .* wanted .*: all of it is fetched anew$/),
  ]);
  onlyGood();
});

test("nothing would tell that the rest belongs to it: it begins anew", async () => {
  leave(samples.raw.subarray(0, 100_000));
  server.on("/good.qcow2", serveRanges(samples.good));
  await pool.store().ensure(recipe(url()));
  expect(ranges()).toEqual([[undefined, undefined]]);
  onlyGood();
});

test("a file that is gone leaves no part, one whose server is down does", async () => {
  leave(samples.good.subarray(0, 100_000));
  const part = join(pool.images, `fetch-${sourceKey(url())}-download.part`);
  server.on("/good.qcow2", (_request, response) => void response.writeHead(503).end());
  await expect(pool.store().ensure(checked())).rejects.toThrow(/answered 503 \(tried 4 times\)/);
  // Each of the four tries asks for a byte that is there.
  expect(readFileSync(part).length).toBe(99_996);
  server.on("/good.qcow2", (_request, response) => void response.writeHead(404).end());
  await expect(pool.store().ensure(checked())).rejects.toThrow(/answered 404/);
  expect(existsSync(part)).toBe(false);
  expect(pool.contents()).toEqual([]);
});
