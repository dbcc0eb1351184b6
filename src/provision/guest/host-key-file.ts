import { posix } from "node:path";
import { HypervisorError } from "../../errors.js";
import { plainText } from "../../transport/plain-text.js";
import type { Command, Shell } from "../../transport/shell.js";

const path = (directory: string): string => posix.join(directory, "host-key");

const readHostKeyCommand = (directory: string): Command => ({
  argv: ["sh", "-c", '[ ! -f "$1" ] || cat -- "$1"', "farm-host-key", path(directory)],
  readOnly: true,
  timeoutMs: 30_000,
});

/** `TYPE BASE64`; undefined when it is neither that nor nothing. */
export const parseHostKey = (stdout: string): string | undefined =>
  /^([a-z0-9@.-]+ [A-Za-z0-9+/]+={0,2})\n?$/.exec(stdout)?.[1];

/**
 * The SSH host key of a kept guest's first login, `TYPE BASE64`; undefined where none was written down. It lies in the VM's directory on its
 * hypervisor, where whoever finds the guest finds it too.
 * @throws HypervisorError
 */
export async function readHostKey(shell: Shell, directory: string): Promise<string | undefined> {
  const { code, stdout, stderr } = await shell.run(readHostKeyCommand(directory));
  const key = parseHostKey(stdout);
  if (code === 0 && (key !== undefined || stdout === "")) return key;
  throw new HypervisorError(
    `cannot read the guest's host key in ${path(directory)} on '${shell.name}': ${plainText(stderr) || "it is not a key"}`,
    { hint: "remove that file to believe the key that the guest shows next" },
  );
}

/** Writes it down. @throws HypervisorError */
export const saveHostKey = (shell: Shell, directory: string, key: string): Promise<void> =>
  shell.writeFile(path(directory), `${key}\n`);
