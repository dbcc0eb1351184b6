import { readFileSync } from "node:fs";
import { SecretValues } from "../../../src/vault/secret-values.js";
import type { VaultPassword } from "../../../src/vault/vault.js";

/** All of the texts in `vault/` were made by Ansible's own `ansible-vault` with the first of these, `labelled` with the second. */
export const TEST: VaultPassword = { label: "default", password: "test-password" };
export const DEV: VaultPassword = { label: "dev", password: "dev-password" };

/** A text that `ansible-vault` made. */
export const vaultText = (name: string): string =>
  readFileSync(new URL(`vault/${name}.vault`, import.meta.url), "utf8");

/** The same as a YAML value. */
export const inline = (name: string): string => `!vault |\n${vaultText(name).replace(/^/gm, "          ")}\n`;

interface Known {
  readonly passwords?: readonly VaultPassword[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Secrets of a test, and all that was told not to be shown. */
export function secretValues({ passwords = [TEST], environment = {} }: Known = {}) {
  const learned: string[] = [];
  const values = new SecretValues({ passwords, environment, learn: (secret) => learned.push(secret) });
  return { values, learned };
}
