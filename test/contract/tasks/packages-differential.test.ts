import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { hasAnsible, type PlayedTask, playWithAnsible, playWithFarm } from "../../lab/ansible.js";
import { AN_ALPINE } from "../../lab/apk-packages.js";
import { AN_ARCH } from "../../lab/arch-packages.js";
import { comparable } from "../../lab/comparison.js";
import { A_DEBIAN } from "../../lab/debian-packages.js";
import { REPOSITORIES_OF_GIT } from "../../lab/git-repositories.js";
import { NODE_PACKAGES, nodeRegistry } from "../../lab/node-packages.js";
import { canBePrivate, type PrivateMachine, startPrivateMachine } from "../../lab/private-machine.js";
import { A_PYTHON } from "../../lab/python-packages.js";
import { AN_RPM_MACHINE } from "../../lab/rpm-packages.js";
import { A_RUBY } from "../../lab/ruby-packages.js";
import { MEANT_OF_PACKAGES } from "./meant-package-differences.js";

const PLAYBOOKS = join(import.meta.dirname, "../../fixtures/package-playbooks");
/** Where this Node's own npm is: it need not be Debian's. */
const NPM = execFileSync("sh", ["-c", "command -v npm"], { encoding: "utf8" }).trim();

/** Debian has no apk: whoever has built one names it. */
const APK = process.env["FARM_APK"] ?? "";

/** What makes a private machine one that a playbook is for. */
const MACHINES: Readonly<Record<string, string>> = {
  apt: A_DEBIAN,
  apk: AN_ALPINE,
  // Ansible's pacman fails where nothing is installed, for its own sake, for another's and of a group.
  pacman: `${AN_ARCH} package farm-lib 1-1; package farm-base 1-1 'depend = farm-lib' 'group = farm-old'; pacman -Sy --noconfirm farm-base 2>&1; rm /var/lib/pacman/sync/*`,
  dnf: AN_RPM_MACHINE,
  zypper: AN_RPM_MACHINE,
  pip: A_PYTHON,
  gem: A_RUBY,
  git: REPOSITORIES_OF_GIT,
  locales: "test -e /etc/locale.gen",
  npm: `rm -rf /srv/node
    printf 'registry=%s\\ncache=/root/npm-cache\\nupdate-notifier=false\\naudit=false\\nfund=false\\nprefix=/root/global\\n' "$1" >/root/.npmrc`,
};

let scratch: string;
let registry: Server;
beforeAll(async () => {
  const packed = mkdtempSync(join(tmpdir(), "farm-registry-"));
  execFileSync("bash", ["-euc", NODE_PACKAGES, "pack", packed]);
  registry = await nodeRegistry(
    new Map([
      ["farm-a", ["1.0.0"]],
      ["farm-d", ["1.0.0"]],
    ]),
    packed,
  );
  return () => rmSync(packed, { recursive: true, force: true });
});
afterAll(() => registry.close());
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "farm-packages-"));
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

type Play = (
  file: string,
  machine: PrivateMachine,
  vars: Readonly<Record<string, unknown>>,
) => Promise<PlayedTask[]>;

/** Played twice on a machine of its own. */
async function twice(name: string, play: Play): Promise<unknown[]> {
  const machine = await startPrivateMachine(mkdtempSync(join(scratch, "machine-")));
  try {
    const { port } = registry.address() as AddressInfo;
    machine.run(MACHINES[name] as string, `http://127.0.0.1:${port}/`, APK);
    const file = join(PLAYBOOKS, `${name}.yaml`);
    const vars = { npm: NPM };
    const runs = [await play(file, machine, vars), await play(file, machine, vars)];
    return runs.map((run) => run.map((each) => comparable(each, MEANT_OF_PACKAGES[name])));
  } finally {
    await machine.close();
  }
}

const names = readdirSync(PLAYBOOKS)
  .map((file) => basename(file, ".yaml"))
  .filter((name) => name !== "apk" || APK !== "");

// CI has Ansible: there, its lack is a failure.
describe.runIf((hasAnsible && canBePrivate) || process.env["CI"])(
  "on a machine of its own it comes to the same as with Ansible",
  () => {
    it.each(names)(
      "%s",
      async (name) => {
        const [ours, theirs] = await Promise.all([
          twice(name, (file, { shell }, vars) => playWithFarm(file, { shell, vars })),
          twice(name, (file, { inside }, vars) => playWithAnsible(file, { enter: inside, vars })),
        ]);
        expect(ours).toEqual(theirs);
      },
      300_000,
    );
  },
);
