import { secretTexts } from "../vault/secret-texts.js";
import { secretForms } from "./secret-forms.js";

const MASK = "********";
/** A shorter one would mask half of every line; such a password protects nothing. */
const SHORTEST = 3;

/** Knows the secrets of a run and takes them out of all that is shown. */
export class Secrets {
  readonly #known = new Set<string>();
  #longestFirst: readonly string[] = [];

  add(secret: string | undefined): void {
    if (secret === undefined || secret.length < SHORTEST || this.#known.has(secret)) return;
    this.#known.add(secret);
    // A key of many lines is shown a line at a time.
    for (const text of secretTexts(secret)) if (text.length >= SHORTEST) this.#known.add(text);
    for (const form of secretForms(secret)) this.#known.add(form);
    // One secret may begin another: the rest of the longer one must not be left.
    this.#longestFirst = [...this.#known].sort((a, b) => b.length - a.length);
  }

  /** A copy of any plain data with every secret, wherever it stands in a text, replaced by `********`. */
  readonly mask = <T>(value: T): T => (this.#known.size === 0 ? value : (this.#masked(value) as T));

  /** How many of a text's last characters may begin a secret that goes on after it. */
  readonly beginning = (text: string): number => {
    let longest = 0;
    for (const secret of this.#known)
      for (let length = Math.min(secret.length - 1, text.length); length > longest; length -= 1)
        if (text.endsWith(secret.slice(0, length))) longest = length;
    return longest;
  };

  #masked(value: unknown): unknown {
    if (typeof value === "string") return this.#text(value);
    if (Array.isArray(value)) return value.map((item) => this.#masked(item));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.#masked(item)]));
  }

  #text(text: string): string {
    let masked = text;
    for (const secret of this.#longestFirst) masked = masked.replaceAll(secret, MASK);
    return masked;
  }
}

/** Names of keys whose values are secrets, whatever they hold. */
const SECRET_KEY = /(?:^|_)(?:password|passphrase|secret|token|private_key)$/i;

/** A copy of a definition in which everything that a key calls a secret is masked. */
export function maskSecretKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(maskSecretKeys);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      SECRET_KEY.test(key) && item !== null ? MASK : maskSecretKeys(item),
    ]),
  );
}
