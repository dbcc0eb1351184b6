import { ConfigError, type Position } from "../errors.js";
import { open } from "./vault-cipher.js";
import { parseVaultText } from "./vault-text.js";

/** A password for vault texts; those of its label are tried with it first. */
export interface VaultPassword {
  readonly label: string;
  readonly password: string;
}

/** Decrypts texts of ansible-vault, each once. A password costs some 10 ms to try. */
export class Vault {
  readonly #decrypted = new Map<string, string>();

  constructor(private readonly passwords: readonly VaultPassword[]) {}

  /** A text that is encrypted. @param position of the text, for errors @throws ConfigError without a password that fits, or for a damaged text */
  decrypt(written: string, position: Position): string {
    const known = this.#decrypted.get(written);
    if (known !== undefined) return known;
    const text = utf8(this.bytes(written, position));
    if (text === undefined) throw new ConfigError("what is encrypted here is not a UTF-8 text", { position });
    this.#decrypted.set(written, text);
    return text;
  }

  /** What is encrypted, of any kind. @throws ConfigError as `decrypt` */
  bytes(written: string, position: Position): Buffer {
    const { label, sealed } = parseVaultText(written, position);
    for (const { password } of this.#inOrder(label)) {
      const found = open(sealed, password);
      if (found !== undefined) return found;
    }
    throw this.#noneFits(label, position);
  }

  /** What can be told of a text without decrypting it. @throws ConfigError for a damaged text, or without any password */
  check(written: string, position: Position): void {
    const { label } = parseVaultText(written, position);
    if (this.passwords.length === 0) throw this.#noneFits(label, position);
  }

  #inOrder(label: string): VaultPassword[] {
    const fitting = (password: VaultPassword) => password.label === label;
    return [...this.passwords.filter(fitting), ...this.passwords.filter((each) => !fitting(each))];
  }

  #noneFits(label: string, position: Position): ConfigError {
    const count = this.passwords.length;
    if (count === 0)
      return new ConfigError("this is encrypted by ansible-vault, and no vault password was given", {
        position,
        hint: "give --vault-password-file, --vault-id or --ask-vault-pass, or set ANSIBLE_VAULT_PASSWORD_FILE",
      });
    const tried =
      count === 1 ? "the vault password does not fit" : `none of the ${count} vault passwords fits`;
    return new ConfigError(`this cannot be decrypted: ${tried}`, {
      position,
      hint: `it was encrypted with the password of vault id '${label}', or changed since`,
    });
  }
}

/** The text of bytes; undefined when they are none. */
export function utf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
