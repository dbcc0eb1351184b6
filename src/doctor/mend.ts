import { HypervisorError } from "../errors.js";
import { plainText } from "../transport/plain-text.js";
import type { Patient } from "./examine.js";
import type { Examination } from "./finding.js";
import { installCommand } from "./packages.js";

/** Packages that would mend what was found, each once. */
export const missingPackages = ({ findings }: Examination): string[] => [
  ...new Set(findings.flatMap(({ status, packages }) => (status === "ok" ? [] : (packages ?? [])))),
];

/**
 * Installs packages on a hypervisor, where farm's user may.
 * @returns whether anything was done @throws HypervisorError when the package manager failed
 */
export async function install(
  { host, shell, answers }: Patient,
  packages: readonly string[],
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<boolean> {
  if (packages.length === 0 || !shell || !answers) return false;
  const command = answers.system.mayInstall ? installCommand(packages, answers.system) : undefined;
  if (!command) {
    const why = answers.system.mayInstall ? "its package manager is not known" : "sudo wants a password";
    say(`'${host.name}': packages are not installed, since ${why}`);
    return false;
  }
  say(`'${host.name}': installing ${packages.join(", ")}`);
  const { code, stdout, stderr } = await shell.run(command, { signal });
  if (code === 0) return true;
  const words = plainText(stderr.trim() || stdout.trim().split("\n").slice(-3).join(": "));
  throw new HypervisorError(`cannot install ${packages.join(", ")} on '${host.name}': ${words}`);
}
