import { posix } from "node:path";
import { closest, distance } from "fastest-levenshtein";
import { ConfigError, ConfigErrors, type FarmError, type Position } from "../errors.js";
import type { Disk, Source, VmDefinition } from "../expand/vm-definition.js";
import {
  callbackName,
  type ImageFormat,
  type Inject,
  type ParsedCallback,
  parseCallback,
} from "./callbacks.js";
import type { Checksum } from "./checksum.js";
import { parseSize } from "./size.js";
import { normaliseSource } from "./source-url.js";

/** Everything that decides what one disk of a VM is made from. */
export interface ImageRecipe {
  /** The disk's `src` in the definition. */
  readonly dest: string;
  /** An http(s) URL, or a path on the hypervisor that begins with `/` or `~/`. */
  readonly url: string;
  /** Other addresses of the same file, in the order in which they are tried. */
  readonly mirrors?: readonly string[];
  readonly checksum?: Checksum;
  /** What the user says the image is; the content decides where he says nothing, and must agree where he does. */
  readonly format?: ImageFormat;
  /** Virtual size of the disk; the image's own when absent. */
  readonly sizeBytes?: number;
  /** The partition that shall fill the grown disk. */
  readonly partitionNumber?: number;
  /** The source is an archive: the image is the named member, or the only one that can be meant. */
  readonly unpack?: { readonly member?: string };
  /** The format that the image shall have, whatever the source's is. */
  readonly convertTo?: ImageFormat;
  readonly inject: Inject;
  /** A file of the user's own in the pool directory: used where it is, never copied and never written to. */
  readonly inPlace: boolean;
}

/** The place in the user's file of a value of the definition, e.g. of ["metadata", "sources", 0, "on_provision", "src"]. */
export type Locate = (path: readonly (string | number)[]) => Position | undefined;

type Provided = Omit<ImageRecipe, "dest">;

/**
 * One recipe for each disk, in the disks' order: follows the names from `fetch` through the other callbacks and
 * `on_provision` to `disk.src`.
 * @throws ConfigError, or ConfigErrors when there are several mistakes.
 */
export function imageRecipes(definition: VmDefinition, locate: Locate = () => undefined): ImageRecipe[] {
  const errors: FarmError[] = [];
  const fail: Fail = (path, message, hint) => {
    errors.push(new ConfigError(message, { position: locate(path), hint }));
  };
  const installed = new Map<string, Provided>();
  const files = new Map<string, Provided>();
  definition.metadata.sources.forEach((source, index) => {
    followSource(source, ["metadata", "sources", index], {
      files,
      installed,
      fail,
      failed: () => errors.length > 0,
    });
  });
  const recipes =
    errors.length > 0
      ? []
      : definition.disks.map((disk, index) =>
          diskRecipe(disk, ["disks", index], definition, installed, fail),
        );
  if (errors.length > 1) throw new ConfigErrors(errors);
  if (errors[0]) throw errors[0];
  return recipes;
}

type Path = readonly (string | number)[];
type Fail = (path: Path, message: string, hint?: string) => void;

interface Flow {
  /** Working files by name: what callbacks read and make. */
  readonly files: Map<string, Provided>;
  /** What `on_provision` put into the pool, by its `dest`. */
  readonly installed: Map<string, Provided>;
  readonly fail: Fail;
  readonly failed: () => boolean;
}

function followSource(source: Source, path: Path, flow: Flow): void {
  for (const [index, callback] of source.before_provision.entries()) {
    const at = [...path, "before_provision", index];
    const parsed = parseCallback(callback);
    if (!Array.isArray(parsed)) followCallback(parsed, at, flow);
    else for (const problem of parsed) flow.fail([...at, problem.argument], problem.message, problem.hint);
  }
  const { callback, src, dest } = source.on_provision;
  const at = [...path, "on_provision"];
  const name = callback === undefined ? "install_to_libvirt" : callbackName(callback);
  if (typeof name !== "string") flow.fail([...at, "callback"], name.message, name.hint);
  const provided = find(src, [...at, "src"], flow);
  if (provided) flow.installed.set(normal(dest), provided);
}

