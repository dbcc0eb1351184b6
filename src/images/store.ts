import { randomBytes } from "node:crypto";
import type { Clock } from "../clock.js";
import { ImageError } from "../errors.js";
import { failPoint } from "../fail-point.js";
import { plainText } from "../transport/plain-text.js";
import type { Shell } from "../transport/shell.js";
import type { ControllerCache } from "./fetch/job.js";
import { expectSuccess, type ImageProgress, type Job, type Net } from "./fetch/job.js";
import { digestOrKnown, findStored, lookUp, lookupQuestion } from "./find-stored.js";
import { lockImage } from "./layout/image-lock.js";
import { parsePrepared, prepareCommand, type StoreHost } from "./layout/prepare-command.js";
import { type IndexEntry, type StoredImage, storedImage } from "./layout/store-layout.js";
import { MadeImages } from "./made-images.js";
import type { EnsureOptions } from "./maker.js";
import { obtain } from "./obtain.js";
import { type DiskRoom, grownTable } from "./overlay/grown-table.js";
import { useInPlace } from "./overlay/in-place.js";
import { leafCommand } from "./overlay/leaf.js";
import type { Provided } from "./recipe/image-recipe.js";
import { expandHome, isHttp, sourceKey } from "./recipe/source-url.js";
import { SharedWork } from "./shared-work.js";
import { askUpstream, fetchedChange, type UpstreamChange } from "./upstream.js";

export interface StoreOptions {
  readonly clock: Clock;
  /** Something a person should know although the work goes on: a retry, an image that could not be checked again. */
  readonly onWarning?: (message: string) => void;
  /** Names partial files; different for every call. */
  readonly unique?: () => string;
  /** Fetches for a hypervisor that reaches no server. */
  readonly via?: ControllerCache | undefined;
  /** It holds any files: what it gives out is no image. */
  readonly plain?: boolean;
}

/** What one piece of work for all who want it is told. */
type Producing = EnsureOptions & {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ImageProgress) => void;
};

/**
 * The images of one hypervisor, by content, in `farm/images` of its pool directory. What is in it is verified,
 * complete and never written to; one farm at a time fetches a source, all others wait for it and use what it got.
 */
