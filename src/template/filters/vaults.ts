import { randomBytes } from "node:crypto";
import { utf8 } from "../../vault/vault.js";
import { open, seal } from "../../vault/vault-cipher.js";
import { isVaultText, parseVaultText, vaultText } from "../../vault/vault-text.js";
import type { Call, Filters } from "./call.js";

const LABEL = "filter_default";
const NOWHERE = { file: "", line: 1, column: 1 };

/** `'text' | vault(password)`: as ansible-vault encrypts it; the same text for the same salt. */
function vault(call: Call): string {
  const { value } = call;
  if (typeof value !== "string") return call.fail("encrypts texts only");
  const salt = call.text(1, "salt");
  const bytes = salt === "" ? randomBytes(32) : Buffer.from(salt);
  return vaultText({
    label: call.text(2, "vaultid", LABEL),
    sealed: seal(Buffer.from(value), secretOf(call), bytes),
  });
}

/** The way back; a text that is not encrypted is itself. */
function unvault(call: Call): string {
  const { value } = call;
  const secret = secretOf(call);
  if (typeof value !== "string") return call.fail("decrypts texts only");
  if (!isVaultText(value)) return value;
  const bytes = open(parseVaultText(value, NOWHERE).sealed, secret);
  if (bytes === undefined) return call.fail("cannot decrypt this: the password does not fit");
  return utf8(bytes) ?? call.fail("finds no UTF-8 text in what is encrypted");
}

function secretOf(call: Call): string {
  const secret = call.arg(0, "secret");
  return typeof secret === "string" && secret !== "" ? secret : call.fail("needs a password");
}

export const VAULT_FILTERS: Filters = { vault, unvault };
