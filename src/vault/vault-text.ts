import { ConfigError, type Position } from "../errors.js";
import type { Sealed } from "./vault-cipher.js";

const MARK = "$ANSIBLE_VAULT;";
const HEADER = /^\$ANSIBLE_VAULT;([^;]*);([^;]*)(?:;(.*))?$/;
const DIGITS = /^[\da-f]+$/i;
const DEFAULT_LABEL = "default";

/** A text that ansible-vault made, checked as far as that goes without a password. */
export interface VaultText {
  /** The vault id in its header; `default` when it names none. */
  readonly label: string;
  readonly sealed: Sealed;
}

/** Whether a file or value is encrypted by ansible-vault. */
export const isVaultText = (text: string): boolean => text.startsWith(MARK);

/** @throws ConfigError when the text is damaged or of a form that Ansible gave up. */
export function parseVaultText(written: string, position: Position): VaultText {
  const [header = "", ...lines] = written
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const [, version, cipher, label] = HEADER.exec(header) ?? [];
  if (version === undefined)
    throw new ConfigError("this is no ansible-vault text: it does not begin with $ANSIBLE_VAULT", {
      position,
      hint: "paste all that `ansible-vault encrypt_string` printed, below `!vault |`",
    });
  if (!/^1\.[12]$/.test(version) || cipher !== "AES256")
    throw new ConfigError("this ansible-vault text is of a kind that farm cannot read", {
      position,
      hint: "known are 1.1 and 1.2 with AES256; `ansible-vault rekey` writes these",
    });
  const sealed = sealedOf(lines.join(""));
  if (sealed === undefined)
    throw new ConfigError("this ansible-vault text is damaged", {
      position,
      hint: "below the header stand lines of hexadecimal digits, none missing",
    });
  return { label: label || DEFAULT_LABEL, sealed };
}

/** The text of what is encrypted, as ansible-vault writes it. */
export function vaultText({ label, sealed }: VaultText): string {
  const { salt, checksum, encrypted } = sealed;
  const lines = [salt, checksum, encrypted].map((part) => part.toString("hex")).join("\n");
  const digits =
    Buffer.from(lines)
      .toString("hex")
      .match(/.{1,80}/g) ?? [];
  const header = label === DEFAULT_LABEL ? `${MARK}1.1;AES256` : `${MARK}1.2;AES256;${label}`;
  return `${[header, ...digits].join("\n")}\n`;
}

const isHex = (digits: string): boolean => DIGITS.test(digits) && digits.length % 2 === 0;

/** The digits spell three lines, which are digits again: salt, checksum of 32 bytes, blocks of 16 encrypted bytes. */
function sealedOf(digits: string): Sealed | undefined {
  if (!isHex(digits)) return undefined;
  const [salt = "", checksum = "", encrypted = "", ...rest] = Buffer.from(digits, "hex")
    .toString("latin1")
    .split("\n");
  const wellFormed = [salt, checksum, encrypted].every(isHex) && rest.length === 0;
  if (!wellFormed || checksum.length !== 64 || encrypted.length % 32 !== 0) return undefined;
  const bytes = (hex: string) => Buffer.from(hex, "hex");
  return { salt: bytes(salt), checksum: bytes(checksum), encrypted: bytes(encrypted) };
}
