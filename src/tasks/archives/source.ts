import { open, stat } from "node:fs/promises";
import type { Content } from "../../transport/shell.js";
import type { ControllerFiles } from "../module/module.js";

/** Smaller files are read at once: the vault's are, and then decrypted. */
const SMALL = 1024 * 1024;

/**
 * A file of the controller to be sent: a large one goes piece by piece and is never whole in memory.
 * @param decrypt whether a vault is sent as what it holds @throws ModuleFailure
 */
export async function sendable(files: ControllerFiles, path: string, decrypt: boolean): Promise<Content> {
  const place = await files.find("files", path);
  if (!decrypt) return { file: place, bytes: (await stat(place)).size };
  return (await largeFile(place)) ?? (await files.read(place));
}

async function largeFile(path: string): Promise<Content | undefined> {
  const handle = await open(path).catch(() => undefined);
  if (!handle) return undefined;
  try {
    const { size } = await handle.stat();
    if (size <= SMALL) return undefined;
    const { buffer } = await handle.read(Buffer.alloc(VAULT.length), 0, VAULT.length, 0);
    return buffer.toString("latin1") === VAULT ? undefined : { file: path, bytes: size };
  } finally {
    await handle.close();
  }
}

const VAULT = "$ANSIBLE_VAULT";
