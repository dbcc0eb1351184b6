import { existsSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { ConfigError, formatPosition, type Position } from "../../errors.js";
import { noteFile, noteNamed } from "../../inputs.js";
import { shownPath } from "../../load/files/user-file.js";
import type { UserFiles } from "../../load/files/user-files.js";
import type { AnyModule } from "../module/module.js";
import { elsewhere, isElsewhere } from "../modules/elsewhere.js";
import { findModule, moduleNames } from "../modules/registry.js";
import type { Directives, Lacking } from "../task.js";
import { libraryModules } from "./library.js";
import type { Modules } from "./parse-task.js";
import type { Answer } from "./prompts.js";
import type { RolePlaces } from "./roles-path.js";

/** Where task files, roles and the user's own modules are looked for. */
export interface SourceOptions {
  /** The project's, absolute. */
  readonly project: string;
  /** How the user's files are read; paths are shown relative to its `cwd`. */
  readonly files: UserFiles;
  /** Asks for the variables of `vars_prompt`; without, they have their defaults. */
  readonly answer?: Answer | undefined;
  /** Further directories of roles. */
  readonly rolePlaces?: RolePlaces;
}

/** The task file that names another, as far as that says where the other may be. */
type Namer = Pick<Directives, "directory" | "role">;

/** The user's files as far as tasks name them; each YAML file is read once. */
export class Sources {
  readonly #files = new Map<string, Promise<unknown>>();

  readonly #lacking = new Map<string, Lacking>();

  constructor(readonly options: SourceOptions) {}

  /** So far, in the order in which they were read. */
  get lacking(): readonly Lacking[] {
    return [...this.#lacking.values()];
  }

  readonly modules: Modules = {
    find: (written, directory) => this.#own(written, directory) ?? findModule(written),
    lacking: (written, position) => {
      if (!isElsewhere(written)) return undefined;
      this.#lacking.set(formatPosition(position), { name: written, position });
      return elsewhere(written);
    },
    names: (directory) => [...moduleNames(), ...libraryModules(this.#libraries(directory)).keys()],
  };

  /** A YAML file's values. @throws ConfigError(s) */
  yaml(path: string): Promise<unknown> {
    noteFile(path);
    const read = this.#files.get(path) ?? this.options.files.yaml(path);
    this.#files.set(path, read);
    return read;
  }

  /** A path as messages name it. */
  shown(path: string): string {
    return shownPath(path, this.options.files.cwd);
  }

  /**
   * A task file that another names: beside it, in its role, or in the project. An include in a role looks there first, as in Ansible.
   * @throws ConfigError
   */
  taskFile(
    name: string,
    { directory, role }: Namer,
    position: Position | undefined,
    isInclude: boolean,
  ): string {
    const kinds = role && directory === join(role.path, "handlers") ? ["handlers", "tasks"] : ["tasks"];
    const inRole = role ? kinds.map((kind) => resolve(role.path, kind, name)) : [];
    const beside = resolve(directory, name);
    const near = isInclude ? [...inRole, beside] : [beside, ...inRole];
    const places = isAbsolute(name) ? [name] : [...near, resolve(this.options.project, name)];
    const found = places.find((place) => {
      noteFile(place);
      return isFile(place);
    });
    if (found !== undefined) return found;
    throw new ConfigError(`there is no task file '${name}'`, {
      position,
      hint: `looked for ${[...new Set(places)].map((place) => this.shown(place)).join(", ")}`,
    });
  }

  /**
   * The directory of a role: `roles/NAME` beside the task file, in a directory above it up to the project, beside another role, on the
   * roles path, or in a collection that the name begins with.
   * @throws ConfigError
   */
  role(name: string, directory: string, position: Position | undefined): string {
    const { project, rolePlaces = { roles: [], collections: [] } } = this.options;
    const above = this.#upToProject(directory);
    const bases = [...above.map((each) => join(each, "roles")), join(project, "roles"), ...rolePlaces.roles];
    const beside = above.find((each) => basename(dirname(each)) === "roles");
    if (beside !== undefined) bases.unshift(dirname(beside));
    const [namespace, collection, last = ""] = /^\w+\.\w+\.\w+$/.test(name) ? name.split(".") : [];
    const collections =
      namespace === undefined || collection === undefined
        ? []
        : rolePlaces.collections.map((base) =>
            join(base, "ansible_collections", namespace, collection, "roles"),
          );
    const within = [...bases.map((base) => join(base, name)), ...collections.map((base) => join(base, last))];
    const places = isAbsolute(name) ? [name] : [...within, resolve(directory, name)];
    const found = places.find(isDirectory);
    if (found !== undefined) return found;
    const looked = [...new Set([...bases, ...collections])]
      .filter(isDirectory)
      .map((each) => this.shown(each));
    throw new ConfigError(`there is no role '${name}'`, {
      position,
      hint: `looked in ${looked.length > 0 ? looked.join(", ") : bases.map((each) => this.shown(each)).join(", ")}`,
    });
  }

  /** A module of the user's own, also where farm has one of that name: only a name with its collection is farm's alone. */
  #own(written: string, directory: string): AnyModule | undefined {
    if (written.includes(".")) return undefined;
    for (const library of this.#libraryPlaces(directory)) noteNamed(join(library, written));
    return libraryModules(this.#libraries(directory)).get(written);
  }

  #libraries(directory: string): string[] {
    return this.#libraryPlaces(directory).filter(isDirectory);
  }

  #libraryPlaces(directory: string): string[] {
    const dirs = [...this.#upToProject(directory), this.options.project];
    return [...new Set(dirs)].map((each) => join(each, "library"));
  }

  /** A directory and those above it, as far as the project's; only itself when it is outside of the project. */
  #upToProject(directory: string): string[] {
    // Without a slash at its end, or nothing above a directory would ever be it.
    const project = resolve(this.options.project);
    const inside = relative(project, directory);
    if (inside.startsWith("..") || isAbsolute(inside)) return [directory, dirname(directory)];
    const names = inside.split(sep);
    return names.map((_, depth) => join(project, ...names.slice(0, names.length - depth)));
  }
}

export const isFile = (path: string): boolean => existsSync(path) && statSync(path).isFile();
const isDirectory = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();
