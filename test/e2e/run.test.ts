import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  eventsOf,
  eventsOfType,
  type FarmResult,
  farm,
  type RunningFarm,
  startFarm,
  writeProject,
} from "../lab/farm.js";
import { type LabHypervisors, startHypervisors } from "../lab/hypervisors.js";
import { type ImageServer, imageServer, serveFile } from "../lab/image-server.js";
import { type LabImage, neverBootsImage, tinyImage } from "../lab/images.js";
import { expectNothingLeft } from "../lab/nothing-left.js";
import { freePort, makeKey } from "../lab/sshd.js";
import { tinyProject } from "../lab/tiny-project.js";

const exec = promisify(execFile);

let lab: LabHypervisors;
let server: ImageServer;
let images: Record<"tiny" | "neverBoots", { url: string; sha256: string }>;
let cwd: string;

beforeAll(async () => {
  lab = await startHypervisors(2);
  server = await imageServer();
  const serveImage = (name: string, { path, sha256 }: LabImage) => {
    server.on(`/${name}`, serveFile(path));
    return { url: `${server.url}/${name}`, sha256 };
  };
  images = {
    tiny: serveImage("tiny.qcow2", await tinyImage()),
    neverBoots: serveImage("never-boots.qcow2", await neverBootsImage()),
  };
});
afterAll(async () => {
  await server.close();
  await lab.stop();
});

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "farm-project-"));
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

const run = (...options: string[]) =>
  farm(["run", "-i", "inventory.yaml", "--format", "json", ...options], { cwd, home: lab.farmHome });

type ProjectOptions = Parameters<typeof tinyProject>[0];

const write = async (project: Partial<ProjectOptions> & Pick<ProjectOptions, "phases">) =>
  writeProject(cwd, tinyProject({ lab, image: images.tiny, platforms: ["one"], ...project }));

const place = () => ({ cwd, home: lab.farmHome });

const outcomes = (result: FarmResult) => eventsOfType(result, "run-ended").flatMap((event) => event.outcomes);

/** A run whose main has said `started`, and that got its first Ctrl-C then. */
async function interruptedInMain(): Promise<RunningFarm> {
  const running = startFarm(["run", "-i", "inventory.yaml", "--format", "json"], { cwd, home: lab.farmHome });
  await running.until(/"type":"task-output".*started/);
  running.process.kill("SIGINT");
  return running;
}

/** A guest of busybox has no sudo: this one asks on stderr, as `-p` says, reads one line of stdin, and leaves the rest to the program. */
const ASKS_AS_SUDO = `#!/bin/sh
while [ "$1" != -- ]; do
  case $1 in -p) prompt=$2; shift ;; esac
  shift
done
shift
printf %s "$prompt" >&2
IFS= read -r given
[ "$given" = "$(cat /tmp/copied)" ] || exit 1
export ASKED="$ASKED\${ASKED:+ and }once"
exec "$@"
`;

/** The arguments of all processes of this machine, the hypervisors' too, as often as they can be read until something ends. */
async function sampledArguments(until: Promise<unknown>): Promise<Set<string>> {
  const seen = new Set<string>();
  let isOver = false;
  void until.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    const processes = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
    const lines = await Promise.all(
      processes.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")),
    );
    for (const line of lines) seen.add(line.replaceAll("\0", " "));
  }
  return seen;
}

