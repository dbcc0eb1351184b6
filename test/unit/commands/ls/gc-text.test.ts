import { expect, test } from "vitest";
import { gcText, type Line } from "../../../../src/commands/ls/gc-text.js";

const WHERE = { hypervisor: "hv", pool: "/pool" };
const POINT: Line = { ...WHERE, what: "point", name: "init-1", bytes: 2 ** 20, reason: "it is old" };
const ALL = { dryRun: false, complete: true };

test("what goes, why, and how much that is; what was needed after all stays", () => {
  const kept = { ...POINT, name: "init-2", kept: "a VM stands on it" };
  expect(gcText([POINT, kept], [], ALL)).toBe(
    "removed point init-1 on hv (1 MiB): it is old\nkept point init-2 on hv (1 MiB): a VM stands on it\nfreed 1 MiB\n",
  );
  expect(gcText([POINT], [], { ...ALL, dryRun: true })).toBe(
    "would remove point init-1 on hv (1 MiB): it is old\nit would free 1 MiB\n",
  );
});

test("that a limit cannot be kept is said, and that a hypervisor was not asked", () => {
  expect(gcText([], [{ ...WHERE, bytes: 3 * 2 ** 20 }], ALL)).toBe(
    "nothing to remove\nhv:/pool is over the limit with 3 MiB: VMs stand on that, or may be about to\n",
  );
  expect(gcText([], [], { ...ALL, complete: false })).toBe("nothing to remove from those that were asked\n");
});
