import { expect, test } from "vitest";
import { cutOff, serve, serveRanges } from "../../lab/image-server.js";
import { digest, recipe, sha } from "./pool.js";
import { pool, samples, server, useServedPool } from "./served-pool.js";

useServedPool();

const at = (place: string) => `${server.url}/${place}/good.qcow2`;
const mirrored = (more: Parameters<typeof recipe>[1] = {}) =>
  recipe(at("first"), { mirrors: [at("second"), at("third")], ...more });
const checked = () => mirrored({ checksum: digest("sha256", samples.good) });
const onlyGood = () => expect(pool.contents()).toEqual([`sha256-${sha("sha256", samples.good)}.qcow2`]);

test("the first address that has it, in their order; what was wrong with the others is told", async () => {
  server.on("/second/good.qcow2", (_request, response) => void response.writeHead(403).end());
  server.on("/third/good.qcow2", serve(samples.good));
  await pool.store().ensure(checked());
  expect(server.requests).toEqual(["first", "second", "third"].map((place) => `GET /${place}/good.qcow2`));
  expect(pool.warnings).toEqual([
    `cannot fetch ${at("first")} to 'hv': the server answered 404; trying the mirror ${at("second")}`,
    `cannot fetch ${at("second")} to 'hv': the server answered 403; trying the mirror ${at("third")}`,
  ]);
  onlyGood();
});

test("a mirror goes on with what the one before it had sent, where a digest tells that it is the same", async () => {
  server.on("/first/good.qcow2", (request, response, count) => {
    if (count === 0) cutOff(samples.good, 100_000)(request, response, count);
    else response.writeHead(503).end();
  });
  server.on("/second/good.qcow2", serveRanges(samples.good));
  await pool.store().ensure(checked());
  expect(server.requests.at(-1)).toBe("GET /second/good.qcow2");
  // Each try asks for one byte that is there.
  expect(server.headers.at(-1)?.range).toBe("bytes=99996-");
  onlyGood();
});

test("a wrong digest is told with the mirror that had it, and another is asked", async () => {
  server.on("/first/good.qcow2", serve(samples.raw));
  server.on("/second/good.qcow2", serve(samples.good));
  await pool.store().ensure(checked());
  expect(pool.warnings).toEqual([
    `the image ${at("first")} has sha256 ${sha("sha256", samples.raw)}, wanted ${sha("sha256", samples.good)}; trying the mirror ${at("second")}`,
  ]);
  onlyGood();
});

test("all of them wrong: each is named, nothing is stored", async () => {
  for (const place of ["first", "second", "third"])
    server.on(`/${place}/good.qcow2`, serve(Buffer.from(`<html>${place}</html>`)));
  const work = pool.store().ensure(checked());
  await expect(work).rejects.toThrow(`refused the image ${at("third")}: it is a web page`);
  expect(pool.warnings.map((text) => /^refused the image (\S+):/.exec(text)?.[1])).toEqual([
    at("first"),
    at("second"),
  ]);
  expect(pool.contents()).toEqual([]);
});

test("the SUMS file beside the image has the same mirrors; one elsewhere has none", async () => {
  server.on("/second/SUMS", serve(Buffer.from(`${sha("sha256", samples.good)}  good.qcow2\n`)));
  server.on("/second/good.qcow2", serve(samples.good));
  await pool.store().ensure(mirrored({ checksum: { sumsUrl: `${server.url}/first/SUMS` } }));
  expect(pool.warnings[0]).toMatch(/SUMS file .*first\/SUMS .*404; trying the mirror .*second\/SUMS$/);
  onlyGood();
  const elsewhere = mirrored({ checksum: { sumsUrl: `${server.url}/other/SUMS` } });
  await expect(pool.store().ensure(elsewhere)).rejects.toThrow(/cannot fetch the SUMS file .*other/);
});

test("what came from a mirror is asked for there whether it has changed", async () => {
  server.on("/second/good.qcow2", serve(samples.good, { etag: '"second"' }));
  await pool.store().ensure(mirrored());
  server.on("/first/good.qcow2", serve(samples.raw, { etag: '"first"' }));
  await pool.store().ensure(mirrored());
  expect(server.requests.at(-1)).toBe("HEAD /second/good.qcow2");
  onlyGood();
});
