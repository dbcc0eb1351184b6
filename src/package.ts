import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The directory of farm's own package, which holds the samples; dist/, like src/, is right below it. */
export const packageDirectory = fileURLToPath(new URL("..", import.meta.url));

/** farm's own, as its package says. */
export const version = (): string =>
  (JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string })
    .version;
