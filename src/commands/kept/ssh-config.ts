import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import { ConfigError, GuestError } from "../../errors.js";
import { isByAgent } from "../../load/definitions/vm-definition.js";
import { domainName, vmDirectoryName } from "../../naming.js";
import type { Project } from "../../project/project.js";
import type { Endpoint } from "../../provision/guest/guest.js";
import type { KeptVm } from "../../provision/kept/find-kept.js";
import { connectToKept, type GuestWay, wayInto } from "../../provision/kept/reach-guest.js";
import { hypervisorTarget } from "../../transport/hypervisor-connection.js";
import { plainText } from "../../transport/plain-text.js";
import {
  type SshConfigBlock,
  sshConfigText,
  wayAlias,
  wayBlocks,
} from "../../transport/ssh/ssh-config-text.js";
import type { CommandContext } from "../context.js";
import { type Secrecy, withSecrets } from "../prepare.js";
import { stateDirectory } from "../state-directory.js";
import { type KeptOptions, keptProject, withKept, withKeptOptions } from "./kept.js";

const EXAMPLES = `
Each VM that runs is a Host by its name (NAME-INSTANCE with --instance), reached through its hypervisor with farm's key, and believed by the host key of
its first login. After 'farm start' or another run, ports have changed: write it again.

Examples:
  $ farm ssh-config -i inv.yaml >~/.ssh/farm.conf     # and once, at the top of ~/.ssh/config: Include farm.conf
  $ ssh debian_12_amd64 uptime
  $ rsync -a src/ debian_12_amd64:/src/
  $ scp -F ~/.ssh/farm.conf debian_12_amd64:/tmp/core .`;

/** `farm ssh-config`: an OpenSSH configuration that reaches every VM that was kept. */
export function addSshConfig(program: Command, context: CommandContext): void {
  withKeptOptions(program.command("ssh-config"))
    .description("print an OpenSSH configuration by which ssh, scp, rsync and editors reach the kept VMs")
    .addHelpText("after", EXAMPLES)
    .action(async (options: KeptOptions) =>
      context.exit(await withSecrets(context.stop, (secrecy) => sshConfig(options, context, secrecy))),
    );
}

async function sshConfig(options: KeptOptions, context: CommandContext, secrecy: Secrecy): Promise<number> {
  const project = await keptProject(options, secrecy);
  return withKept(project.vms, project, options, context, async (found) => {
    const running = found.filter(({ domain }) => domain.active);
    const [byAgent, kept] = [true, false].map((is) =>
      running.filter((vm) => isByAgent(vm.definition) === is),
    );
    if (!kept?.length) throw nothingToReach(byAgent ?? []);
    const directory = vmDirectoryName(project.projectId, "ssh", options.instance);
    const file = join(stateDirectory(process.env), "ssh", directory, "known_hosts");
    const ways = await Promise.all(kept.map((each) => knownWay(each, context.stop)));
    const guests = kept.map((each, index) => guestBlock(each, ways[index], file, project, options.instance));
    const lines = guests.map(({ alias }, index) => `${alias} ${ways[index]?.pin.key}\n`);
    await replaceFile(file, lines.join(""));
    const names = new Set(kept.map(({ session }) => session.name));
    const blocks = [...guests, ...hypervisorBlocks(project, names)];
    context.stdout(`${(byAgent ?? []).map(leftOut).join("")}${sshConfigText(blocks)}`);
    return 0;
  });
}

const BY_AGENT = "`farm apply`, `farm cp` and `farm ssh NAME COMMAND` reach it, and `farm console NAME`";

function nothingToReach(byAgent: readonly KeptVm[]): GuestError {
  const [first] = byAgent;
  if (!first)
    return new GuestError("no VM of this inventory with an SSH server runs", {
      hint: "`farm run --keep` leaves VMs running",
    });
  return new GuestError(
    `'${first.vm.name}' is reached by its agent: there is no SSH server for ssh to reach`,
    {
      hint: BY_AGENT.replaceAll("NAME", first.vm.name),
    },
  );
}

/** A comment for who looks for the VM in vain. */
const leftOut = ({ vm: { name } }: KeptVm): string =>
  `${plainText(`# ${name} has no SSH server, only its agent: ${BY_AGENT.replaceAll("NAME", name)}`)}\n`;

/** A way in and where it leads by now. */
type KnownWay = GuestWay & { readonly endpoint: Endpoint };

/** The way in with the guest's host key in it; a guest that nobody has logged in to is logged in to. */
async function knownWay(kept: KeptVm, signal: AbortSignal): Promise<KnownWay> {
  const way = await wayInto(kept, signal);
  if (way.pin.key === undefined) (await connectToKept(kept, way, signal)).end();
  return { ...way, endpoint: await way.address.locate(signal) };
}

function guestBlock(
  { vm, session }: KeptVm,
  way: KnownWay | undefined,
  knownHosts: string,
  project: Project,
  instance: string | undefined,
): SshConfigBlock {
  if (!way) throw new GuestError(`there is no way to '${vm.name}'`);
  const { user } = way.address;
  const { host, port } = way.endpoint;
  const alias = domainName(vm.name, instance);
  const isLocal = hostOf(project, session.name)?.connection === "local";
  return {
    alias,
    hostName: host,
    port,
    user,
    identityFiles: [way.keyPath],
    identitiesOnly: true,
    knownHostsFiles: [knownHosts],
    strict: "yes",
    hostKeyAlias: alias,
    jumps: isLocal ? [] : [wayAlias(session.name)],
  };
}

const hostOf = (project: Project, name: string) => project.hypervisors.find((host) => host.name === name);

function hypervisorBlocks(project: Project, names: ReadonlySet<string>): SshConfigBlock[] {
  return project.hypervisors
    .filter(({ name, connection }) => connection === "ssh" && names.has(name))
    .flatMap((host) => wayBlocks(hypervisorTarget(host), process.env["SSH_AUTH_SOCK"] || undefined));
}

async function replaceFile(path: string, content: string): Promise<void> {
  const temporary = `${path}.${process.pid}`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(temporary, content, { mode: 0o600 });
    await rename(temporary, path);
  } catch (cause) {
    throw new ConfigError(`cannot write ${path}: ${(cause as Error).message}`, { cause });
  }
}
