import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const scripts = fileURLToPath(new URL("../../scripts/", import.meta.url));

export interface LabImage {
  readonly path: string;
  readonly sha256: string;
}

/** Built once a week and machine; `scripts/test` builds them beforehand. */
const build = async (script: string, ...options: string[]): Promise<LabImage> => {
  const path = (await run(`${scripts}${script}`, options)).stdout.trim();
  const [sha256 = ""] = (await readFile(`${path}.sha256`, "utf8")).split(" ");
  return { path, sha256 };
};

/** Debian 12 whose root takes a key from a credential. */
export const debianImage = () => build("build-debian-image");
/** The same with git, language tools and several systems' package managers. */
export const toolsImage = () => build("build-debian-image", "--tools");
/** Debian 12 with cloud-init, set up by a NoCloud disk. */
export const cloudInitImage = () => build("build-debian-image", "--cloud-init");
/** Kernel, busybox and dropbear: answers SSH within seconds. */
export const tinyImage = () => build("build-tiny-guest");
/** The same with QEMU's guest agent instead of dropbear. */
export const agentImage = () => build("build-tiny-guest", "--agent");
/** Says something on its console, then hangs. */
export const neverBootsImage = () => build("build-tiny-guest", "--never-boots");
/** A part of the tiny guest of another architecture, by Debian's name of it. */
export const tinyPart = (arch: string, part: "disk" | "kernel" | "initrd") =>
  build("build-tiny-guest", "--arch", arch, `--${part}`);