describe("farm run", () => {
  test("two VMs on two hypervisors at the same time, each image fetched once", async () => {
    await write({
      platforms: ["one", "two words"],
      phases: {
        init: "- shell: echo init of {{ platform }}\n",
        main: `- name: Who am I
  command: id -un
  register: who
- name: As {{ who.stdout }}
  shell: test "$(id -u)" = 0
`,
        terminate: "- debug: { msg: '{{ who.stdout }} says goodbye' }\n",
      },
    });
    const result = await run("--junit", "results/junit.xml");
    expect(result.stderr).toBe("");
    expect(outcomes(result)).toEqual([
      { vm: "one_amd64", kind: "passed" },
      { vm: "two words_amd64", kind: "passed" },
    ]);
    expect(result.code).toBe(0);
    const placed = eventsOfType(result, "vm-placed").map(({ hypervisor }) => hypervisor);
    expect(placed).toEqual(["hypervisor1", "hypervisor2"]);
    const types = eventsOf(result).map(({ type }) => type);
    expect(types.lastIndexOf("vm-started")).toBeLessThan(types.indexOf("vm-ended"));
    const goodbye = eventsOfType(result, "task-ended").filter(({ phase }) => phase === "terminate");
    expect(goodbye.map(({ result: { msg } }) => msg)).toEqual(["root says goodbye", "root says goodbye"]);
    await exec("xmllint", ["--noout", join(cwd, "results/junit.xml")]);
    const junit = await readFile(join(cwd, "results/junit.xml"), "utf8");
    expect(junit).toContain('name="two words_amd64"');
    expect(junit).not.toMatch(/<(failure|error)/);
    await expectNothingLeft(...lab.hypervisors);
    const stored = await readdir(join(lab.hypervisors[0]?.pool ?? "", "farm/images"));
    expect(stored.filter((name) => name.endsWith(".qcow2"))).toHaveLength(1);
    expect(server.requests.filter((line) => line === "GET /tiny.qcow2")).toHaveLength(2);
  });

  test("a phase that fails: exit 1, later phases skipped, terminate ran, JUnit failure", async () => {
    await write({
      phases: {
        dependencies: "- name: Break\n  shell: printf 'out\\033[31mput\\n'; echo why >&2; exit 3\n",
        main: "- shell: echo never\n",
        terminate: "- name: Clean up\n  shell: echo cleaned\n- name: Say more\n  command: 'false'\n",
      },
    });
    const text = await farm(["run", "-i", "inventory.yaml", "--junit", "junit.xml"], {
      cwd,
      home: lab.farmHome,
    });
    expect(text.code).toBe(1);
    expect(text.stdout).toMatch(/dependencies: Break FAILED/);
    expect(text.stdout).toMatch(/exit status 3, at phases\/dependencies\.yaml:1:3/);
    expect(text.stdout).toMatch(/\| output\n\s+\| why\n/);
    expect(text.stdout).toMatch(/main skipped: dependencies did not pass/);
    expect(text.stdout).toMatch(/terminate: Clean up changed/);
    expect(text.stdout).toMatch(/terminate failed[\s\S]*failed {2}task 'Break' failed/);
    expect(await readFile(join(cwd, "junit.xml"), "utf8")).toMatch(/<failure[^>]*non-zero return code/);
    await expectNothingLeft(...lab.hypervisors);
  });

  test("a task whose guest's SSH server ends the session: what became of it is unknown, the VM is broken, nothing is left", async () => {
    await write({
      phases: {
        main: `- name: It loses its session
  shell: |
    process=$PPID
    while read -r stat </proc/$process/stat && ! expr "$stat" : '.*(dropbear)' >/dev/null; do
      set -- \${stat##*) }
      process=$2
    done
    kill -KILL $process
    sleep 300
- name: Nothing comes after it
  command: "true"
`,
        terminate: "- command: echo goodbye\n",
      },
    });
    const result = await run();
    expect(outcomes(result)).toMatchObject([{ vm: "one_amd64", phase: "main", kind: "broken" }]);
    expect(JSON.stringify(outcomes(result))).toContain(
      "lost while '/bin/sh' ran (whether it finished is not known)",
    );
    expect(result.code).toBe(3);
    expect(result.stdout).not.toContain("Nothing comes after it");
    await expectNothingLeft(...lab.hypervisors);
  });

  test("secrets are in nobody's arguments: not in the guest, not on the hypervisor, not here", async () => {
    // What shall be seen lives until all processes have been looked at once more, however long that takes.
    const seen =
      "#!/bin/sh\nuntil=$(($(wc -l </tmp/rounds) + 2))\nuntil [ $(wc -l </tmp/rounds) -ge $until ]; do sleep 0.1; done\n";
    const main = `- copy: { dest: /tmp/is-seen, mode: "0755", content: ${JSON.stringify(seen)} }
- shell: |
    : >/tmp/rounds
    (while :; do cat /proc/[0-9]*/cmdline; echo >>/tmp/rounds; done >/tmp/arguments 2>/dev/null) & echo $! >/tmp/sampler
- command: /tmp/is-seen by-whom
- shell: test "$TOKEN" && /tmp/is-seen
  environment: { TOKEN: "{{ token }}" }
- copy: { dest: /tmp/copied, content: "{{ token }}" }
- lineinfile: { path: /tmp/lines, line: "key={{ token }}", create: true }
- template: { src: secret.j2, dest: /tmp/templated }
- shell: { cmd: cat >/dev/null && /tmp/is-seen, stdin: "{{ token }}" }
- copy: { dest: /bin/sudo, src: asks-as-sudo, mode: "0755" }
- shell: { cmd: '/tmp/is-seen; echo "$(cat) $ASKED"', stdin: behind it }
  become: true
  register: asked
- assert: { that: "asked.stdout == 'behind it once'" }
- shell: kill "$(cat /tmp/sampler)"
- shell: { cmd: cat >/tmp/words; tr '\\0' ' ' </tmp/arguments | grep -cF -f /tmp/words; true, stdin: "{{ item }}" }
  loop: [by-whom, "{{ token }}"]
  register: seen
- assert: { that: "seen.results[0].stdout | int > 0" }
- assert: { that: "seen.results[1].stdout == '0'" }
`;
    const vmVars = ["token: !env FARM_TEST_TOKEN", "ansible_become_password: !env FARM_TEST_TOKEN"];
    await write({ phases: { main }, vmVars: vmVars.join("\n        ") });
    await writeFile(join(cwd, "phases/secret.j2"), "{{ token }}\n");
    await writeFile(join(cwd, "phases/asks-as-sudo"), ASKS_AS_SUDO);
    const env = { FARM_TEST_TOKEN: "test-token" };
    const running = startFarm(["run", "-i", "inventory.yaml", "--format", "json"], { ...place(), env });
    const sampled = await sampledArguments(running.ended);
    const result = await running.ended;
    expect(result.stderr).toBe("");
    expect(outcomes(result)).toEqual([{ vm: "one_amd64", kind: "passed" }]);
    expect(sampled.size).toBeGreaterThan(10);
    expect([...sampled].filter((line) => line.includes("test-token"))).toEqual([]);
    expect(result.stdout).not.toContain("test-token");
  });

  test("a hypervisor that is down is reported and passed over: the others do the work", async () => {
    await write({ ports: { 0: await freePort() }, phases: { main: "- command: 'true'\n" } });
    const result = await run();
    expect(result.code).toBe(0);
    const asked = eventsOfType(result, "hypervisor-asked").sort((a, b) =>
      a.hypervisor < b.hypervisor ? -1 : 1,
    );
    expect(asked.map(({ reachable }) => reachable)).toEqual([false, true]);
    expect(asked[0]?.error).toMatch(/refused/);
    expect(eventsOfType(result, "vm-placed")[0]?.hypervisor).toBe("hypervisor2");
  });

  test("a guest that never boots: exit 3 with the end of its console; nothing is left", async () => {
    await write({
      image: images.neverBoots,
      // A busy machine needs half a minute until the guest says that.
      vmVars: "connection_timeout: 15",
      phases: { main: "- command: 'true'\n" },
    });
    const result = await run("--junit", "junit.xml");
    expect(result.code).toBe(3);
    const [outcome] = outcomes(result);
    expect(outcome).toMatchObject({ kind: "broken", phase: "startup" });
    expect(JSON.stringify(outcome)).toMatch(/within 45 s.*this guest never boots/);
    expect(await readFile(join(cwd, "junit.xml"), "utf8")).toMatch(/<error[^>]*broken/);
    await expectNothingLeft(...lab.hypervisors);
  });

  test("a hypervisor with another host key is refused, with the fingerprint and what to do", async () => {
    await write({ phases: { main: "- command: 'true'\n" } });
    const home = join(cwd, "home");
    await mkdir(join(home, ".ssh"), { recursive: true });
    makeKey(join(home, "other"), "ed25519");
    const other = (await readFile(join(home, "other.pub"), "utf8")).split(" ").slice(0, 2).join(" ");
    await writeFile(join(home, ".ssh/known_hosts"), `[127.0.0.1]:${lab.port} ${other}\n`);
    const result = await farm(["run", "-i", "inventory.yaml"], { cwd, home });
    expect(result.code).toBe(3);
    expect(result.stdout).toMatch(/hypervisor1 is passed over: .*changed[\s\S]*SHA256:/);
    expect(result.stdout).toMatch(/known_hosts:1/);
  });

  test("Ctrl-C in main: tasks stop, terminate runs, the VM goes down, exit 130", async () => {
    await write({
      phases: {
        main: "- name: Long\n  shell: echo started; sleep 600\n",
        terminate: "- name: Last words\n  shell: echo bye\n",
      },
    });
    const running = await interruptedInMain();
    const result = await running.ended;
    expect(result.code).toBe(130);
    expect(outcomes(result)).toMatchObject([{ kind: "broken", phase: "main", interrupted: true }]);
    expect(eventsOfType(result, "task-ended").map(({ task, status }) => [task, status])).toEqual([
      ["Long", "failed"],
      ["Last words", "changed"],
    ]);
    await expectNothingLeft(...lab.hypervisors);
  });

  test("Ctrl-C twice: farm leaves at once, and down removes what is left", async () => {
    await write({
      phases: {
        main: "- shell: echo started; sleep 600\n",
        terminate: "- shell: echo ending; sleep 600\n",
      },
    });
    const running = await interruptedInMain();
    await running.until(/"type":"task-output".*ending/);
    running.process.kill("SIGINT");
    const result = await running.ended;
    expect(result.code).toBe(130);
    expect(result.stderr).toMatch(/leaving at once; 'farm down' removes what is left/);
    const down = await farm(["down", "-i", "inventory.yaml"], { cwd, home: lab.farmHome });
    expect(down).toMatchObject({ code: 0, stdout: "removed one_amd64 from hypervisor1\n" });
    await expectNothingLeft(...lab.hypervisors);
  });

  test("a phase that hangs ends at its limit with all that it started, a run at its own; nothing is left", async () => {
    await write({
      vmVars: "phase_timeout: { main: 8 }",
      phases: {
        main: "- name: Hang\n  shell: trap '' TERM; sleep 7771 & echo started; sleep 7772\n  ignore_errors: true\n",
        terminate:
          "- name: Look\n  command: pidof sleep\n  register: left\n  failed_when: left.rc != 1\n  until: left.rc == 1\n  retries: 60\n  delay: 1\n",
      },
    });
    const hung = await run("--junit", "junit.xml");
    expect(hung.code).toBe(1);
    const limit = "phase 'main' did not end within 8.0 s (phase_timeout.main at inventory.yaml:29:26)";
    const message = expect.stringContaining(`${limit}; task 'Hang' was ended`);
    expect(outcomes(hung)).toEqual([
      { vm: "one_amd64", kind: "failed", phase: "main", task: "Hang", message },
    ]);
    expect(eventsOfType(hung, "task-ended").map(({ task, status }) => [task, status])).toEqual([
      ["Hang", "failed"],
      ["Look", "changed"],
    ]);
    expect(await readFile(join(cwd, "junit.xml"), "utf8")).toMatch(/<failure[^>]*did not end within 8\.0 s/);
    await expectNothingLeft(...lab.hypervisors);

    const more = ["-e", "phase_timeout=1h"];
    const plan = await farm(["plan", "-i", "inventory.yaml", "--format", "json", ...more], place());
    expect(JSON.parse(plan.stdout).vms[0].points).toContainEqual(
      expect.objectContaining({ kind: "clean", action: "restore" }),
    );
    const late = await run("--timeout", "12s", ...more);
    expect(late.code).toBe(124);
    const over = expect.stringContaining("the run did not end within 12.0 s (--timeout)");
    expect(outcomes(late)).toMatchObject([{ kind: "broken", interrupted: true, message: over }]);
    await expectNothingLeft(...lab.hypervisors);
  });

  test("a domain of the same name that farm did not make is refused and left alone", async () => {
    await write({ phases: { main: "- command: 'true'\n" } });
    const [first] = lab.hypervisors;
    if (!first) throw new Error("no hypervisor");
    const foreign = join(first.home, "foreign.xml");
    await writeFile(
      foreign,
      "<domain type='qemu'><name>one_amd64</name><memory>1024</memory><os><type arch='x86_64'>hvm</type></os></domain>",
    );
    await first.as("virsh", "-q", "-c", "qemu:///session", "define", foreign);
    try {
      const result = await run();
      expect(result.code, result.stdout).toBe(3);
      expect(JSON.stringify(outcomes(result))).toMatch(/has a domain 'one_amd64' that farm did not make/);
      const down = await farm(["down", "-i", "inventory.yaml"], { cwd, home: lab.farmHome });
      expect(down).toMatchObject({ code: 0, stdout: "nothing to remove\n" });
      expect(await first.domains()).toEqual(["one_amd64"]);
    } finally {
      await first.as("virsh", "-q", "-c", "qemu:///session", "undefine", "one_amd64");
    }
  });

  test("--keep leaves the VM running, a second farm is told who has it, down removes everything", async () => {
    await write({ phases: { main: "- shell: echo kept > /root/mark\n" } });
    const kept = await run("--keep");
    expect(kept.code).toBe(0);
    const used = eventsOfType(kept, "vm-placed")[0]?.hypervisor;
    const hypervisor = lab.hypervisors[used === "hypervisor1" ? 0 : 1];
    expect(await hypervisor?.domains()).toEqual(["one_amd64"]);
    const other = tinyProject({
      lab,
      image: images.tiny,
      platforms: ["one"],
      phases: { main: "- command: 'true'\n" },
      name: "another project",
    });
    await writeProject(join(cwd, "other"), other);
    const refused = await farm(["run", "-i", "inventory.yaml", "--format", "json"], {
      cwd: join(cwd, "other"),
      home: lab.farmHome,
    });
    expect(refused.code).toBe(3);
    expect(JSON.stringify(outcomes(refused))).toMatch(/has a VM 'one_amd64' of project 'tiny project'/);
    const down = await farm(["down", "-i", "inventory.yaml"], { cwd, home: lab.farmHome });
    expect(down).toMatchObject({ code: 0, stdout: `removed one_amd64 from ${used}\n` });
    await expectNothingLeft(...lab.hypervisors);
  });

  test("--on-failure keep leaves what did not pass to be looked at, and nothing else", async () => {
    await write({
      platforms: ["one", "two"],
      phases: { main: "- shell: echo here > /root/mark; test {{ platform }} = two\n" },
    });
    const result = await run("--on-failure", "keep");
    expect(result.code).toBe(1);
    const domains = await Promise.all(lab.hypervisors.map((hypervisor) => hypervisor.domains()));
    expect(domains.flat()).toEqual(["one_amd64"]);
    const place = { cwd, home: lab.farmHome };
    const seen = await farm(["ssh", "one_amd64", "-i", "inventory.yaml", "cat /root/mark"], place);
    expect(seen).toMatchObject({ code: 0, stdout: "here\n" });
    expect((await farm(["down", "-i", "inventory.yaml"], place)).code).toBe(0);
    await expectNothingLeft(...lab.hypervisors);
  });

  test("max_vms makes VMs wait for each other", async () => {
    await write({
      platforms: ["one", "two", "three"],
      hypervisorVars: "max_vms: 1",
      phases: { main: "- command: 'true'\n" },
    });
    const result = await run();
    expect(result.code).toBe(0);
    expect(eventsOfType(result, "vm-queued").map(({ vm }) => vm)).toEqual(["three_amd64"]);
  });
});

