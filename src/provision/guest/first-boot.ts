import { GuestError } from "../../errors.js";
import type { FirstBoot } from "../../images/recipe/guest-settings.js";
import { plainText } from "../../transport/plain-text.js";
import type { Command, Shell } from "../../transport/shell.js";
import type { PlacedVm, RunContext } from "../model.js";
import { asRoot } from "./wake-up.js";

const LONGEST_MS = 3600_000;

/** Waits until cloud-init has done all of its work; where there is none, at once. */
export const cloudInitDone = (deadlineMs: number): Command => ({
  argv: [
    "sh",
    "-c",
    "command -v cloud-init >/dev/null 2>&1 || exit 0\ncloud-init status --wait --long",
    "farm-cloud-init",
  ],
  timeoutMs: deadlineMs,
});

// In a directory that goes with it, and with nothing to read from farm's own connection.
const RUN = `
directory=$(mktemp -d "\${TMPDIR:-/tmp}/farm-first-boot.XXXXXX") || exit
trap 'rm -rf -- "$directory"' EXIT
trap 'exit 143' TERM
cat >"$directory/script" && chmod 700 "$directory/script" || exit
"$directory/script" </dev/null`;

/** The user's script by its own interpreter. */
export const firstBootCommand = ({ text }: FirstBoot): Command => ({
  argv: ["sh", "-c", RUN, "farm-first-boot"],
  stdin: text,
  timeoutMs: LONGEST_MS,
});

/** What cloud-init could not do is a warning: the guest is there, and its tasks say whether it will do. */
export async function waitForCloudInit(
  vm: PlacedVm,
  guest: Shell,
  run: RunContext,
  deadlineMs: number,
): Promise<void> {
  run.emit({ type: "waiting", vm: vm.name, what: "cloud-init to have done its work", deadlineMs });
  const command = asRoot(cloudInitDone(deadlineMs), vm);
  const { code, stdout, stderr } = await guest.run(command, { signal: run.stop });
  if (code === 0) return;
  const why = plainText(`${stdout}\n${stderr}`) || `exit ${code}`;
  run.emit({ type: "warning", vm: vm.name, message: `cloud-init did not do all that it was told: ${why}` });
}

/** Runs the user's script as root; what it printed is kept among the run's logs. @throws GuestError when it fails */
export async function runFirstBoot(
  vm: PlacedVm,
  script: FirstBoot,
  guest: Shell,
  run: RunContext,
): Promise<void> {
  const { code, stdout, stderr } = await guest.run(asRoot(firstBootCommand(script), vm), {
    signal: run.stop,
  });
  await run.saveLog(vm.name, "first-boot.log", `${stdout}${stderr}`);
  if (code === 0) return;
  const last = end(stderr) || end(stdout) || "it printed nothing";
  throw new GuestError(`the first-boot script ${script.name} ended with ${code} in '${vm.name}': ${last}`);
}

/** Why something failed stands in its last words. */
const end = (text: string): string => plainText(text.trimEnd().slice(-250));
