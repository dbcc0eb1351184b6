import type { Clock } from "../../clock.js";
import { ImageError } from "../../errors.js";
import { plainText } from "../../transport/plain-text.js";
import type { Command, Shell } from "../../transport/shell.js";
import type { StoreHost } from "../layout/prepare-command.js";
import type { Digest } from "../recipe/checksum.js";
import type { ImageRecipe, Provided } from "../recipe/image-recipe.js";
import type { ResponseHeaders } from "./response-headers.js";
import type { Fetcher } from "./transfer.js";
import { NO_SPACE, SPACE_HINT } from "./transfer-failure.js";

/** How far the store is with an image. `total` is unknown until the server has told it. */
export type ImageProgress =
  | {
      readonly step: "fetch" | "copy" | "upload" | "unpack" | "convert" | "callback" | "verify";
      readonly done: number;
      readonly total?: number;
      readonly bytesPerSecond?: number;
      readonly remainingMs?: number;
    }
  | {
      readonly step: "wait for another farm";
      readonly done: 0;
      /** Who it is. */
      readonly holder: string;
      readonly deadlineMs: number;
    };

/** Who talks to servers: the hypervisor itself, or the controller for it. */
export interface Net {
  readonly name: string;
  readonly shell: Shell;
  /** The first one there; undefined when there is neither. */
  readonly fetcher: Fetcher | undefined;
}

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

/** One source that one hypervisor shall have, and everything that work on it needs. */
export interface Job {
  readonly shell: Shell;
  readonly clock: Clock;
  readonly host: StoreHost;
  readonly net: Net;
  /** Where the controller keeps what it has fetched, when it does so for the hypervisor. */
  readonly via?: ControllerCache | undefined;
  /** Nothing is tried twice. */
  readonly hurried?: boolean;
  /** Any file: it need be no image. */
  readonly plain: boolean;
  readonly recipe: Provided;
  /** The recipe's URL or the mirror that is tried, or the absolute path of its file. */
  readonly source: string;
  readonly isFile: boolean;
  readonly key: string;
  /** The image is unpacked or converted from the source, so that the source's digest is not the image's. */
  readonly derived: boolean;
  readonly digest: Digest | undefined;
  readonly signal: AbortSignal;
  readonly report: (progress: ImageProgress) => void;
  readonly warn: (message: string) => void;
  /** Different for every call. */
  readonly unique: () => string;
}

/** @throws ImageError when the command says no. */
export async function expectSuccess(
  job: { readonly shell: Shell; readonly signal?: AbortSignal | undefined },
  command: Command,
  what: string,
): Promise<string> {
  const { code, stdout, stderr } = await job.shell.run(command, { signal: job.signal });
  if (code === 0) return stdout;
  throw new ImageError(
    `cannot ${what} an image on '${job.shell.name}': ${plainText(stderr) || `exit ${code}`}`,
    NO_SPACE.test(stderr) ? { hint: SPACE_HINT } : {},
  );
}
