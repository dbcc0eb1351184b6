import { posix } from "node:path";
import { closest, distance } from "fastest-levenshtein";
import type { CallbackFile, NamedFiles } from "../../load/definitions/named-files.js";
import type { Callback, Source } from "../../load/definitions/vm-definition.js";
import { builtInCallback, noCallback, type ParsedCallback, parseCallback } from "./callbacks.js";
import type { GuestArguments, GuestSettings } from "./guest-settings.js";
import type { OwnCallback, Provided } from "./image-recipe.js";
import { normaliseSource } from "./source-url.js";

export type Path = readonly (string | number)[];
export type Fail = (path: Path, message: string, hint?: string) => void;

/** What the sources of one VM have made so far. */
export interface Flow {
  /** Working files by name: what callbacks read and make. */
  readonly files: Map<string, Provided>;
  /** What `on_provision` put into the pool, by its `dest`. */
  readonly installed: Map<string, Provided>;
  /** The user's callbacks that make no image. */
  readonly besides: OwnCallback[];
  readonly named: NamedFiles;
  readonly fail: Fail;
  readonly failed: () => boolean;
  /** What arguments say about a guest's first boot. @param at the callback's place */
  readonly guest: (args: GuestArguments, at: Path) => GuestSettings;
}

/** Follows the names from callback to callback, up to what `on_provision` puts into the pool. */
export function followSource(source: Source, path: Path, flow: Flow): void {
  for (const [index, callback] of source.before_provision.entries())
    follow(callback, source, [...path, "before_provision", index], flow);
  const { callback, src, dest } = source.on_provision;
  const at = [...path, "on_provision"];
  if (callback !== undefined && builtInCallback(callback) !== "install_to_libvirt")
    flow.fail(
      [...at, "callback"],
      `on_provision takes only install_to_libvirt, not '${callback}'`,
      "put a callback of your own last into before_provision",
    );
  const provided = find(src, [...at, "src"], flow);
  if (provided) flow.installed.set(normal(dest), provided);
}

/** A file of the user's comes before farm's own where the callback is written as a path; else behind it. */
function follow(callback: Callback, source: Source, at: Path, flow: Flow): void {
  const written = callback.callback;
  const isPath = /\/|\.ya?ml$/i.test(written);
  const builtIn = builtInCallback(written);
  const file = isPath || builtIn === undefined ? flow.named.callback(written) : undefined;
  if (file) {
    followOwn(file, callback, source, at, flow);
    return;
  }
  const { callback: _name, ...args } = callback;
  const parsed = builtIn
    ? parseCallback(builtIn, args)
    : [noCallback(written, flow.named.callbacksNear(written))];
  if (!Array.isArray(parsed)) followCallback(parsed, at, flow);
  else for (const problem of parsed) flow.fail([...at, problem.argument], problem.message, problem.hint);
}

/** What a task file makes is known by its `dest`; what else it does is its own. */
function followOwn(file: CallbackFile, callback: Callback, source: Source, at: Path, flow: Flow): void {
  const { src } = callback;
  const dest = callback.dest ?? src;
  for (const key of ["src", "dest"] as const)
    if (callback[key] !== undefined && isOutside(callback[key], key === "src")) {
      flow.fail([...at, key], `'${callback[key]}' leads out of the directory that a callback works in`);
      return;
    }
  // An address is an argument like any other.
  const recipe = src === undefined || isAddress(src) ? undefined : find(src, [...at, "src"], flow);
  if (src !== undefined && !isAddress(src) && !recipe) return;
  const own: OwnCallback = {
    file: file.path,
    shown: file.shown,
    task: callback,
    source,
    ...(src !== undefined && recipe && { from: { name: normal(src), recipe } }),
    ...(dest !== undefined && !isAddress(dest) && { dest: normal(dest) }),
  };
  if (own.dest === undefined) {
    flow.besides.push(own);
    return;
  }
  const { inject = "none", guest } = recipe ?? {};
  flow.files.set(own.dest, { url: file.shown, inject, ...defined({ guest }), inPlace: false, made: own });
}

const isAddress = (name: string): boolean => normaliseSource(name) !== undefined;

const isOutside = (name: string, mayBeAddress: boolean): boolean =>
  /^\.\.(\/|$)/.test(normal(name)) || (!mayBeAddress && isAddress(name));

function followCallback(callback: ParsedCallback, at: Path, flow: Flow): void {
  if (callback.name === "fetch") {
    const { src, dest, checksum, mirrors } = callback.args;
    const more = defined({ checksum, mirrors });
    flow.files.set(normal(dest), { url: src, ...more, inject: "none", inPlace: false });
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
