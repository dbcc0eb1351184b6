import { statSync } from "node:fs";
import { ConfigError } from "../../errors.js";
import type { VaultPassword } from "../../vault/vault.js";
import { isVaultText } from "../../vault/vault-text.js";
import { readUserFile } from "../files/read-text.js";
import { shownPath, userPath } from "../files/user-file.js";
import { runPasswordScript } from "./vault-script.js";

const DEFAULT_LABEL = "default";
const VARIABLE = "ANSIBLE_VAULT_PASSWORD_FILE";

/** What the user says about where vault passwords come from. */
export interface VaultSources {
  /** `--vault-password-file`, in order. */
  readonly vaultPasswordFile: readonly string[];
  /** `--vault-id [LABEL@]SOURCE`, in order. */
  readonly vaultId: readonly string[];
  readonly askVaultPass?: boolean;
}

interface Surroundings {
  readonly cwd: string;
  /** The controller's. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Asks the user for a text that nobody shall see. */
  readonly ask: (question: string) => Promise<string>;
  readonly signal: AbortSignal;
}

/** All passwords that were named, in Ansible's order; none when nothing names one. @throws ConfigError for each that cannot be had */
export async function vaultPasswords(sources: VaultSources, around: Surroundings): Promise<VaultPassword[]> {
  const { [VARIABLE]: fromEnvironment } = around.environment;
  const files = [...sources.vaultPasswordFile, ...(fromEnvironment ? [fromEnvironment] : [])];
  const passwords: VaultPassword[] = [];
  for (const { label, source } of sources.vaultId.map(splitId))
    passwords.push({
      label,
      password: await (source === "prompt"
        ? prompted(`Vault password (${label}): `, around)
        : fromFile(source, label, around)),
    });
  for (const file of files)
    passwords.push({ label: DEFAULT_LABEL, password: await fromFile(file, DEFAULT_LABEL, around) });
  if (sources.askVaultPass)
    passwords.push({ label: DEFAULT_LABEL, password: await prompted("Vault password: ", around) });
  return passwords;
}

/** `dev@file`, or only `file`. */
function splitId(id: string): { label: string; source: string } {
  const [, label = "", source = ""] = /^(?:([^@]*)@)?([\s\S]*)$/.exec(id) ?? [];
  if (source === "")
    throw new ConfigError(`--vault-id '${id}' names no source`, {
      hint: "write LABEL@FILE, LABEL@SCRIPT or LABEL@prompt; LABEL@ may be left out",
    });
  return { label: label || DEFAULT_LABEL, source };
}

async function prompted(question: string, { ask }: Surroundings): Promise<string> {
  return notEmpty((await ask(question)).trim(), "no vault password was typed");
}

/** A file's text, or what it prints when it is executable. */
async function fromFile(source: string, label: string, { cwd, signal }: Surroundings): Promise<string> {
  const path = userPath(source, cwd);
  const shown = shownPath(path, cwd);
  const hint = "it was named as the source of a vault password";
  if (isExecutable(path)) {
    const password = await runPasswordScript({ path, shown, label, signal });
    return notEmpty(password, `the vault password script ${shown} printed no password`);
  }
  const text = await readUserFile(path).catch((error: Error) => {
    throw new ConfigError(error.message, { cause: error, hint });
  });
  if (isVaultText(text))
    throw new ConfigError(`the vault password file ${shown} is encrypted itself`, {
      hint: "that is not supported; a script could decrypt it",
    });
  return notEmpty(text.trim(), `the vault password file ${shown} is empty`);
}

function isExecutable(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true && (found.mode & 0o111) !== 0;
}

function notEmpty(password: string, complaint: string): string {
  if (password === "") throw new ConfigError(complaint);
  return password;
}
