import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

/** The directory of farm's own package, which holds the samples; dist/, like src/, is right below it. */
export const packageDirectory = fileURLToPath(new URL("..", import.meta.url));

/** Packages whose versions explain the most when something goes wrong. */
const TOLD = ["ssh2", "minijinja-js", "yaml", "zod"];

/** farm's version, then those of what it runs on, a line each. */
export function versions(): string {
  const load = createRequire(import.meta.url);
  const used = TOLD.map((name) => `${name} ${(load(`${name}/package.json`) as { version: string }).version}`);
  const { platform, arch } = process;
  return `farm ${version()}\nnode ${process.versions.node} on ${platform} ${arch}, ${used.join(", ")}\n`;
}

/** farm's own, as its package says. */
export const version = (): string =>
  (JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string })
    .version;