export class ImageStore {
  readonly #work = new SharedWork<StoredImage, ImageProgress>();
  readonly #made = new MadeImages({
    ensure: (recipe, options) => this.ensure(recipe, options),
    createLeaf: (image, path, room, signal) => this.createLeaf(image, path, room, signal),
    job: (recipe, signal, report) => this.#job(recipe, signal, report),
  });
  #host: Promise<StoreHost> | undefined;

  /** `poolDirectory` may begin with `~/`; it is made when it is not there. */
  constructor(
    private readonly shell: Shell,
    private readonly poolDirectory: string,
    private readonly options: StoreOptions,
  ) {}

  /** The pool directory as an absolute path, made if it was not there. @throws ConfigError, ImageError */
  async poolPath(): Promise<string> {
    return (await this.#prepare()).pool;
  }

  /** Who talks to servers. @throws ImageError */
  async net(): Promise<Net> {
    return this.options.via?.net() ?? { shell: this.shell, ...(await this.#prepare()) };
  }

  /** What was noted of a source when it was last brought; undefined when it never was. @throws ImageError */
  async known(recipe: Provided): Promise<IndexEntry | undefined> {
    const job = await this.#job(recipe, new AbortController().signal, () => undefined);
    return (await lookUp(job, undefined)).index;
  }

  /** Whether a server has another image than the one that is here, asked without fetching it. @throws ImageError */
  async upstream(recipe: Provided, signal: AbortSignal): Promise<UpstreamChange | undefined> {
    const job = await this.#job(recipe, signal, () => undefined);
    return askUpstream({ ...job, hurried: true, warn: () => undefined }, await lookUp(job, undefined));
  }

  /** The image that a recipe asks for, brought into the store if need be. @throws ImageError, InterruptedError */
  ensure(recipe: Provided, options: EnsureOptions = {}): Promise<StoredImage> {
    if (recipe.made) return this.#made.ensure(recipe, recipe.made, options);
    const { url, mirrors, checksum, format, inPlace, unpack, convertTo } = recipe;
    const key = JSON.stringify([url, mirrors, checksum, format, inPlace, unpack, convertTo]);
    return this.#work.join(key, options, (signal, report) =>
      this.#produce(recipe, { ...options, signal, onProgress: report }),
    );
  }

  /**
   * An overlay at an absolute path, of the image's size or a larger one, then with its partition table grown.
   * @throws ConfigError, ImageError
   */
  async createLeaf(
    image: StoredImage,
    path: string,
    room: DiskRoom = {},
    signal?: AbortSignal,
  ): Promise<void> {
    const writes = await grownTable(this.shell, image, room, signal);
    failPoint("image/leaf");
    await expectSuccess(
      { shell: this.shell, signal },
      leafCommand(image, path, room.sizeBytes, writes),
      "make an overlay of",
    );
    failPoint("image/leaf.");
  }

  async #produce(recipe: Provided, options: Producing): Promise<StoredImage> {
    const job = await this.#job(recipe, options.signal, options.onProgress);
    const known = recipe.checksum && "hex" in recipe.checksum ? recipe.checksum : undefined;
    const first = await lookUp(job, known);
    if (recipe.inPlace) return useInPlace(job, this.#existing(job, first));
    const digest = known ?? (await digestOrKnown(job, first));
    const other =
      !job.derived &&
      digest?.algorithm === "sha256" &&
      digest !== known &&
      digest.hex !== first.stored?.sha256;
    const lookup = other ? await lookUp(job, digest) : first;
    return (await findStored(job, lookup, digest)) ?? this.#obtainLocked({ ...job, digest }, options);
  }

  async #obtainLocked(
    job: Job,
    { owner = "a farm", waits = true }: Pick<EnsureOptions, "owner" | "waits">,
  ): Promise<StoredImage> {
    const { clock, signal, report, digest } = job;
    const tell = (holder: string, deadlineMs: number) =>
      report({ step: "wait for another farm", done: 0, holder, deadlineMs });
    const options = { clock, signal, owner, onWaiting: waits ? tell : undefined };
    const lock = await lockImage(this.shell, lookupQuestion(job, digest), options);
    try {
      const found = await findStored(job, lock.lookup, digest);
      if (found) return found;
      if (job.isFile) this.#existing(job, lock.lookup);
      const entry = await obtain(job, lock.lookup.fileKey);
      const change = fetchedChange(job, lock.lookup.index, entry);
      if (change !== undefined) job.warn(change);
      return storedImage(job.host.images, entry);
    } finally {
      await lock.release();
    }
  }

  #existing<T extends { fileKey: string | undefined }>(job: Job, lookup: T): T {
    if (lookup.fileKey !== undefined) return lookup;
    throw new ImageError(`there is no readable file ${job.source} on '${this.shell.name}'`, {
      hint: "paths of images are paths on the hypervisor",
    });
  }

  async #job(recipe: Provided, signal: AbortSignal, report: Job["report"]): Promise<Job> {
    const { clock, onWarning, unique, via, plain = false } = this.options;
    const host = await this.#prepare();
    const isFile = !isHttp(recipe.url) && recipe.made === undefined;
    const source = isFile ? expandHome(recipe.url, host.home) : recipe.url;
    return {
      shell: this.shell,
      clock,
      host,
      net: isFile ? { shell: this.shell, ...host } : await this.net(),
      via: isFile ? undefined : via,
      plain,
      recipe,
      source,
      isFile,
      key: sourceKey(source, recipe),
      derived: recipe.unpack !== undefined || recipe.convertTo !== undefined,
      digest: recipe.checksum && "hex" in recipe.checksum ? recipe.checksum : undefined,
      signal,
      report,
      warn: (message) => onWarning?.(message),
      unique: unique ?? (() => randomBytes(6).toString("hex")),
    };
  }

  #prepare(): Promise<StoreHost> {
    this.#host ??= this.#askHost().catch((error: unknown) => {
      this.#host = undefined; // The next VM may find the disk mounted, the tool installed.
      throw error;
    });
    return this.#host;
  }

  async #askHost(): Promise<StoreHost> {
    const { code, stdout, stderr } = await this.shell.run(
      prepareCommand(this.poolDirectory, this.options.plain),
    );
    if (code === 0) return parsePrepared(this.shell.name, stdout, this.options.plain);
    throw new ImageError(
      `cannot make the pool directory ${this.poolDirectory} on '${this.shell.name}': ${plainText(stderr)}`,
      {
        hint: "`metadata.libvirt_pool_dir` says where it is; hypervisors' users must be able to write there",
      },
    );
  }
}