describe("farm plan", () => {
  test("says where each VM goes and why, and changes nothing", async () => {
    await write({ platforms: ["one", "two"], phases: { main: "- command: 'true'\n" } });
    const before = await Promise.all(lab.hypervisors.map(({ pool }) => readdir(pool, { recursive: true })));
    const result = await farm(["plan", "-i", "inventory.yaml", "--format", "json"], {
      cwd,
      home: lab.farmHome,
    });
    expect(result.code).toBe(0);
    const plan = JSON.parse(result.stdout);
    expect(plan.vms).toMatchObject([
      { name: "one_amd64", arch: "x86_64", hypervisor: "hypervisor1", domainType: "qemu" },
      { name: "two_amd64", arch: "x86_64", hypervisor: "hypervisor2", domainType: "qemu" },
    ]);
    expect(plan.vms[0].rejected).toMatchObject([{ hypervisor: "hypervisor2" }]);
    expect(plan.vms[0].phases).toContainEqual({ name: "main", file: "phases/main.yaml", allowed: true });
    expect(plan.hypervisors[0]).toMatchObject({ reachable: true, domainTypes: { x86_64: ["qemu"] } });
    const after = await Promise.all(lab.hypervisors.map(({ pool }) => readdir(pool, { recursive: true })));
    expect(after).toEqual(before);
  });

  test("a VM that no hypervisor can run: exit 3, with the reason of each", async () => {
    await write({ phases: { main: "- command: 'true'\n" } });
    await writeProject(cwd, { "targets/amd64.yaml": "vm: { arch: x86_64, ram: 99000000 }\n" });
    const result = await farm(["plan", "-i", "inventory.yaml"], { cwd, home: lab.farmHome });
    expect(result.code).toBe(3);
    expect(result.stdout).toMatch(/NO PLACE/);
    expect(result.stdout).toMatch(/not hypervisor2: 99000000 MiB/);
  });
});
