import type { GuestAccess } from "../../images/access/access.js";
import { runFirstBoot, waitForCloudInit } from "../guest/first-boot.js";
import type { VmParts } from "../guest/guest-domain.js";
import type { GuestLogin } from "../guest/guest-login.js";
import { loginDeadline } from "../guest/log-in.js";
import { setUp } from "./set-up.js";

/** As root, by the key of a credential, before the user is there whom farm is to be. @throws FarmError */
export async function beforeLogin(
  { vm, run, steps }: VmParts,
  { setup }: GuestAccess,
  login: GuestLogin,
): Promise<void> {
  if (setup?.by !== "login" || setup.user === "root") return;
  await login.telling(() =>
    steps.run("set up", setup.user, () => login.as("root", (root) => setUp(vm, setup, root, run))),
  );
}

/** What is done in a guest once and before there is a point: the rest of the set-up, then what the user wants. @throws FarmError */
export async function afterLogin(
  { vm, run, steps }: VmParts,
  { setup, seed, firstBoot }: GuestAccess,
  { shell }: GuestLogin,
): Promise<void> {
  if (setup?.by === "login" && setup.user === "root")
    await steps.run("set up", "root", () => setUp(vm, setup, shell, run));
  if (seed && (vm.recipes[0]?.guest?.userData || firstBoot))
    await steps.run("cloud-init", undefined, () =>
      waitForCloudInit(vm, shell, run, loginDeadline(vm, "booted")),
    );
  if (firstBoot) await steps.run("first boot", firstBoot.name, () => runFirstBoot(vm, firstBoot, shell, run));
}
