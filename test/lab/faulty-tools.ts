import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { LabHypervisor } from "./hypervisors.js";
import { orderFault } from "./ordered-fault.js";

/** `dies`: by SIGKILL. `stops`: stands still until whoever started it is gone. */
export type ToolFault = "dies" | "stops";

const TOOLS = ["curl", "openssl", "xz", "dd", "qemu-img", "qemu-io", "gzip", "mv"];

/**
 * Stands before the real programs of a hypervisor: the one that `fault` in the user's home names does its work, loses half of the partial file
 * that it wrote, as one that is in its midst, and then dies or stops there. Once.
 */
const WRAPPER = `#!/bin/sh
tool=\${0##*/}
PATH=/usr/local/bin:/usr/bin:/bin
read -r name fault word 2>/dev/null <"$HOME/fault" && [ "$name" = "$tool" ] || exec "$tool" "$@"
case " $* " in *"$word"*) ;; *) exec "$tool" "$@" ;; esac
# Once: whoever takes the order away has the fault.
rm -- "$HOME/fault" 2>/dev/null || exec "$tool" "$@"
"$tool" "$@"
for each; do case $each in *.part) out=\${each#of=} ;; esac; done
[ "$tool" = mv ] || [ ! -f "$out" ] || truncate -s "$(($(stat -c %s -- "$out") / 2))" -- "$out"
echo "$tool" >"$HOME/fault-is" && mv -- "$HOME/fault-is" "$HOME/fault-done"
[ "$fault" = stops ] || kill -KILL $$
exec sleep 600
`;

/** Makes a directory for the PATH of hypervisors' users. */
export async function faultyTools(directory: string): Promise<string> {
  const bin = join(directory, "bin");
  await mkdir(bin, { recursive: true, mode: 0o755 });
  for (const tool of TOOLS) await writeFile(join(bin, tool), WRAPPER, { mode: 0o755 });
  return bin;
}

/** Orders one fault of a program the next time it is started with a word among its arguments. */
export const orderToolFault = (
  hypervisor: LabHypervisor,
  [tool, word]: readonly [tool: string, word: string],
  fault: ToolFault,
): Promise<void> => orderFault(hypervisor, tool, fault, word);
