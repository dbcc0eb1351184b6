import type { Position } from "../../errors.js";
import { noteFile } from "../../inputs.js";
import { SecretValues } from "../../vault/secret-values.js";
import { isVaultText } from "../../vault/vault-text.js";
import { parseYaml } from "../../yaml/yaml.js";
import type { Reading } from "../../yaml/yaml-values.js";
import { firstBytes, readUserFile, readUserFileNow } from "./read-text.js";
import { shownPath, userPath } from "./user-file.js";

const ENOUGH_TO_TELL = 32;
/** For a reader that is given no secrets: it has none. */
const NO_SECRETS = new SecretValues({ passwords: [], environment: {}, learn: () => undefined });

/** Reads what users write, plain or encrypted by ansible-vault. Paths are relative to `cwd`; messages show them as short as can be. */
export class UserFiles {
  constructor(
    readonly cwd: string,
    private readonly secrets: SecretValues = NO_SECRETS,
  ) {}

  /** The plain values of a YAML file: an inventory, variables, a definition, tasks. @throws ConfigError(s) */
  async yaml(path: string, reading: Pick<Reading, "lazy"> = {}): Promise<unknown> {
    const { file, text } = await this.#read(path);
    return this.#values(text, file, reading);
  }

  #values(text: string, file: string, reading: Pick<Reading, "lazy">): unknown {
    if (!isVaultText(text)) return this.parse(text, file, reading);
    const start = { file, line: 1, column: 1 };
    return this.secrets.decryptYaml(text, start, (plain) => this.parse(plain, file, { hidden: true }));
  }

  /** A text, as of a template's source. @throws ConfigError */
  async text(path: string): Promise<string> {
    const { text, start } = await this.#read(path);
    return isVaultText(text) ? this.secrets.decrypt(text, start) : text;
  }

  /** As `text`, for expressions, which cannot wait. @param path absolute @throws ConfigError */
  textNow(path: string): string {
    noteFile(path);
    const text = readUserFileNow(path);
    return isVaultText(text)
      ? this.secrets.decrypt(text, { file: shownPath(path, this.cwd), line: 1, column: 1 })
      : text;
  }

  /** What an encrypted file holds; undefined for any other file, which may be of any size and kind and is not read. @throws ConfigError */
  async decrypted(path: string): Promise<Buffer | undefined> {
    if (!(await this.isEncrypted(path))) return undefined;
    const absolute = userPath(path, this.cwd);
    const start = { file: shownPath(absolute, this.cwd), line: 1, column: 1 };
    return this.secrets.bytes(readUserFileNow(absolute), start);
  }

  /** @throws ConfigError when it cannot be read */
  async isEncrypted(path: string): Promise<boolean> {
    const absolute = userPath(path, this.cwd);
    noteFile(absolute);
    const beginning = await firstBytes(absolute, ENOUGH_TO_TELL);
    return isVaultText(beginning.toString("latin1"));
  }

  /** As `yaml`, at once. @throws ConfigError(s) */
  yamlNow(path: string): unknown {
    const absolute = userPath(path, this.cwd);
    const file = shownPath(absolute, this.cwd);
    noteFile(absolute);
    return this.#values(readUserFileNow(absolute), file, {});
  }

  /** YAML text of the user's that stands in no file of its own. @throws ConfigError(s) */
  parse(text: string, file: string, reading: Reading = {}): unknown {
    return parseYaml(text, file, { ...reading, secrets: this.secrets });
  }

  async #read(path: string): Promise<{ file: string; text: string; start: Position }> {
    const absolute = userPath(path, this.cwd);
    const file = shownPath(absolute, this.cwd);
    noteFile(absolute);
    return { file, text: await readUserFile(absolute), start: { file, line: 1, column: 1 } };
  }
}
