import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { eventsOf, eventsOfType, farm } from "../lab/farm.js";
import { type LabHypervisors, startHypervisors } from "../lab/hypervisors.js";
import { type ImageServer, imageServer, serve } from "../lab/image-server.js";
import { debianImage, tinyImage } from "../lab/images.js";
import { changesOf, keepGuest, playTwice } from "../lab/kept-guest.js";

let cwd: string;
let home: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "farm-apply-"));
  home = join(cwd, "home");
  await mkdir(home);
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

describe("on this machine", () => {
  const apply = (...options: string[]) =>
    farm(["apply", "tasks.yaml", "--format", "json", ...options], { cwd, home });
  const write = (yaml: string) => writeFile(join(cwd, "tasks.yaml"), yaml);

  test("a check changes nothing and tells what would change; the real thing does it, once", async () => {
    await write(`- copy: { content: "new\\n", dest: ${cwd}/made }\n`);
    const check = await apply("--check", "--diff");
    expect([check.code, changesOf(check).length]).toEqual([0, 1]);
    expect(eventsOfType(check, "task-ended")[0]?.result).toMatchObject({
      diff: { before: "", after: "new\n" },
    });
    await expect(readText("made")).rejects.toThrow(/ENOENT/);
    expect(changesOf(await apply())).toHaveLength(1);
    expect(await readText("made")).toBe("new\n");
    expect(changesOf(await apply())).toHaveLength(0);
  });

  const readText = async (name: string) =>
    (await import("node:fs/promises")).readFile(join(cwd, name), "utf8");

  test("exit codes: 1 when a task failed, 2 for the user's mistakes, before anything runs", async () => {
    await write(`- command: touch ${cwd}/ran\n- command: "false"\n`);
    const failed = await apply();
    expect([failed.code, eventsOfType(failed, "apply-ended")[0]?.tasks]).toEqual([
      1,
      { ok: 0, changed: 1, failed: 1, skipped: 0, ignored: 0 },
    ]);
    await write(`- command: touch ${cwd}/never\n- comand: x\n`);
    const wrong = await apply();
    expect([wrong.code, wrong.stderr]).toEqual([
      2,
      expect.stringContaining("tasks.yaml:2:3: unknown module or keyword 'comand'; did you mean 'command'?"),
    ]);
    await expect(readText("never")).rejects.toThrow(/ENOENT/);
  });

  test("what no_log and a vault hide is nowhere to be seen", async () => {
    await write(`- command: echo {{ word }}\n  no_log: true\n- shell: "echo {{ token }}; exit 1"\n`);
    await writeFile(join(cwd, "vars.yaml"), "word: hunter2-word\ntoken: !env FARM_TEST_TOKEN\n");
    process.env["FARM_TEST_TOKEN"] = "hunter2-token";
    const result = await apply("--vars", "vars.yaml");
    delete process.env["FARM_TEST_TOKEN"];
    expect(result.code).toBe(1);
    const hidden = eventsOf(result).filter((event) => !("task" in event && event.task.includes("{{")));
    expect(result.stdout + result.stderr).not.toContain("hunter2-token");
    expect(JSON.stringify(hidden.filter(({ type }) => type === "task-ended")[0])).not.toContain("hunter2");
  });

  test("a gigabyte of output passes, and the controller stays small", async () => {
    await write("- shell: head -c 1073741824 /dev/zero\n  register: out\n- debug: { msg: '{{ out.rc }}' }\n");
    const shell = join(cwd, "measured.sh");
    const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
    await writeFile(shell, `exec node --max-old-space-size=150 ${cli} apply ${cwd}/tasks.yaml >${cwd}/out\n`);
    const { execFile } = await import("node:child_process");
    const { promisify } = await import("node:util");
    await promisify(execFile)("sh", [shell], { env: { ...process.env, HOME: home }, maxBuffer: 2 ** 26 });
    expect(await readText("out")).toMatch(/1 ok, 1 changed/);
  });
});

describe("in guests that farm run --keep left", () => {
  let lab: LabHypervisors;
  let server: ImageServer;
  beforeAll(async () => {
    lab = await startHypervisors(1);
    server = await imageServer();
    server.on("/hello", serve(Buffer.from("hello\n")));
  });
  afterAll(async () => {
    await server.close();
    await lab.stop();
  });

  test("a guest with busybox and nothing else: the second run changes nothing, and what it cannot do it says", async () => {
    const guest = await keepGuest({ lab, server, cwd, image: await tinyImage() });
    try {
      for (const file of ["any", "machine", "archives"])
        await playTwice(guest, `guests/${file}.yaml`, { changes: 9 });
      const refused = await guest.apply("guests/busybox.yaml");
      expect(refused.code, refused.stdout + refused.stderr).toBe(0);
      const ended = eventsOfType(refused, "task-ended");
      expect(ended).toHaveLength(30);
      for (const { task, status, result } of ended)
        expect([status, result.msg]).toEqual(["failed", expect.stringContaining(task)]);
      const rebooted = await guest.apply("guests/reboots.yaml");
      expect(rebooted.code, rebooted.stdout + rebooted.stderr).toBe(0);
    } finally {
      await guest.down();
    }
  });

  test("a real Debian: packages, users, services and all; the second run changes nothing", async () => {
    const image = await debianImage();
    const files = {
      "targets/amd64.yaml": "vm: { arch: x86_64, machine: q35, vcpus: 2, ram: 768 }\n",
      "platforms/one.yaml": `vm:
  metadata:
    auth: { user: root }
    sources:
      - before_provision:
          - { callback: fetch, src: "${server.url}/image.qcow2", dest: base, checksum: "sha256:${image.sha256}" }
          - { callback: extend_and_convert, src: base, dest: big, size: 4G }
          - { callback: setup_image, src: big, inject: credential }
        on_provision: { src: big, dest: root.qcow2 }
  disks: [{ src: root.qcow2 }]
`,
    };
    const guest = await keepGuest({ lab, server, cwd, image, files });
    try {
      for (const file of ["any", "debian", "machine", "system"])
        await playTwice(guest, `guests/${file}.yaml`);
      const restarted = await guest.apply("guests/restarts.yaml");
      expect(restarted.code, restarted.stdout + restarted.stderr).toBe(0);
    } finally {
      await guest.down();
    }
    // Nine plays and a reboot under emulation.
  }, 1_200_000);
});
