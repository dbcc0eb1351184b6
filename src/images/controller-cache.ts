import type { Clock } from "../clock.js";
import { localShell } from "../transport/local-shell.js";
import type { ImageProgress, Net } from "./job.js";
import type { ImageRecipe } from "./recipe.js";
import type { ResponseHeaders } from "./response-headers.js";
import { ImageStore } from "./store.js";

/** A file that the controller has fetched. */
export interface FetchedFile {
  /** Absolute, on the controller. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Of the server's answer, as far as they tell later whether it has changed. */
  readonly headers: ResponseHeaders;
}

type Wanted = Pick<ImageRecipe, "url" | "mirrors" | "checksum">;

/** What the controller has fetched for hypervisors that reach no server; once for all of them, and for all farms of this user. */
export interface ControllerCache {
  /** @throws ImageError when the controller lacks a program that it needs */
  net(): Promise<Net>;
  /** @throws ImageError, InterruptedError */
  fetch(
    wanted: Wanted,
    signal: AbortSignal,
    onProgress: (progress: ImageProgress) => void,
  ): Promise<FetchedFile>;
}

interface CacheOptions {
  readonly clock: Clock;
  readonly onWarning: (message: string) => void;
  /** Made when it is not there. */
  readonly directory?: string;
}

/** @see ControllerCache. Nothing is done before something is asked for. */
export function controllerCache({
  directory = "~/.cache/farm/fetched",
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
