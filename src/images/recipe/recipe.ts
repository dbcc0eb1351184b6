import { posix } from "node:path";
import { ConfigError, type Position } from "../../errors.js";
import { type NamedFiles, NO_FILES } from "../../load/definitions/named-files.js";
import type { Disk, VmDefinition } from "../../load/definitions/vm-definition.js";
import { Problems } from "../../values/problems.js";
import { parseSize } from "../../values/size.js";
import type { ImageFormat, Inject } from "./callbacks.js";
import type { Checksum } from "./checksum.js";
import {
  defined,
  type Fail,
  type Flow,
  followSource,
  normal,
  type Path,
  type Provided,
} from "./follow-callbacks.js";
import { type GuestSettings, guestSettings } from "./guest-settings.js";
import type { OwnCallback } from "./own-callback.js";
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
  /** What the guest is told at its first boot, of the user's own. */
  readonly guest?: GuestSettings;
  /** Made by a callback of the user's; `url` is then its task file, as messages show it. */
  readonly made?: OwnCallback;
  /** Not an image: cloud-init's disk, which farm makes for each VM. */
  readonly seed?: true;
  /** A file of the user's own in the pool directory: used where it is, never copied and never written to. */
  readonly inPlace: boolean;
}

/** The place in the user's file of a value of the definition, e.g. of ["metadata", "sources", 0, "on_provision", "src"]. */
export type Locate = (path: readonly (string | number)[]) => Position | undefined;

/** What a VM's images are made from. */
export interface ImageWork {
  /** One for each disk, in the disks' order. */
  readonly recipes: readonly ImageRecipe[];
  /** Callbacks of the user's that make no image. */
  readonly besides: readonly OwnCallback[];
}

/**
 * Follows the names from `fetch` through the other callbacks and `on_provision` to `disk.src`.
 * @throws ConfigError, or ConfigErrors when there are several mistakes.
 */
export function imageWork(
  definition: VmDefinition,
  locate: Locate = () => undefined,
  named: NamedFiles = NO_FILES,
): ImageWork {
  const problems = new Problems();
  const fail: Fail = (path, message, hint) =>
    problems.add(new ConfigError(message, { position: locate(path), hint }));
  const guest: Flow["guest"] = (args, at) => {
    const place = { definition, files: named, locate: (path: Path) => locate([...at, ...path]) };
    return problems.attempt(() => guestSettings(args, place)) ?? {};
  };
  const flow: Flow = {
    files: new Map(),
    installed: new Map(),
    besides: [],
    named,
    fail,
    guest,
    failed: () => problems.any,
  };
  for (const [index, source] of definition.metadata.sources.entries())
    followSource(source, ["metadata", "sources", index], flow);
  problems.throwIfAny();
  const recipes = definition.disks.map((disk, index) =>
    diskRecipe(disk, ["disks", index], definition, flow.installed, fail),
  );
  problems.throwIfAny();
  return { recipes, besides: flow.besides };
}

/** The recipes alone. @throws ConfigError(s) */
export const imageRecipes = (...given: Parameters<typeof imageWork>): readonly ImageRecipe[] =>
  imageWork(...given).recipes;

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
