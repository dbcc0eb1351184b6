import type { Trace } from "../trace.js";
import type { ImageProgress } from "./fetch/job.js";
import type { OwnCallback } from "./recipe/image-recipe.js";

/**
 * `same`: what was made is what would be made now. `changed`: the callback's files are others. `another's`: all that differs is what it
 * looked at of its VM, so that it is right for another one.
 */
export type Judgement = "same" | "changed" | "another's";

/** What runs one callback of the user's for one VM, and knows what that depends on. */
export interface Maker {
  /**
   * Names what it makes of an image with that digest: 32 hexadecimal digits from which nobody can tell any of it.
   * @param whose `this`: for this VM alone; `any`: for all that have the callback with these arguments
   */
  key(base: string | undefined, whose: "this" | "any"): string;
  judge(trace: Trace): Promise<Judgement>;
  /** @param directory absolute, its own: the tasks see it as `vm.metadata.tmp_dir` @throws FarmError */
  run(directory: string, signal: AbortSignal): Promise<Trace>;
}

export type MakerOf = (callback: OwnCallback) => Promise<Maker>;

/** How an image is asked for. */
export interface EnsureOptions {
  readonly signal?: AbortSignal | undefined;
  /** At most twice a second. */
  readonly onProgress?: ((progress: ImageProgress) => void) | undefined;
  /** Told to another farm that wants the same image meanwhile. */
  readonly owner?: string;
  /** Whether another farm that fetches it is waited for; default yes. */
  readonly waits?: boolean;
  /** Who runs callbacks of the user's. */
  readonly makerOf?: MakerOf | undefined;
}
