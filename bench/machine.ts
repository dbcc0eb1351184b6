import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connectHypervisor } from "../src/transport/hypervisor-connection.js";
import type { Shell } from "../src/transport/shell.js";
import { connectSsh } from "../src/transport/ssh/ssh-shell.js";
import { startSshd } from "../test/lab/sshd.js";

/** A machine to run tasks on, and how each contender reaches it. */
export interface Machine {
  readonly title: string;
  connect(): Promise<Shell>;
  /** The words after `ssh`; undefined where there is no SSH. */
  readonly ssh: readonly string[] | undefined;
  /** Its variables in an inventory. */
  readonly ansible: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const nothing = async () => undefined;

export const localhost: Machine = {
  title: "localhost",
  connect: () => connectHypervisor({ name: "localhost", connection: "local" }, { env: process.env }),
  ssh: undefined,
  ansible: { ansible_connection: "local" },
  stop: nothing,
};

/** A host as `ssh` knows it: its name or alias in ssh_config. */
export const sshHost = (host: string): Machine => ({
  title: host,
  connect: () => connectHypervisor({ name: host, connection: "ssh" }, { env: process.env }),
  ssh: [host],
  ansible: { ansible_host: host },
  stop: nothing,
});

/** This machine through an sshd of its own; only root can start one. */
export async function ownSshd(): Promise<Machine> {
  const sshd = await startSshd({ config: ["Subsystem sftp internal-sftp"] });
  const knownHosts = join(sshd.directory, "known_hosts");
  await writeFile(knownHosts, `[127.0.0.1]:${sshd.port} ${sshd.hostKey}\n`);
  const options = ["-F", "none", "-o", `UserKnownHostsFile=${knownHosts}`];
  return {
    title: "sshd on localhost",
    connect: () =>
      connectSsh({
        name: "sshd",
        host: "127.0.0.1",
        port: sshd.port,
        user: "root",
        auth: { keyFiles: [sshd.clientKeyPath] },
        hostKey: { kind: "pinned", key: sshd.hostKey, onFirst: () => undefined },
      }),
    ssh: [...options, "-i", sshd.clientKeyPath, "-p", String(sshd.port), "root@127.0.0.1"],
    ansible: {
      ansible_host: "127.0.0.1",
      ansible_port: String(sshd.port),
      ansible_user: "root",
      ansible_ssh_private_key_file: sshd.clientKeyPath,
      ansible_ssh_common_args: options.join(" "),
    },
    stop: () => sshd.stop(),
  };
}
