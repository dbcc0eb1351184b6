import { GuestError } from "../../errors.js";
import { type GuestSetup, setupCommand } from "../../images/access/guest-setup.js";
import { plainText } from "../../transport/plain-text.js";
import type { Shell } from "../../transport/shell.js";
import type { PlacedVm, RunContext } from "../model.js";

/** Sets up users, passwords and the host's name over a connection of root's. @throws GuestError */
export async function setUp(vm: PlacedVm, setup: GuestSetup, root: Shell, run: RunContext): Promise<void> {
  const { code, stderr } = await root.run(setupCommand(setup), { signal: run.stop });
  if (code === 0) return;
  throw new GuestError(`'${vm.name}' could not be set up: ${plainText(stderr) || `exit ${code}`}`, {
    hint:
      setup.user === "root"
        ? undefined
        : "an image with all of it needs no setup_image; one with cloud-init has inject: nocloud",
  });
}
