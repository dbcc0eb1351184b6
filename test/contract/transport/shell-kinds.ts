import { mkdir, mkdtemp, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The shells that `sh` is on the systems we know. */
export const SHELLS = { dash: "/bin/dash", bash: "/bin/bash", busybox: "/bin/busybox" };

const APPLETS = ["cat", "head", "dd", "sleep", "setsid", "wc", "sync", "mv", "rm", "chmod"];

/** A directory to be a home, and a PATH by which `sh`, and with busybox the tools around it, are of one kind. */
export async function makeShellDirectory(kind: string, program: string) {
  const directory = await mkdtemp(join(tmpdir(), "farm-sh-"));
  await mkdir(join(directory, "bin"));
  for (const name of kind === "busybox" ? ["sh", ...APPLETS] : ["sh"]) {
    await symlink(program, join(directory, "bin", name));
  }
  return { directory, path: `${join(directory, "bin")}:${process.env.PATH}` };
}
