import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { busyboxPath, hasBusybox } from "./busybox-path.js";

/** A set of programs that a shell of a test is to find, by name. */
export interface ToolPath {
  readonly kind: "sh" | "busybox";
  /** The PATH; made when it is asked for. */
  path(): string;
}

/**
 * This machine's own programs, and busybox alone where there is one.
 * @param programs of this machine that busybox lacks and the test needs beside it
 */
export function toolPaths(...programs: readonly string[]): ToolPath[] {
  const directory = mkdtempSync(join(tmpdir(), "farm-tools-"));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const busybox = () => busyboxPath(join(directory, "busybox"), programs);
  return [
    { kind: "sh", path: () => process.env["PATH"] ?? "" },
    ...(hasBusybox ? [{ kind: "busybox" as const, path: busybox }] : []),
  ];
}
