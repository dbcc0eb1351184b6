import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { group } from "../../../src/tasks/modules/group.js";
import { user } from "../../../src/tasks/modules/user.js";
import type { Shell } from "../../../src/transport/shell.js";
import { hasAnsible, type PlayedTask, playWithAnsible, playWithFarm } from "../../lab/ansible.js";
import { busyboxPath, hasBusybox } from "../../lab/busybox-path.js";
import { comparable } from "../../lab/comparison.js";
import { runModule } from "../../lab/module-machine.js";
import { hasPrivateViews, type PrivateView, privateShell, startView } from "../../lab/private-view.js";
import { MEANT } from "./meant-differences.js";

const PLAYBOOK = join(import.meta.dirname, "../../fixtures/private-playbooks/accounts.yaml");

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "farm-accounts-"));
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

type Play = (view: PrivateView) => Promise<PlayedTask[]>;

/** Played twice in a view of its own. */
async function twice(play: Play): Promise<unknown[]> {
  const view = await startView(scratch);
  try {
    const runs = [await play(view), await play(view)];
    return runs.map((run) => run.map((each) => comparable(each, MEANT["accounts"])));
  } finally {
    await view.end();
  }
}

// CI has Ansible and may have views: there, their lack is a failure.
describe.runIf((hasAnsible && hasPrivateViews) || process.env["CI"])("users and groups", () => {
  it("come to the same as with Ansible", async () => {
    const path = process.env["PATH"] ?? "";
    const [ours, theirs] = await Promise.all([
      twice((view) => playWithFarm(PLAYBOOK, { shell: privateShell(view, scratch, path) })),
      twice(({ enter }) => playWithAnsible(PLAYBOOK, { enter })),
    ]);
    expect(ours).toEqual(theirs);
  }, 300_000);
});

const HASH =
  "$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/";
const KINDS = [
  { kind: "shadow's tools", path: () => process.env["PATH"] ?? "", there: true },
  { kind: "busybox alone", path: () => busyboxPath(join(scratch, "bin"), ["ssh-keygen"]), there: hasBusybox },
];