function followCallback(callback: ParsedCallback, at: Path, flow: Flow): void {
  if (callback.name === "fetch") {
    const { src, dest, checksum, mirrors } = callback.args;
    const more = defined({ checksum, mirrors });
    flow.files.set(normal(dest), { url: src, ...more, inject: "none", inPlace: false });
    return;
  }
  const provided = find(callback.args.src, [...at, "src"], flow);
  if (!provided) return;
  const dest = normal(callback.args.dest ?? destOf(callback));
  flow.files.set(dest, { ...provided, ...change(callback) });
}

/** The name that a callback gives by itself: an archive's without what says that it is one. */
const destOf = ({ name, args: { src } }: ImageChange): string =>
  name === "unarchive" ? src.replace(/(\.tar)?\.(gz|xz|bz2|zst|zip|tar|tgz|txz)$/i, "") : src;

type ImageChange = Exclude<ParsedCallback, { name: "fetch" }>;

/** What a callback changes about the image that it is given. */
function change(callback: ImageChange): Partial<Provided> {
  if (callback.name === "unarchive") return { unpack: defined({ member: callback.args.member }) };
  if (callback.name === "img_convert")
    return defined({ format: callback.args.from, convertTo: callback.args.to });
  if (callback.name === "setup_image") return { inject: callback.args.inject };
  if (callback.name !== "extend_and_convert") return {};
  const { size, partition_number, from_format } = callback.args;
  return defined({ sizeBytes: size, partitionNumber: partition_number, format: from_format });
}

function find(name: string, path: Path, flow: Flow): Provided | undefined {
  const provided = flow.files.get(normal(name));
  if (provided) return provided;
  const url = normaliseSource(name);
  if (url?.startsWith("/") || url?.startsWith("~/")) return { url, inject: "none", inPlace: false };
  if (flow.failed()) return undefined; // What would have made it is the mistake that was told already.
  const nearest = closest(name, [...flow.files.keys()]);
  const typo = nearest !== undefined && distance(name, nearest) <= Math.max(3, name.length / 4);
  const hint =
    url !== undefined
      ? "let the callback 'fetch' bring it first"
      : typo
        ? `did you mean '${nearest}'?`
        : undefined;
  flow.fail(
    path,
    `no earlier callback makes '${name}'`,
    hint ?? "a callback's src is the dest of one before it",
  );
  return undefined;
}

function diskRecipe(
  disk: Disk,
  path: Path,
  definition: VmDefinition,
  installed: ReadonlyMap<string, Provided>,
  fail: Fail,
): ImageRecipe {
  const sizeBytes = disk.size === undefined ? undefined : parseSize(disk.size);
  if (disk.size !== undefined && sizeBytes === undefined)
    fail(
      [...path, "size"],
      `'${disk.size}' is not a size`,
      "a size is a number of bytes or like 10G, 10GiB, 512M",
    );
  const provided = installed.get(normal(disk.src)) ?? poolFile(disk, path, definition, fail);
  return { ...provided, ...defined({ sizeBytes }), dest: disk.src };
}

function poolFile(disk: Disk, path: Path, definition: VmDefinition, fail: Fail): Provided {
  const own = /^(~?\/|file:\/\/)/i.test(disk.src);
  const url = normaliseSource(own ? disk.src : posix.join(definition.metadata.libvirt_pool_dir, disk.src));
  if (url === undefined || /^https?:/i.test(url))
    fail(
      [...path, "src"],
      `'${disk.src}' is neither made by a source nor a file`,
      "bring it with a source's callback 'fetch'",
    );
  // `qcow2` is also what the schema fills in, so only `raw` is known to be the user's own word.
  return {
    url: url ?? disk.src,
    ...(disk.type === "raw" && { format: disk.type }),
    inject: "none",
    inPlace: true,
  };
}

const normal = (name: string): string => posix.normalize(name);

/** Without the keys whose value is undefined, so that they do not hide what stands already. */
function defined<T extends object>(object: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
