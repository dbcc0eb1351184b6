import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Writable } from "node:stream";
import { ConfigError } from "../errors.js";
import type { Content, LocalFile } from "./shell.js";

const PIECE_BYTES = 256 * 1024;

export const isLocalFile = (content: Content | undefined): content is LocalFile =>
  typeof content === "object" && "file" in content;

export function contentBytes(content: Content = ""): number {
  return isLocalFile(content) ? content.bytes : Buffer.byteLength(content);
}

/** @throws ConfigError when a file to be sent is not there or is shorter than it is said to be. */
export async function checkContent(content: Content | undefined): Promise<void> {
  if (!isLocalFile(content)) return;
  const found = await stat(content.file).catch((cause: Error) => {
    throw unreadable(content, cause.message, cause);
  });
  if (!found.isFile()) throw unreadable(content, "it is not a file");
  if (found.size < (content.start ?? 0) + content.bytes) throw tooShort(content);
}

/**
 * Writes all of it, at the reader's pace, and does not end the stream: whoever counts knows where it ends. Rejects when a
 * file cannot be read to its end; resolves as soon as `gone` aborts, which is when nobody reads any more.
 */
export async function sendContent(to: Writable, content: Content = "", gone: AbortSignal): Promise<void> {
  if (!isLocalFile(content)) return void to.write(Buffer.from(content));
  if (content.bytes === 0) return;
  const { file, bytes, start = 0 } = content;
  const from = createReadStream(file, { start, end: start + bytes - 1, highWaterMark: PIECE_BYTES });
  const stop = () => from.destroy();
  gone.addEventListener("abort", stop, { once: true });
  try {
    for await (const piece of from) {
      content.onPiece?.(piece);
      if (!to.write(piece)) await roomIn(to, gone);
    }
    if (from.bytesRead < content.bytes) throw tooShort(content);
  } catch (cause) {
    if (gone.aborted) return;
    throw cause instanceof ConfigError ? cause : unreadable(content, (cause as Error).message, cause);
  } finally {
    gone.removeEventListener("abort", stop);
  }
}

function roomIn(to: Writable, gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      to.off("drain", go).off("close", go);
      gone.removeEventListener("abort", go);
      resolve();
    };
    if (to.destroyed || gone.aborted) return resolve();
    to.once("drain", go).once("close", go);
    gone.addEventListener("abort", go, { once: true });
  });
}

const unreadable = ({ file }: LocalFile, why: string, cause?: unknown): ConfigError =>
  new ConfigError(`cannot send '${file}': ${why}`, { cause });

const tooShort = ({ file, bytes }: LocalFile): ConfigError =>
  new ConfigError(`cannot send '${file}': it has fewer than ${bytes} bytes`, {
    hint: "it changed while it was sent",
  });
