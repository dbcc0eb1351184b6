import { ImageError } from "../../errors.js";
import { plainText } from "../../transport/plain-text.js";
import type { Command, Shell } from "../../transport/shell.js";
import { type GuestSetup, setupFile } from "./guest-setup.js";

/** Its appliance boots a kernel of its own: minutes where that is emulated. */
const LONGEST_MS = 30 * 60_000;

/**
 * Runs a script in the system of a disk that no guest has open. What is secret stands in the script, whose name alone is an argument.
 * @param emulated the processor's own virtualisation is not to be tried
 */
export const customizeCommand = (disk: string, scriptPath: string, emulated: boolean): Command => ({
  argv: [
    ...(["virt-customize", "--quiet", "--no-network", "--selinux-relabel"] as const),
    ...["--format", "qcow2", "-a", disk, "--run", scriptPath],
  ],
  // A libvirt that is not this user's own cannot see his files.
  env: { LIBGUESTFS_BACKEND: "direct", ...(emulated && { LIBGUESTFS_BACKEND_SETTINGS: "force_tcg" }) },
  timeoutMs: LONGEST_MS,
});

/** Sets a disk up where neither cloud-init nor systemd would: the last resort. @throws ImageError */
export async function customize(
  shell: Shell,
  disk: string,
  setup: GuestSetup,
  { emulated, signal }: { readonly emulated: boolean; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const path = `${disk}.setup`;
  await shell.writeFile(path, setupFile(setup), 0o600);
  try {
    const { code, stdout, stderr } = await shell.run(customizeCommand(disk, path, emulated), { signal });
    if (code === 0) return;
    throw failure(shell.name, code, plainText(`${stderr}\n${stdout}`.slice(-250)));
  } finally {
    await shell.run({ argv: ["rm", "-f", "--", path], timeoutMs: 30_000 });
  }
}

function failure(name: string, code: number, said: string): ImageError {
  if (code === 127)
    return new ImageError(`'${name}' has no virt-customize`, {
      hint: "install libguestfs-tools (Debian) or guestfs-tools (Fedora, Arch) there, or let setup_image inject nocloud or credential",
    });
  const hint = /supermin|kernel/i.test(said)
    ? "libguestfs needs a kernel that this user may read: chmod 0644 /boot/vmlinuz-*, or SUPERMIN_KERNEL"
    : undefined;
  return new ImageError(`virt-customize failed on '${name}': ${said || `exit ${code}`}`, { hint });
}
