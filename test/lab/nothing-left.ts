import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import type { LabHypervisor } from "./hypervisors.js";
import { processesOf } from "./processes.js";

/** No domain, no file of a VM, no emulator: only images, restore points and the locks' empty files stay. */
export async function expectNothingLeft(...hypervisors: readonly LabHypervisor[]): Promise<void> {
  for (const hypervisor of hypervisors) {
    expect(await hypervisor.domains()).toEqual([]);
    const files = await readdir(join(hypervisor.pool, "farm/vms")).catch(() => []);
    expect(files.filter((name) => !name.endsWith(".lock"))).toEqual([]);
    const commands = await Promise.all(
      (await processesOf(hypervisor.user)).map((pid) =>
        readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => ""),
      ),
    );
    expect(commands.filter((command) => command.startsWith("/usr/bin/qemu"))).toEqual([]);
  }
}