describe.runIf(hasPrivateViews).each(KINDS.filter(({ there }) => there))("by $kind", ({ path }) => {
  let view: PrivateView;
  let shell: Shell;
  beforeEach(async () => {
    view = await startView(scratch);
    shell = privateShell(view, scratch, path());
  });
  afterEach(async () => {
    await shell.close();
    await view.end();
  });
  const run = (module: unknown, args: Record<string, unknown>, check = false) =>
    runModule(module, { name: "farmer", ...args }, shell, { check });
  const output = async (...argv: [string, ...string[]]) => (await shell.run({ argv })).stdout;
  const fields = async (file: string) => (await output("grep", "^farmer:", file)).trim().split(":");
  const groups = async () => (await output("id", "-Gn", "farmer")).trim().split(" ").sort();
  const files = () => output("sh", "-c", "cat /etc/passwd /etc/group /etc/shadow; ls -R /home");

  /** Checked, done, and done again. */
  async function settles(module: unknown, args: Record<string, unknown>) {
    const before = await files();
    expect(await run(module, args, true)).toMatchObject({ changed: true });
    expect(await files()).toBe(before);
    const done = await run(module, args);
    expect(done, JSON.stringify(done)).toMatchObject({ changed: true });
    const again = await run(module, args);
    expect(again).toMatchObject({ changed: false });
    expect(again).not.toHaveProperty("failed");
    return done;
  }

  it("a group: made, another number, taken numbers, gone", async () => {
    const name = "cows";
    expect(await settles(group, { name, gid: 4242 })).toMatchObject({ gid: 4242 });
    await settles(group, { name, gid: 4243 });
    expect(await output("grep", "4243", "/etc/group")).toBe("cows:x:4243:\n");
    expect(await run(group, { name, gid: 0 })).toMatchObject({ failed: true, name });
    expect(await run(group, { name: "other", gid: 4243 })).toMatchObject({ failed: true });
    await settles(group, { name, gid: 4, non_unique: true });
    await settles(group, { name, gid: 4242 });
    await settles(group, { name, state: "absent" });
    await run(user, {});
    expect(await run(group, { state: "absent" })).toMatchObject({ failed: true, rc: 8 });
  });

  it("a user: made with all, and its home", async () => {
    await output("sh", "-c", "mkdir -p /home/skel/in; echo x >/home/skel/in/file; ln -s in /home/skel/link");
    await run(group, { name: "cows", gid: 4242 });
    const made = await settles(user, {
      ...{
        uid: 4300,
        group: "cows",
        groups: ["audio", "video"],
        comment: "A Farmer, it's",
        shell: "/bin/sh",
      },
      ...{ home: "/home/deep/er", skeleton: "/home/skel", umask: "027", password: HASH },
      ...{ expires: 1893456000, password_expire_min: 1, password_expire_max: 90 },
      ...{ password_expire_warn: 14, password_expire_account_disable: 30 },
    });
    expect(made).toMatchObject({ uid: 4300, group: 4242, home: "/home/deep/er", groups: "audio,video" });
    expect(await output("grep", "^farmer:", "/etc/passwd")).toBe(
      "farmer:x:4300:4242:A Farmer, it's:/home/deep/er:/bin/sh\n",
    );
    const [, hash, , min, max, warn, inactive, expires] = await fields("/etc/shadow");
    expect([hash, min, max, warn, inactive, expires]).toEqual([HASH, "1", "90", "14", "30", "21915"]);
    expect(await groups()).toEqual(["audio", "cows", "video"]);
    const of = "%a %u %g %n";
    expect(await output("stat", "-c", of, "/home/deep/er")).toBe("750 4300 4242 /home/deep/er\n");
    expect(await output("stat", "-c", of, "/home/deep/er/in/file")).toContain(" 4300 4242 ");
    expect(await output("readlink", "/home/deep/er/link")).toBe("in\n");
  });

  it("a user: each attribute is changed, and nothing else", async () => {
    await run(group, { name: "cows", gid: 4242 });
    await run(user, { uid: 4300 });
    await output("sh", "-c", "echo x >/home/farmer/file; chown -R farmer:farmer /home/farmer");
    await settles(user, { uid: 4301 });
    await settles(user, { group: "cows" });
    expect(await output("stat", "-c", "%u %g", "/home/farmer/file")).toBe("4301 4242\n");
    await settles(user, { comment: 'a \\ & "b"' });
    await settles(user, { shell: "/bin/ash" });
    await settles(user, { home: "/home/moved", move_home: true });
    expect(await output("ls", "/home")).toBe("moved\n");
    await settles(user, { groups: ["audio", "video"] });
    await settles(user, { groups: ["cdrom"], append: true });
    expect(await groups()).toEqual(["audio", "cdrom", "cows", "video"]);
    await settles(user, { groups: ["cdrom"] });
    expect(await groups()).toEqual(["cdrom", "cows"]);
    await settles(user, { groups: [] });
    await settles(user, { expires: 86400 });
    await settles(user, { password_expire_min: 3, password_expire_max: 30 });
    await settles(user, { password_expire_warn: 5, password_expire_account_disable: 9 });
    expect(await output("grep", "^farmer:", "/etc/passwd")).toBe(
      'farmer:x:4301:4242:a \\ & "b":/home/moved:/bin/ash\n',
    );
    const [, , , min, max, warn, inactive, expires] = await fields("/etc/shadow");
    expect([min, max, warn, inactive, expires]).toEqual(["3", "30", "5", "9", "1"]);
    await settles(user, { expires: -1 });
    expect((await fields("/etc/shadow"))[7]).toBe("");
    expect(await run(user, { uid: 0 })).toMatchObject({ failed: true, name: "farmer" });
    await settles(user, { uid: 0, non_unique: true });
    expect(await output("stat", "-c", "%a", "/etc/shadow")).toBe("640\n");
  });

  it("a user: its password is set, locked, unlocked", async () => {
    await run(user, { create_home: false });
    const unlocked = await run(user, { create_home: false, password_lock: false });
    expect(unlocked).toMatchObject({ changed: false, state: "present" });
    await settles(user, { create_home: false, password: HASH });
    await settles(user, { create_home: false, password_lock: true });
    expect((await fields("/etc/shadow"))[1]).toBe(`!${HASH}`);
    await settles(user, { create_home: false, password_lock: false });
    const other = HASH.replace("saltsalt", "sugar");
    expect(
      await run(user, { create_home: false, password: other, update_password: "on_create" }),
    ).toMatchObject({ changed: false, state: "present" });
    await settles(user, { create_home: false, password: other, password_lock: true });
    expect((await fields("/etc/shadow"))[1]).toBe(`!${other}`);
    expect(await output("ls", "/home")).toBe("");
  });

  it("a user: a key of its own, with a passphrase", async () => {
    const key = { generate_ssh_key: true, ssh_key_type: "ed25519" };
    const made = await settles(user, { ...key, ssh_key_comment: "of a farmer" });
    expect(made).toMatchObject({
      ssh_key_file: "/home/farmer/.ssh/id_ed25519",
      ssh_fingerprint: expect.stringMatching(/^256 SHA256:\S+ of a farmer \(ED25519\)$/),
      ssh_public_key: expect.stringMatching(/^ssh-ed25519 AAAA\S+ of a farmer$/),
    });
    const stat = await output("stat", "-c", "%a %U", "/home/farmer/.ssh", "/home/farmer/.ssh/id_ed25519");
    expect(stat).toBe("700 farmer\n600 farmer\n");
    const own = { ...key, ssh_key_file: ".ssh/own", ssh_key_passphrase: `open 'sesame' "$x"` };
    await settles(user, own);
    const opened = (passphrase: string) =>
      shell.run({ argv: ["ssh-keygen", "-y", "-P", passphrase, "-f", "/home/farmer/.ssh/own"] });
    expect((await opened("")).code).not.toBe(0);
    expect((await opened(own.ssh_key_passphrase)).code).toBe(0);
    const anew = await run(user, { ...own, force: true });
    expect(anew).toMatchObject({ changed: true });
    expect(anew["ssh_public_key"]).not.toBe(made["ssh_public_key"]);
  });

  it("a user: a missing home is made, and goes with the user", async () => {
    await run(user, { create_home: false });
    await settles(user, { create_home: true });
    expect(await output("stat", "-c", "%U", "/home/farmer")).toBe("farmer\n");
    await settles(user, { state: "absent", remove: true });
    expect(await output("ls", "/home")).toBe("");
    expect(await output("grep", "farmer", "/etc/passwd", "/etc/group", "/etc/shadow")).toBe("");
  });

  it("a user whose group is there already, and one of the system", async () => {
    await run(group, { name: "farmer", gid: 4300 });
    await settles(user, { system: true, create_home: false, shell: "/bin/false" });
    expect(Number((await fields("/etc/passwd"))[2])).toBeLessThan(1000);
    expect(await run(user, { groups: ["farm-none"] })).toMatchObject({
      failed: true,
      msg: "Group farm-none does not exist",
    });
  });
});
