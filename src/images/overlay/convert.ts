import { failPoint } from "../../fail-point.js";
import type { Command } from "../../transport/shell.js";
import { expectSuccess, type Job } from "../fetch/job.js";
import type { Transfer } from "../fetch/transfer.js";
import type { ImageFormat } from "../recipe/callbacks.js";

// Out of order and in parallel: several times as fast. What was killed in the midst has the name of a partial file.
const SCRIPT = `
umask 077
qemu-img convert -q -W -m 8 -f "$1" -O "$2" -- "$3" "$4" || exit 1
stat -c %s -- "$4"
head -c 128 -- "$4" | od -An -v -tx1 | tr -d ' \\n'
`;

const convertCommand = (from: ImageFormat, to: ImageFormat, path: string, part: string): Command => ({
  argv: ["sh", "-c", SCRIPT, "farm-convert", from, to, path, part],
  timeoutMs: 2 * 3600_000,
});

/** A verified image in another format, as another partial file. @throws ImageError */
export async function convert(
  job: Job,
  { from, to, path, part }: { from: ImageFormat; to: ImageFormat; path: string; part: string },
): Promise<Pick<Transfer, "bytes" | "magic">> {
  job.report({ step: "convert", done: 0 });
  failPoint("image/convert");
  const stdout = await expectSuccess(job, convertCommand(from, to, path, part), "convert");
  failPoint("image/convert.");
  const [bytes = "", magic = ""] = stdout.split("\n");
  job.report({ step: "convert", done: Number(bytes), total: Number(bytes) });
  return { bytes: Number(bytes), magic: Buffer.from(magic, "hex") };
}
