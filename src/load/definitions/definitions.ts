import { join } from "node:path";
import { ConfigError, type Position } from "../../errors.js";
import { didYouMean } from "../../values/nearest.js";
import { isFile, namesIn } from "../files/directory.js";
import { shownPath } from "../files/user-file.js";
import type { UserFiles } from "../files/user-files.js";
import { type DefinitionFile, parseDefinition } from "./definition-file.js";

export type Kind = "target" | "platform";

/** A target or platform as far as files go: the definition it begins from first, itself last. */
export type Definition = readonly DefinitionFile[];

interface DefinitionsOptions {
  /** Directories that may hold `targets/` and `platforms/`, the first one first. */
  readonly directories: readonly string[];
  readonly files: UserFiles;
}

const EXTENSIONS = [".yaml", ".yml"];
const DEFAULT = "default";

/** Finds and reads target and platform files, each once. */
export class Definitions {
  readonly #files = new Map<string, Promise<DefinitionFile>>();

  constructor(private readonly options: DefinitionsOptions) {}

  /**
   * The definition of a name, or `default` where there is none, with all that it extends.
   * @param position where the user names it
   * @throws ConfigError(s)
   */
  async load(kind: Kind, name: string, position?: Position): Promise<Definition> {
    refuseUnsafeName(kind, name, position);
    const path = this.#find(kind, name) ?? this.#find(kind, DEFAULT);
    if (path === undefined) throw this.#missing(kind, name, position);
    return this.#chain(kind, name, path);
  }

  /** @param way files on the way here, with the names they go by */
  async #chain(
    kind: Kind,
    name: string,
    path: string,
    way: ReadonlyMap<string, string> = new Map(),
  ): Promise<DefinitionFile[]> {
    const file = await this.#read(kind, name, path);
    if (file.extends === undefined) return [file];
    const { name: base, position } = file.extends;
    refuseUnsafeName(kind, base, position);
    const basePath = this.#find(kind, base);
    if (basePath === undefined) throw this.#missing(kind, base, position);
    const seen = new Map([...way, [path, name]]);
    if (seen.has(basePath))
      throw new ConfigError(`circular extends: ${[...seen.values(), base].join(" -> ")}`, { position });
    return [...(await this.#chain(kind, base, basePath, seen)), file];
  }

  #read(kind: Kind, name: string, path: string): Promise<DefinitionFile> {
    const read = async () =>
      parseDefinition(
        await this.options.files.yaml(path),
        shownPath(path, this.options.files.cwd),
        `${kind} '${name}'`,
      );
    const file = this.#files.get(path) ?? read();
    this.#files.set(path, file);
    return file;
  }

  #find(kind: Kind, name: string): string | undefined {
    return this.#folders(kind)
      .flatMap((folder) => EXTENSIONS.map((extension) => join(folder, name + extension)))
      .find(isFile);
  }

  #folders(kind: Kind): string[] {
    return this.options.directories.map((directory) => join(directory, `${kind}s`));
  }

  #missing(kind: Kind, name: string, position: Position | undefined): ConfigError {
    const folders = this.#folders(kind);
    const known = folders
      .flatMap(namesIn)
      .flatMap((file) => (/\.ya?ml$/.test(file) ? file.replace(/\.ya?ml$/, "") : []));
    const places = folders.map((folder) => shownPath(folder, this.options.files.cwd)).join(", ");
    return new ConfigError(`there is no ${kind} '${name}'${didYouMean(name, new Set(known))}`, {
      position,
      hint: `looked for ${name}.yaml, ${name}.yml and default.yaml in ${places}`,
    });
  }
}

function refuseUnsafeName(kind: Kind, name: string, position: Position | undefined): void {
  if (!/[/\\\p{Cc}]/u.test(name) && name !== "." && name !== "..") return;
  throw new ConfigError(
    `${JSON.stringify(name)} cannot be a ${kind}'s name: it names a file below ${kind}s/`,
    {
      position,
    },
  );
}
