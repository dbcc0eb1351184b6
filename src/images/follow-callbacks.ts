import { posix } from "node:path";
import { closest, distance } from "fastest-levenshtein";
import type { Source } from "../expand/vm-definition.js";
import { callbackName, type ParsedCallback, parseCallback } from "./callbacks.js";
import type { GuestArguments, GuestSettings } from "./guest-settings.js";
import type { ImageRecipe } from "./recipe.js";
import { normaliseSource } from "./source-url.js";

/** An image as far as a source's callbacks have come with it. */
export type Provided = Omit<ImageRecipe, "dest">;

export type Path = readonly (string | number)[];
export type Fail = (path: Path, message: string, hint?: string) => void;

/** What the sources of one VM have made so far. */
export interface Flow {
  /** Working files by name: what callbacks read and make. */
  readonly files: Map<string, Provided>;
  /** What `on_provision` put into the pool, by its `dest`. */
  readonly installed: Map<string, Provided>;
  readonly fail: Fail;
  readonly failed: () => boolean;
  /** What arguments say about a guest's first boot. @param at the callback's place */
  readonly guest: (args: GuestArguments, at: Path) => GuestSettings;
}

/** Follows the names from callback to callback, up to what `on_provision` puts into the pool. */
export function followSource(source: Source, path: Path, flow: Flow): void {
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
    const { src, dest, checksum } = callback.args;
    flow.files.set(normal(dest), { url: src, ...defined({ checksum }), inject: "none", inPlace: false });
    return;
  }
  if (callback.name === "setup_cloudinit_iso") {
    const guest = flow.guest(callback.args, at);
    const seed = { url: "", inject: "none", inPlace: false, seed: true, guest } as const;
    flow.files.set(normal(callback.args.dest), seed);
    return;
  }
  const provided = find(callback.args.src, [...at, "src"], flow);
  const change = changeOf(callback, at, flow);
  if (!provided) return;
  const dest = normal(callback.args.dest ?? destOf(callback));
  flow.files.set(dest, { ...provided, ...change });
}

/** The name that a callback gives by itself: an archive's without what says that it is one. */
const destOf = ({ name, args: { src } }: ImageChange): string =>
  name === "unarchive" ? src.replace(/(\.tar)?\.(gz|xz|bz2|zst|zip|tar|tgz|txz)$/i, "") : src;

type ImageChange = Exclude<ParsedCallback, { name: "fetch" | "setup_cloudinit_iso" }>;

/** What a callback changes about the image that it is given. */
function changeOf(callback: ImageChange, at: Path, flow: Flow): Partial<Provided> {
  if (callback.name === "unarchive") return { unpack: defined({ member: callback.args.member }) };
  if (callback.name === "img_convert")
    return defined({ format: callback.args.from, convertTo: callback.args.to });
  if (callback.name === "setup_image") {
    const guest = flow.guest(callback.args, at);
    return { inject: callback.args.inject, ...(Object.keys(guest).length > 0 && { guest }) };
  }
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

/** One name, however it is written. */
export const normal = (name: string): string => posix.normalize(name);

/** Without the keys whose value is undefined, so that they do not hide what stands already. */
export function defined<T extends object>(object: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
