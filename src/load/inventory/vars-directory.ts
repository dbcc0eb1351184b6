import { extname, join } from "node:path";
import { type Mapping, overlay } from "../../values/mapping.js";
import { isDirectory, namesIn } from "../files/directory.js";
import type { UserFiles } from "../files/user-files.js";
import { asVariables, readVarsFile } from "./vars-file.js";

const EXTENSIONS = ["", ".yml", ".yaml", ".json"];

/** `group_vars` or `host_vars`: variables by the name of a group or host. */
export class VarsDirectory {
  readonly #names: ReadonlySet<string>;
  readonly #read = new Map<string, Promise<Mapping>>();

  /** @param directory need not exist */
  constructor(
    private readonly directory: string,
    private readonly files: UserFiles,
  ) {
    this.#names = new Set(namesIn(directory));
  }

  /**
   * The variables of NAME, NAME.yml, NAME.yaml, NAME.json or of all files below NAME/: the first of these that is there, as in Ansible.
   * @throws ConfigError(s)
   */
  of(name: string): Promise<Mapping> {
    const known = this.#read.get(name) ?? this.#load(name);
    this.#read.set(name, known);
    return known;
  }

  /** As `of`, read when somebody looks; undefined when all that there is has been read already or is plain. */
  async later(name: string): Promise<(() => Mapping) | undefined> {
    const files = this.#files(name);
    const encrypted = await Promise.all(files.map((file) => this.files.isEncrypted(file)));
    if (!encrypted.includes(true) || this.#read.has(name)) return undefined;
    let known: Mapping | undefined;
    return () => {
      known ??= overlay(files.map((file) => asVariables(this.files.yamlNow(file), file)));
      return known;
    };
  }

  async #load(name: string): Promise<Mapping> {
    return overlay(
      await Promise.all(this.#files(name).map((file) => readVarsFile(file, this.files, { lazy: true }))),
    );
  }

  #files(name: string): string[] {
    const found = EXTENSIONS.map((extension) => name + extension).find((each) => this.#names.has(each));
    if (found === undefined) return [];
    const path = join(this.directory, found);
    return isDirectory(path) ? filesBelow(path) : [path];
  }
}

/** All files of variables below a directory, sorted; hidden files and backups do not count. */
function filesBelow(directory: string): string[] {
  const names = namesIn(directory).filter((name) => !name.startsWith(".") && !name.endsWith("~"));
  return names.flatMap((name) => {
    const path = join(directory, name);
    if (isDirectory(path)) return extname(name) === "" ? filesBelow(path) : [];
    return EXTENSIONS.includes(extname(name)) ? [path] : [];
  });
}
