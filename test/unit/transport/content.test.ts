import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, describe, expect, test } from "vitest";
import { checkContent, contentBytes, sendContent } from "../../../src/transport/content.js";

const directory = mkdtempSync(join(tmpdir(), "farm-content-"));
afterAll(() => rmSync(directory, { recursive: true }));

const file = join(directory, "file");
writeFileSync(file, Buffer.alloc(1_000_000, "ab"));

/** What a reader gets who takes one piece after the other. */
async function sent(content: Parameters<typeof sendContent>[1], gone = new AbortController().signal) {
  const pipe = new PassThrough();
  const pieces: Buffer[] = [];
  const sending = sendContent(pipe, content, gone).finally(() => pipe.end());
  const read = async () => {
    for await (const piece of pipe) pieces.push(piece);
  };
  await Promise.all([sending, read()]);
  return Buffer.concat(pieces);
}

describe("content", () => {
  test("knows its size in bytes", () => {
    expect([
      contentBytes(),
      contentBytes("ä"),
      contentBytes(Buffer.alloc(3)),
      contentBytes({ file, bytes: 7 }),
    ]).toEqual([0, 2, 3, 7]);
  });

  test("is sent whole, and a file as far as it was measured", async () => {
    expect((await sent("ä")).toString()).toBe("ä");
    expect((await sent({ file, bytes: 1_000_000 })).equals(Buffer.alloc(1_000_000, "ab"))).toBe(true);
    expect((await sent({ file, bytes: 5 })).toString()).toBe("ababa");
    expect(await sent({ file: "/does/not/matter", bytes: 0 })).toHaveLength(0);
  });

  test("a file waits for its reader", async () => {
    const pipe = new PassThrough({ highWaterMark: 1000 });
    const gone = new AbortController();
    const sending = sendContent(pipe, { file, bytes: 1_000_000 }, gone.signal);
    await new Promise((resolve) => pipe.once("readable", resolve));
    expect(pipe.readableLength + pipe.writableLength).toBeLessThan(600_000);
    gone.abort();
    await sending;
  });

  test("a file that is not there, too short or no file is said so before anything starts", async () => {
    await expect(checkContent({ file: join(directory, "none"), bytes: 1 })).rejects.toThrow(
      /^cannot send '.*none': ENOENT/,
    );
    await expect(checkContent({ file, bytes: 1_000_001 })).rejects.toThrow(
      /it has fewer than 1000001 bytes$/,
    );
    await expect(checkContent({ file: directory, bytes: 1 })).rejects.toThrow(/it is not a file$/);
    await checkContent({ file, bytes: 1_000_000 });
    await checkContent("text");
  });

  test("a file that shrinks on the way is an error", async () => {
    await expect(sent({ file, bytes: 1_000_001 })).rejects.toThrow(/fewer than 1000001 bytes/);
    await expect(sent({ file: join(directory, "none"), bytes: 1 })).rejects.toThrow(/ENOENT/);
  });
});
