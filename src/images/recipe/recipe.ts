import { posix } from "node:path";
import { ConfigError, type Position } from "../../errors.js";
import { type NamedFiles, NO_FILES } from "../../load/definitions/named-files.js";
import type { Disk, VmDefinition } from "../../load/definitions/vm-definition.js";
import { Problems } from "../../values/problems.js";
import { parseSize } from "../../values/size.js";
import { defined, type Fail, type Flow, followSource, normal, type Path } from "./follow-callbacks.js";
import { guestSettings } from "./guest-settings.js";
import type { ImageRecipe, OwnCallback, Provided } from "./image-recipe.js";
import { normaliseSource } from "./source-url.js";

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
