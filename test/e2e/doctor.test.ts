import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, rename, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Finding } from "../../src/doctor/finding.js";
import { farm, writeProject } from "../lab/farm.js";
import { type LabHypervisor, type LabHypervisors, startHypervisors } from "../lab/hypervisors.js";
import { makeKey } from "../lab/sshd.js";
import { tinyProject } from "../lab/tiny-project.js";

const exec = promisify(execFile);

let lab: LabHypervisors;
let hypervisor: LabHypervisor;
let directory: string;
let bin: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "farm-doctor-"));
  await chmod(directory, 0o755);
  bin = join(directory, "bin");
  await mkdir(bin, { mode: 0o755 });
  for (const name of await readdir("/usr/bin")) await symlink(join("/usr/bin", name), join(bin, name));
  lab = await startHypervisors(1, { path: bin, onlyPath: true });
  [hypervisor] = lab.hypervisors as [LabHypervisor];
  await hypervisor.as("mkdir", "-p", hypervisor.pool);
});
afterAll(async () => {
  await lab.stop();
  await rm(directory, { recursive: true, force: true });
});

interface Examined {
  readonly hypervisor: string;
  readonly ready: boolean;
  readonly findings: readonly Finding[];
}

/** Examines the hypervisor of a project of its own. */
async function examine(
  change: (files: Record<string, string>) => Record<string, string> = (files) => files,
  ...options: string[]
) {
  const cwd = await mkdtemp(join(directory, "project-"));
  const image = { url: "http://127.0.0.1/none", sha256: "0".repeat(64) };
  const phases = { main: "- command: 'true'\n" };
  await writeProject(cwd, change(tinyProject({ lab, image, platforms: ["one"], phases })));
  const place = { cwd, home: lab.farmHome };
  const result = await farm(["doctor", "-i", "inventory.yaml", "--format", "json", ...options], place);
  const [examined] = JSON.parse(result.stdout || "[]") as Examined[];
  const find = (check: string) => examined?.findings.find((finding) => finding.check === check);
  return { ...result, examined, find };
}

/** Does something while a program is not there. */
async function without<T>(program: string, work: () => Promise<T>): Promise<T> {
  const away = join(directory, program);
  await rename(join(bin, program), away);
  try {
    return await work();
  } finally {
    await rename(away, join(bin, program));
  }
}

test("a hypervisor that has all it needs is ready; what it has is told", async () => {
  const { code, examined, find } = await examine();
  expect(examined?.findings.filter(({ status }) => status === "failed")).toEqual([]);
  expect({ code, ready: examined?.ready }).toEqual({ code: 0, ready: true });
  expect(find("libvirt")?.found).toMatch(/^\d+\.\d+\.\d+ at qemu:\/\/\/session, QEMU \d/);
  expect(find("guests")?.found).toMatch(/x86_64 \(.*qemu\)/);
  expect(find("linger")?.status).toBe("ok");
});

test.each([
  ["virsh", "virsh", "failed", "libvirt-clients"],
  ["qemu-img", "qemu-img", "failed", "qemu-utils"],
  ["flock", "locks", "failed", "util-linux"],
  ["zstd", "archives", "warning", "zstd"],
] as const)("without %s", async (program, check, status, wanted) => {
  const { code, find } = await without(program, () => examine());
  expect(find(check)).toMatchObject({
    status,
    mend: `sudo apt-get install -y --no-install-recommends ${wanted}`,
    packages: [wanted],
  });
  expect(code).toBe(status === "failed" ? 3 : 0);
});

test("a pool directory that cannot be written to, and one without room", async () => {
  await exec("chown", ["root:root", hypervisor.pool]);
  try {
    const { code, find } = await examine();
    expect(find("pool")).toMatchObject({ status: "failed", found: expect.stringContaining("cannot write") });
    expect(code).toBe(3);
  } finally {
    await exec("chown", [hypervisor.user, hypervisor.pool]);
  }
  await exec("mount", ["-t", "tmpfs", "-o", "size=16M,mode=0777", "tmpfs", hypervisor.pool]);
  try {
    const { code, find } = await examine();
    expect(find("disk")).toMatchObject({ status: "failed", found: expect.stringMatching(/MiB free/) });
    expect(code).toBe(3);
  } finally {
    await exec("umount", ["--lazy", hypervisor.pool]);
  }
});

test("firmware that is not there, and a VM that is too large", async () => {
  const { code, find } = await examine((files) => ({
    ...files,
    "targets/amd64.yaml":
      "vm: { arch: x86_64, machine: q35, vcpus: 1, ram: 9000000, firmware: /no/OVMF_CODE.fd }\n",
  }));
  expect(find("firmware")).toMatchObject({ status: "failed", packages: ["ovmf"] });
  expect(find("memory")).toMatchObject({ status: "failed", found: expect.stringContaining("9000000 MiB") });
  expect(code).toBe(3);
});

test("an architecture that nobody has", async () => {
  const target = "vm: { arch: or1k, emulator: /usr/bin/qemu-system-or1k, vcpus: 1, ram: 256 }\n";
  const { code, find } = await examine((files) => ({ ...files, "targets/amd64.yaml": target }));
  expect(find("or1k")).toMatchObject({
    status: "failed",
    found: "no QEMU for or1k, which one_amd64 wants, and no other hypervisor has it",
  });
  expect(code).toBe(3);
});

test("libvirt that does not answer", async () => {
  const { code, find } = await examine((files) => ({
    ...files,
    "inventory.yaml": (files["inventory.yaml"] ?? "").replace("qemu:///session", "qemu:///sesion"),
  }));
  expect(find("libvirt")).toMatchObject({
    status: "failed",
    found: expect.stringContaining("qemu:///sesion"),
  });
  expect(code).toBe(3);
});

test("a host key that is not known, a login that is refused, and a machine that is not there", async () => {
  const changed = (from: RegExp, to: string) => (files: Record<string, string>) => ({
    ...files,
    "inventory.yaml": (files["inventory.yaml"] ?? "").replace(from, to),
  });
  const stranger = join(directory, "stranger");
  makeKey(stranger, "ed25519");
  const unknown = await examine(changed(/ansible_host: 127.0.0.1/, "ansible_host: localhost"));
  expect(unknown.find("host key")).toMatchObject({
    status: "failed",
    mend: expect.stringContaining("ssh-keyscan"),
  });
  const refused = await examine(changed(/private_key_file: \S+/, `private_key_file: ${stranger}`));
  expect(refused.find("ssh")).toMatchObject({ status: "failed", found: expect.stringContaining("refused") });
  const away = await examine(changed(/ansible_port: \d+/, "ansible_port: 1"));
  expect(away.find("ssh")).toMatchObject({ status: "failed", found: expect.stringContaining("127.0.0.1:1") });
  const noShell = await examine(changed(/ansible_user: \S+/, "ansible_user: nobody"));
  expect(noShell.find("system")).toMatchObject({ status: "failed", found: expect.stringMatching(/POSIX/) });
  expect([unknown.code, refused.code, away.code, noShell.code]).toEqual([3, 3, 3, 3]);
});

test("--fix says why it may not install, and a hypervisor is named as the inventory does", async () => {
  const { code, stderr } = await without("zstd", () => without("sudo", () => examine(undefined, "--fix")));
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: "farm: 'hypervisor1': packages are not installed, since sudo wants a password\n",
  });
  const typo = await examine(undefined, "hypervisr1");
  expect(typo.stderr).toMatch(/no hypervisor 'hypervisr1'; did you mean 'hypervisor1'\?/);
  expect(typo.code).toBe(2);
});
