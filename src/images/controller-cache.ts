import { homedir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../clock.js";
import { localShell } from "../transport/local-shell.js";
import type { ControllerCache } from "./fetch/job.js";
import type { ImageRecipe } from "./recipe/image-recipe.js";
import { ImageStore } from "./store.js";

/** Where it is, laid out as a pool's images are. */
export const fetchedDirectory = (): string => join(homedir(), ".cache/farm/fetched");

interface CacheOptions {
  readonly clock: Clock;
  readonly onWarning: (message: string) => void;
  /** Made when it is not there. */
  readonly directory?: string;
}

/** @see ControllerCache. Nothing is done before something is asked for. */
export function controllerCache({
  directory = fetchedDirectory(),
  ...options
}: CacheOptions): ControllerCache {
  const store = new ImageStore(localShell({ name: "controller" }), directory, { ...options, plain: true });
  return {
    net: () => store.net(),
    fetch: async ({ url, mirrors, checksum }, signal, onProgress) => {
      const more = { ...(mirrors && { mirrors }), ...(checksum && { checksum }) };
      const recipe: ImageRecipe = { dest: "", url, ...more, inject: "none", inPlace: false };
      const { path, sha256, virtualSizeBytes: bytes } = await store.ensure(recipe, { signal, onProgress });
      const { etag, lastModified } = (await store.known(recipe)) ?? {};
      const headers = { ...(etag && { etag }), ...(lastModified && { lastModified }) };
      return { path, bytes, sha256, headers };
    },
  };
}
