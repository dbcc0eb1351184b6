import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type ImageServer, imageServer, serve } from "../../lab/image-server.js";
import { digest, recipe, sampleImages, sha, testPool } from "./pool.js";

let samples: ReturnType<typeof sampleImages>;
let server: ImageServer;
let pool: ReturnType<typeof testPool>;
let directory: string;

beforeAll(() => {
  samples = sampleImages();
  directory = mkdtempSync(join(tmpdir(), "farm-archives-"));
  writeFileSync(join(directory, "disk.qcow2"), samples.good);
  writeFileSync(join(directory, "README"), "read me\n");
  writeFileSync(join(directory, "other.qcow2"), samples.raw);
});
afterAll(() => {
  samples.remove();
  rmSync(directory, { recursive: true });
});
beforeEach(async () => {
  server = await imageServer();
  pool = testPool();
});
afterEach(async () => {
  await server.close();
  pool.remove();
});

/** What a command prints in the directory of the samples. */
const made = (command: string): Buffer =>
  execFileSync("sh", ["-c", command], {
    cwd: directory,
    maxBuffer: 64 << 20,
    stdio: ["ignore", "pipe", "ignore"],
  });
const zip = () => {
  execFileSync("python3", ["-m", "zipfile", "-c", "a.zip", "disk.qcow2", "README"], { cwd: directory });
  return readFileSync(join(directory, "a.zip"));
};

const get = (body: Buffer, more: Parameters<typeof recipe>[1] = {}) => {
  server.on("/a", serve(body));
  const checksum = digest("sha256", body);
  return pool.store().ensure(recipe(`${server.url}/a`, { unpack: {}, checksum, ...more }));
};

describe("unarchive", () => {
  test.each<[string, () => Buffer]>([
    ["gz", () => made("gzip -c disk.qcow2")],
    ["xz", () => made("xz -c disk.qcow2")],
    ["bz2", () => made("bzip2 -c disk.qcow2")],
    ["zst", () => made("zstd -qc disk.qcow2")],
    ["tar", () => made("tar -cf - README disk.qcow2")],
    ["tar.gz", () => made("tar -czf - README disk.qcow2")],
    ["tar.xz", () => made("tar -cJf - ./README ./disk.qcow2")],
    ["zip", zip],
  ])("%s: the image in it, once", async (_name, body) => {
    const stored = await get(body());
    expect(stored).toMatchObject({ sha256: sha("sha256", samples.good), format: "qcow2" });
    expect(readFileSync(stored.path).equals(samples.good)).toBe(true);
    expect(await get(body())).toEqual(stored);
    expect(server.requests).toEqual(["GET /a"]);
    expect(pool.contents()).toHaveLength(1);
  });

  test("the archive's own digest decides whether it is fetched again", async () => {
    await get(made("gzip -c disk.qcow2"));
    const other = await get(made("gzip -c other.qcow2"));
    expect(other.sha256).toBe(sha("sha256", samples.raw));
    expect(server.requests).toHaveLength(2);
  });

  test("a member by name", async () => {
    const stored = await get(made("tar -cf - disk.qcow2 other.qcow2"), { unpack: { member: "other.qcow2" } });
    expect(stored.sha256).toBe(sha("sha256", samples.raw));
  });

  describe("what cannot be had leaves nothing behind", () => {
    afterEach(() => expect(pool.contents()).toEqual([]));
    test.each<[string, () => Buffer, object, RegExp]>([
      ["several images", () => made("tar -cf - disk.qcow2 other.qcow2"), {}, /several files/],
      ["no such member", () => made("tar -cf - README"), { unpack: { member: "x" } }, /has no 'x'/],
      ["cut off", () => made("xz -c disk.qcow2").subarray(0, 900_000), {}, /cannot unpack/],
      ["no archive", () => samples.good, {}, /it is no archive/],
      ["an archive in an archive", () => made("gzip -c disk.qcow2 | gzip -c"), {}, /it is a gzip archive/],
      [
        "a wrong digest",
        () => made("gzip -c disk.qcow2"),
        { checksum: digest("sha256", Buffer.alloc(1)) },
        /wanted/,
      ],
    ])("%s", async (_name, body, more, reason) => {
      await expect(get(body(), more)).rejects.toThrow(reason);
    });

    test("a hypervisor without the program", async () => {
      server.on("/a", serve(made("xz -c disk.qcow2")));
      const env = pool.onlyWith("curl", "mktemp", "dd");
      await expect(pool.store(env).ensure(recipe(`${server.url}/a`, { unpack: {} }))).rejects.toMatchObject({
        message: expect.stringMatching(/there is no xz/),
        hint: "install xz-utils (Debian) or xz there",
      });
    });
  });

  test("a bomb stops where the disk's room ends, and leaves nothing", async () => {
    mkdirSync(pool.pool);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=80m", "farm-test", pool.pool]);
    try {
      await expect(get(made("head -c 100M /dev/zero | gzip -c"))).rejects.toMatchObject({
        message: expect.stringMatching(/it unpacks to more than the 1\d(\.\d)? MiB that are free$/),
        hint: expect.stringMatching(/free some space/),
      });
      expect(pool.contents()).toEqual([]);
    } finally {
      execFileSync("umount", ["--lazy", pool.pool]);
    }
  });

  test("names that lead out of the store, and links, are refused", async () => {
    symlinkSync("/etc/passwd", join(directory, "link.img"));
    const body = made(
      "tar -cPf - --transform 's,disk.qcow2,../../../../tmp/farm-escaped.qcow2,' README disk.qcow2",
    );
    await expect(get(body)).rejects.toThrow(/Member name contains '\.\.'/);
    expect(() => readFileSync("/tmp/farm-escaped.qcow2")).toThrow(/ENOENT/);
    await expect(get(made("tar -cf - link.img"))).rejects.toThrow(/the file is empty/);
  });
});

describe("img_convert", () => {
  const convert = (body: Buffer, convertTo: "qcow2" | "raw") => {
    server.on("/a", serve(body));
    return pool.store().ensure(recipe(`${server.url}/a`, { convertTo, checksum: digest("sha256", body) }));
  };
  test("raw becomes qcow2 with the same content, once", async () => {
    const stored = await convert(samples.raw, "qcow2");
    expect(stored).toMatchObject({ format: "qcow2", virtualSizeBytes: 2 << 20 });
    const same = ["compare", "-q", "-f", "qcow2", "-F", "raw", stored.path, samples.path("raw.img")];
    execFileSync("qemu-img", same);
    expect(await convert(samples.raw, "qcow2")).toEqual(stored);
    expect(server.requests).toEqual(["GET /a"]);
    expect(pool.contents()).toHaveLength(1);
  });
  test("what has the format already stays as it is", async () => {
    expect((await convert(samples.good, "qcow2")).sha256).toBe(sha("sha256", samples.good));
  });
  test("an archive is unpacked and converted", async () => {
    const stored = await get(made("xz -c disk.qcow2"), { convertTo: "raw" });
    expect(stored).toMatchObject({ format: "raw", sha256: sha("sha256", samples.raw) });
  });
});
