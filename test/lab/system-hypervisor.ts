import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** This machine with files, networks and processes of libvirt's own: what starts there ends with it, and nothing of it reaches the machine. */
export interface SystemHypervisor {
  /** What is put before a command to run it there. */
  readonly enter: readonly [string, ...string[]];
  /** Runs a script of sh there. @returns what it says @throws Error when it fails */
  run(script: string, ...args: string[]): string;
  stop(): Promise<void>;
}

/** Networks as guests meet them: in a namespace of its own each of these must work. */
const TRY = `ip link set lo up && ip link add try0 type bridge && ip tuntap add try1 mode tap &&
ip link add try2 type veth peer name try3 && iptables -t nat -L -n >/dev/null && command -v dnsmasq libvirtd >/dev/null`;

/** Why this machine cannot have one; undefined when it can. */
export const noSystemHypervisor = ((): string | undefined => {
  try {
    execFileSync("unshare", ["-m", "-n", "-p", "-f", "sh", "-c", TRY], {
      stdio: ["ignore", "ignore", "pipe"],
      env: { PATH },
    });
    return undefined;
  } catch (error) {
    return (
      String((error as { stderr?: unknown }).stderr ?? error).trim() || "it has no dnsmasq or no libvirtd"
    );
  }
})();

/** Like a machine where libvirt was just installed, without any network. /sys is the namespace's, and has no cgroups for libvirt to fill. */
const SETUP = `mount --make-rprivate / && umount -R /sys && mount -t sysfs none /sys && mount -t tmpfs -o mode=755 none /run && mkdir /run/lock || exit
keep() { cp -a "$1" "$2" && mount --bind "$2" "$1"; }
keep /etc/libvirt "$1/etc" && rm -rf /etc/libvirt/qemu && mkdir /etc/libvirt/qemu || exit
mkdir -p /var/cache/libvirt && keep /var/cache/libvirt "$1/cache" || exit
mount -t tmpfs -o mode=755 none /var/lib/libvirt && mount -t tmpfs none /var/log/libvirt || exit
cd /var/lib/libvirt && mkdir -p images boot qemu dnsmasq && chown libvirt-qemu: qemu && chmod 750 qemu || exit
ip link set lo up || exit
echo ready
# Who is the first process has everybody's orphans to bury: libvirt waits until they are gone.
exec 3<&0
cat <&3 &
wait $!`;

/** Needs root. libvirt's daemon is not started: farm does that. */
export async function startSystemHypervisor(): Promise<SystemHypervisor> {
  const directory = mkdtempSync(join(tmpdir(), "farm-system-"));
  chmodSync(directory, 0o755);
  const namespaces = ["-m", "-n", "-p", "-f", "--mount-proc", "--kill-child"];
  const keeper = spawn("unshare", [...namespaces, "sh", "-c", SETUP, "system", directory], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { PATH },
  });
  const [ready] = await Promise.race([
    once(keeper.stdout, "data"),
    once(keeper, "exit").then(() => ["did not start"]),
  ]);
  if (String(ready) !== "ready\n") throw new Error(`no hypervisor of its own: ${ready}`);
  const first = readFileSync(`/proc/${keeper.pid}/task/${keeper.pid}/children`, "utf8").trim();
  const enter = ["nsenter", "-t", first, "-m", "-n", "-p", "--"] as const;
  return {
    enter,
    run: (script, ...args) =>
      execFileSync(enter[0], [...enter.slice(1), "sh", "-euc", script, "run", ...args], {
        encoding: "utf8",
        env: { PATH, LC_ALL: "C" },
        stdio: ["ignore", "pipe", "pipe"],
      }),
    async stop() {
      keeper.stdin.end();
      if (keeper.exitCode === null && keeper.signalCode === null) await once(keeper, "exit");
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
