import { Vault as Package } from "ansible-vault";
import { ConfigError, type Position } from "../errors.js";
import { parseVaultText } from "./vault-text.js";

/** A password for vault texts; those of its label are tried with it first. */
export interface VaultPassword {
  readonly label: string;
  readonly password: string;
}

/** What the package says when a password does not fit. */
const WRONG_PASSWORD = "Integrity check failed";

/** Decrypts texts of ansible-vault, each once. A password costs some 10 ms to try. */
export class Vault {
  readonly #decrypted = new Map<string, string>();

  constructor(private readonly passwords: readonly VaultPassword[]) {}

  /** @param position of the text, for errors @throws ConfigError without a password that fits, or for a damaged text */
  decrypt(written: string, position: Position): string {
    const known = this.#decrypted.get(written);
    if (known !== undefined) return known;
    const { label, text } = parseVaultText(written, position);
    const found = this.#inOrder(label)
      .map(({ password }) => password)
      .reduce<string | undefined>((plain, password) => plain ?? attempt(text, password), undefined);
    if (found === undefined) throw this.#noneFits(label, position);
    if (found.includes("\ufffd"))
      throw new ConfigError("what is encrypted here is not a UTF-8 text", { position });
    this.#decrypted.set(written, found);
    return found;
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

/** The decrypted text; undefined when the password is another. */
function attempt(text: string, password: string): string | undefined {
  try {
    return new Package({ password }).decryptSync(text, undefined);
  } catch (error) {
    if (error instanceof Error && error.message === WRONG_PASSWORD) return undefined;
    throw error;
  }
}
