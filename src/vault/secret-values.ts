import { ConfigError, type Position } from "../errors.js";
import { Template } from "../values/template.js";
import { secretPieces, secretTexts } from "./secret-texts.js";
import { utf8, Vault, type VaultPassword } from "./vault.js";

interface SecretValuesOptions {
  readonly passwords: readonly VaultPassword[];
  /** The controller's. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Is told every text that must not be shown. */
  readonly learn: (secret: string) => void;
}

/** What `!vault`, `!env` and encrypted files stand for. Whoever has it may look at the user's secrets; each one seen is told to `learn`. */
export class SecretValues {
  readonly #vault: Vault;

  constructor(private readonly options: SecretValuesOptions) {
    this.#vault = new Vault(options.passwords);
    for (const { password } of options.passwords) this.#learn(secretTexts(password));
  }

  /** A decrypted `!vault` value or file that is one text. @throws ConfigError */
  decrypt(text: string, position: Position): string {
    const plain = this.#vault.decrypt(text, position);
    this.#learn(secretTexts(plain));
    return plain;
  }

  /** A text that is decrypted when it is needed. @throws ConfigError for what can be told of it before */
  later(text: string, position: Position): () => string {
    this.#vault.check(text, position);
    return () => this.decrypt(text, position);
  }

  /** What an encrypted file of any kind holds. @throws ConfigError */
  bytes(text: string, position: Position): Buffer {
    const bytes = this.#vault.bytes(text, position);
    const plain = utf8(bytes);
    if (plain !== undefined) this.#learn(secretTexts(plain));
    return bytes;
  }

  /**
   * What an encrypted YAML file holds.
   * @param parse makes plain values of the decrypted text
   * @throws ConfigError(s)
   */
  decryptYaml(text: string, position: Position, parse: (plain: string) => unknown): unknown {
    const value = parse(this.#vault.decrypt(text, position));
    this.#learnAll(value);
    return value;
  }

  /** The value of a variable of the environment: a text, never an expression. @throws ConfigError when it is not set */
  environment(name: string, position: Position): string {
    const { environment } = this.options;
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (value === undefined)
      throw new ConfigError(`the environment variable '${name}' is not set`, {
        position,
        hint: `\`!env ${name}\` needs it; export it before farm is started`,
      });
    this.#learn(secretTexts(value));
    return value;
  }

  #learnAll(value: unknown): void {
    if (typeof value === "string") this.#learn(secretTexts(value));
    else if (typeof value === "number") this.#learn([String(value)]);
    else if (value instanceof Template) this.#learn(secretPieces(value.source));
    else if (typeof value === "object" && value !== null)
      for (const entry of Object.values(value)) this.#learnAll(entry);
  }

  #learn(forms: readonly string[]): void {
    for (const form of forms) this.options.learn(form);
  }
}
