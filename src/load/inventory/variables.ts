import { dirname, join } from "node:path";
import { ConfigError } from "../../errors.js";
import { type Mapping, overlay } from "../../values/mapping.js";
import { positionOf } from "../../values/position.js";
import type { UserFiles } from "../files/user-files.js";
import type { Inventory } from "./inventory.js";
import { VarsDirectory } from "./vars-directory.js";

const PRIORITY = "ansible_group_priority";

/** The variables of every host and VM, by Ansible's precedence. */
export class Variables {
  readonly #groupFiles: VarsDirectory;
  readonly #hostFiles: VarsDirectory;

  constructor(
    private readonly inventory: Inventory,
    /** `--vars` and `-e`. */
    readonly extra: Mapping,
    options: { readonly inventoryPath: string; readonly files: UserFiles },
  ) {
    const beside = (name: string) =>
      new VarsDirectory(join(dirname(options.inventoryPath), name), options.files);
    this.#groupFiles = beside("group_vars");
    this.#hostFiles = beside("host_vars");
  }

  /**
   * From weak to strong: the inventory's `all`, its other groups, group_vars/all, group_vars/GROUP, the inventory's host, host_vars/HOST,
   * extra variables. A variable is replaced, never merged.
   * @param host undefined for a VM that has no name yet
   * @param groups in the order of `Inventory.groupsOf`
   * @throws ConfigError(s) of the files
   */
  async of(host: string | undefined, groups: readonly string[]): Promise<Mapping> {
    const others = groups.filter((name) => name !== "all");
    const inFile = ["all", ...others].map((name) => this.inventory.groups.get(name)?.vars ?? {});
    const files = await Promise.all(["all", ...others].map((name) => this.#groupFile(name)));
    const own = host === undefined ? [] : await this.#own(host);
    return overlay([...inFile, ...files, ...own, this.extra]);
  }

  /** As `of` for a host whose own files are encrypted, which nobody may ask about: they are decrypted when somebody does. */
  async later(host: string, groups: readonly string[]): Promise<() => Mapping> {
    const own = await this.#hostFiles.later(host);
    if (own === undefined) {
      const now = await this.of(host, groups);
      return () => now;
    }
    const shared = await this.of(undefined, groups);
    const inFile = this.inventory.hosts.get(host)?.vars ?? {};
    return () => overlay([shared, inFile, own(), this.extra]);
  }

  async #own(host: string): Promise<Mapping[]> {
    return [this.inventory.hosts.get(host)?.vars ?? {}, await this.#hostFiles.of(host)];
  }

  async #groupFile(name: string): Promise<Mapping> {
    const vars = await this.#groupFiles.of(name);
    if (Object.hasOwn(vars, PRIORITY))
      throw new ConfigError(`${PRIORITY} has an effect in the inventory file only`, {
        position: positionOf(vars, PRIORITY),
      });
    return vars;
  }
}
