import { InternalError } from "../errors.js";
import type { Trace } from "../trace.js";
import { removePart } from "./fetch/bring.js";
import { commitCommand } from "./fetch/commit-command.js";
import { expectSuccess, type ImageProgress, type Job } from "./fetch/job.js";
import type { Transfer } from "./fetch/transfer.js";
import { lookUp, lookupQuestion } from "./find-stored.js";
import { lockImage } from "./layout/image-lock.js";
import type { Lookup } from "./layout/lookup-command.js";
import { partPath, type StoredImage, storedImage } from "./layout/store-layout.js";
import type { EnsureOptions, Maker } from "./maker.js";
import { derive } from "./overlay/derive.js";
import type { DiskRoom } from "./overlay/grown-table.js";
import type { OwnCallback, Provided } from "./recipe/image-recipe.js";
import { sourceKey } from "./recipe/source-url.js";
import { SharedWork } from "./shared-work.js";
import { fillCommand, takeMade } from "./work-directory.js";

/** A partial file, and what its callback looked at. */
type Made = Pick<Transfer, "bytes" | "magic" | "headers"> & { readonly trace: Trace };

/** What the store does for images that callbacks make. */
interface Store {
  ensure(recipe: Provided, options: EnsureOptions): Promise<StoredImage>;
  createLeaf(image: StoredImage, path: string, room: DiskRoom, signal: AbortSignal): Promise<void>;
  job(recipe: Provided, signal: AbortSignal, report: Job["report"]): Promise<Job>;
}

interface Found {
  readonly image: StoredImage;
  readonly trace: Trace;
}

/** Images that callbacks of the user's make: each is made once, and again when what its callback looked at is no longer the same. */
export class MadeImages {
  readonly #work = new SharedWork<Found, ImageProgress>();

  constructor(private readonly store: Store) {}

  /** @throws FarmError */
  async ensure(recipe: Provided, callback: OwnCallback, options: EnsureOptions): Promise<StoredImage> {
    const maker = await options.makerOf?.(callback);
    if (!maker) throw new InternalError(`nobody runs the callback ${callback.shown}`);
    const base = await this.#base(callback, options);
    // VMs whose callback looks at nothing of their own share what it makes.
    for (const whose of ["any", "this"] as const) {
      const key = sourceKey(maker.key(base, whose), recipe);
      const found = await this.#work.join(key, options, (signal, report) =>
        this.#produce({ recipe, callback, maker, key, whose, options }, signal, report),
      );
      if (whose === "this" || (await maker.judge(found.trace)) !== "another's") return found.image;
    }
    throw new InternalError("unreachable");
  }

  /** Tells apart what a callback is given. The image need not be there when its digest is known without it. */
  async #base({ from }: OwnCallback, options: EnsureOptions): Promise<string | undefined> {
    if (!from) return undefined;
    const digest = knownDigest(from.recipe) ?? (await this.store.ensure(from.recipe, options)).sha256;
    return baseOf(from.recipe, digest);
  }

  async #produce(work: Work, signal: AbortSignal, report: Job["report"]): Promise<Found> {
    const { recipe, key } = work;
    const job = { ...(await this.store.job(recipe, signal, report)), key };
    const found = await usable(job, await lookUp(job, undefined), work);
    if (found) return found;
    const { owner = "a farm", waits = true } = work.options;
    const tell = (holder: string, deadlineMs: number) =>
      report({ step: "wait for another farm", done: 0, holder, deadlineMs });
    const onWaiting = waits ? tell : undefined;
    const lock = await lockImage(job.shell, lookupQuestion(job, undefined), {
      ...{ clock: job.clock, signal, owner, onWaiting },
    });
    try {
      const again = await usable(job, lock.lookup, work);
      if (again) return again;
      return await this.#obtain(work, job);
    } finally {
      await lock.release();
    }
  }

  /** Nothing but a whole, verified image is left behind. The caller holds the lock. */
  async #obtain(work: Work, job: Job): Promise<Found> {
    const { images } = job.host;
    const parts: [string, ...string[]] = [partPath(images, job.key, job.unique())];
    try {
      const { trace, ...file } = await this.#make(work, job, parts);
      const { entry: image, part: made } = await derive(job, file, undefined, parts);
      const entry = { ...image, trace };
      await expectSuccess(job, commitCommand({ images, key: job.key, entry, part: made }), "store");
      return { image: storedImage(images, entry), trace };
    } catch (error) {
      for (const each of parts) await removePart(job, each);
      throw error;
    }
  }

  async #make({ callback, maker, options }: Work, job: Job, parts: [string, ...string[]]): Promise<Made> {
    const { dest = "", from } = callback;
    const directory = part(job, parts);
    const given = from && { name: from.name, ...(await this.#given(from.recipe, job, parts, options)) };
    await expectSuccess(job, fillCommand(directory, given), "copy");
    job.report({ step: "callback", done: 0 });
    const trace = await maker.run(directory, job.signal);
    return { ...(await takeMade(job, directory, dest, parts[0])), trace };
  }

  /** The image before the callback, as large as it is by then. */
  async #given(
    recipe: Provided,
    job: Job,
    parts: [string, ...string[]],
    options: EnsureOptions,
  ): Promise<{ image: StoredImage; leaf?: string }> {
    const { signal } = job;
    const image = await this.store.ensure(recipe, { ...options, signal });
    if ((recipe.sizeBytes ?? 0) <= image.virtualSizeBytes) return { image };
    const leaf = part(job, parts);
    await this.store.createLeaf(image, leaf, recipe, signal);
    return { image, leaf };
  }
}

/** Where the definition itself says what the image is, which neither an archive nor a conversion is. */
export function knownDigest({ checksum, unpack, convertTo, made }: Provided): string | undefined {
  const isPlain = !unpack && !convertTo && !made;
  const isKnown = isPlain && checksum && "hex" in checksum && checksum.algorithm === "sha256";
  return isKnown ? checksum.hex : undefined;
}

/** An image of a digest, as large as a callback is given it. */
export const baseOf = ({ sizeBytes, partitionNumber }: Provided, digest: string): string =>
  JSON.stringify([digest, sizeBytes, partitionNumber]);

/** One callback to run, or to find the result of. */
interface Work {
  readonly recipe: Provided;
  readonly callback: OwnCallback;
  readonly maker: Maker;
  readonly key: string;
  readonly whose: "any" | "this";
  readonly options: EnsureOptions;
}

function part(job: Job, parts: string[]): string {
  const path = partPath(job.host.images, job.key, job.unique());
  parts.push(path);
  return path;
}

/** What is there and was made from the same; under the common name also what is right for another VM. */
async function usable(
  job: Job,
  { stored, index }: Lookup,
  { maker, whose }: Work,
): Promise<Found | undefined> {
  const { trace } = index ?? {};
  if (!stored || !trace || index?.sha256 !== stored.sha256) return undefined;
  const judgement = await maker.judge(trace);
  if (judgement !== "same" && (whose === "this" || judgement === "changed")) return undefined;
  return { image: storedImage(job.host.images, stored), trace };
}
