import { VmDefinition } from "../load/definitions/vm-definition.js";
import { entryOf, isMapping, type Mapping } from "../values/mapping.js";

type Path = readonly (string | number)[];

/** A definition without what does not fit its schema. */
export interface Mended {
  readonly definition: VmDefinition;
  /** Where something of it stands in the whole one, whose lists are longer. */
  readonly original: (path: Path) => Path;
}

/** For what a definition must have and has wrong. */
const STAND_INS = { arch: "x86_64", virt_domain: "qemu", vcpus: 1, ram: 1, net: {} };
const METADATA = {
  ...{ name: "x", hostname: "x", platform_name: "x", target_name: "x" },
  ...{ connection: "x", libvirt_pool_dir: "/x", tmp_dir: "/x", auth: {} },
};

/** Leaves out what does not fit, and disks whose sources may be among that; undefined when nothing can be judged then. */
export function mended(vm: Mapping): Mended | undefined {
  const wrong = (VmDefinition.safeParse(vm).error?.issues ?? []).map(({ path }) => path as Path);
  const fits = (...at: Path) => !wrong.some((path) => at.every((key, index) => path[index] === key));
  const soundOf = (from: unknown, ...at: Path): Mapping =>
    isMapping(from) ? Object.fromEntries(Object.entries(from).filter(([key]) => fits(...at, key))) : {};
  const metadata = entryOf(vm, "metadata");
  const [sources, disks] = [listOf(entryOf(metadata, "sources")), listOf(vm["disks"])];
  const soundSources = indexes(sources).filter((index) => fits("metadata", "sources", index));
  const made = new Set(soundSources.map((index) => entryOf(entryOf(sources[index], "on_provision"), "dest")));
  const knowsAll = fits("metadata", "sources");
  const soundDisks = indexes(disks).filter(
    (index) => fits("disks", index) && (knowsAll || made.has(entryOf(disks[index], "src"))),
  );
  const definition = VmDefinition.safeParse({
    ...STAND_INS,
    ...soundOf(vm),
    metadata: {
      ...METADATA,
      ...soundOf(metadata, "metadata"),
      sources: soundSources.map((index) => sources[index]),
    },
    disks: soundDisks.map((index) => disks[index]),
  }).data;
  return definition && { definition, original: (path) => original(path, soundSources, soundDisks) };
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const indexes = (list: readonly unknown[]): number[] => [...list.keys()];

/** With the indexes that items had before others were left out. */
function original(path: Path, sources: readonly number[], disks: readonly number[]): Path {
  const at = path[0] === "disks" ? 1 : path[0] === "metadata" && path[1] === "sources" ? 2 : path.length;
  const index = (at === 1 ? disks : sources)[Number(path[at])];
  return index === undefined ? path : [...path.slice(0, at), index, ...path.slice(at + 1)];
}
