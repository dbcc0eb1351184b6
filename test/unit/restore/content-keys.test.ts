import { cp, mkdtemp, rm, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../../src/clock.js";
import type { HypervisorState } from "../../../src/dispatch/model.js";
import { Inputs, recordingInputs } from "../../../src/inputs.js";
import { loadProject } from "../../../src/project/project.js";
import { guestSession } from "../../../src/provision/guest/guest-session.js";
import { farmWorld } from "../../../src/provision/kept/farm-world.js";
import type { PlacedVm, RunContext } from "../../../src/provision/model.js";
import { loadPhases, makePlan } from "../../../src/provision/plan/make-plan.js";
import { VmPoints } from "../../../src/provision/vm-points.js";
import { Fingerprints } from "../../../src/restore/fingerprint.js";
import type { Manifest, PointKind } from "../../../src/restore/manifest.js";
import { runTasks } from "../../../src/tasks/run/interpreter.js";
import { localShell } from "../../../src/transport/local-shell.js";
import { renewableShell } from "../../../src/transport/persistent/renewable-shell.js";
import { writeProject } from "../../lab/farm.js";
import { manifest } from "./manifests.js";

const VARS = {
  project_id: "keys",
  phases_lookup_dir_path: "phases",
  packages: ["one"],
  used: "one",
  deep: "{{ deeper }}",
  deeper: "one",
  unused: "one",
  not_reached: "one",
  of_main: "one",
  which: "included",
};
const inventory = (vars: Record<string, unknown>): string =>
  JSON.stringify({
    all: {
      hosts: {
        localhost: {
          ansible_connection: "local",
          config: { list: [{ platform: "one", target: "amd64" }] },
        },
      },
      children: { hypervisors: { hosts: { hv: { ansible_connection: "local" } } }, vms: { vars } },
    },
  });
const vm = (parts: Record<string, unknown> = {}): string =>
  JSON.stringify({ vm: { arch: "x86_64", machine: "q35", vcpus: 1, ram: 256, ...parts } });
interface PlatformParts {
  readonly size?: string;
  readonly user?: string;
  readonly partition?: number;
  /** Of the first boot. */
  readonly script?: string;
}
const platform = ({ size = "10G", user = "root", partition, script = "true" }: PlatformParts = {}): string =>
  JSON.stringify({
    vm: {
      metadata: {
        auth: { user },
        sources: [
          {
            before_provision: [
              { callback: "fetch", src: "http://images/one.qcow2", dest: "image" },
              { callback: "extend_and_convert", src: "image", partition_number: partition },
              { callback: "setup_image", src: "image", first_boot: `#!/bin/sh\n${script}\n` },
            ],
            on_provision: { src: "image", dest: "root" },
          },
        ],
      },
      disks: [{ src: "root", size }],
    },
  });
const INIT = `- include_tasks: "{{ which }}.yaml"
- include_role: { name: made }
- import_tasks: imported.yaml
- include_vars: more.yaml
- copy: { src: tree, dest: "{{ lookup('env', 'FARM_OUT') }}/" }
- template: { src: page.j2, dest: "{{ lookup('env', 'FARM_OUT') }}/page" }
- own: { word: hello }
- debug: { msg: "{{ used }} {{ deep }} {{ lookup('file', 'looked') }} {{ perhaps | default('no') }}" }
- debug: { msg: "{{ not_reached }}" }
  when: false
`;
const FILES: Readonly<Record<string, string>> = {
  "inventory.yaml": inventory(VARS),
  "targets/amd64.yaml": vm(),
  "platforms/one.yaml": platform(),
  "phases/dependencies.yaml": '- command: echo {{ item }}\n  loop: "{{ packages }}"\n',
  "phases/init.yaml": INIT,
  "phases/main.yaml": "- debug: { msg: '{{ of_main }}' }\n",
  "phases/included.yaml": "- command: 'true'\n",
  "phases/imported.yaml": "- command: 'true'\n",
  "phases/more.yaml": "more: one\n",
  "phases/vars/unread.yaml": "more: one\n",
  "phases/files/tree/a": "a",
  "phases/files/looked": "one",
  "phases/files/unread": "one",
  "phases/templates/page.j2": "{{ used }}\n",
  "phases/library/own.sh": "#!/bin/sh\necho '{\"changed\": false}'\n",
  "phases/library/other.sh": "#!/bin/sh\necho '{\"changed\": false}'\n",
  "phases/roles/made/tasks/main.yaml": "- command: echo {{ of_role }}\n- command: echo\n  notify: told\n",
  "phases/roles/made/defaults/main.yaml": "of_role: one\n",
  "phases/roles/made/vars/main.yaml": "const_of_role: one\n",
  "phases/roles/made/handlers/main.yaml": "- name: told\n  command: 'true'\n",
};

const STATE: HypervisorState = {
  name: "hv",
  reachable: true,
  domainTypes: { x86_64: ["qemu"] },
  emulators: { x86_64: "/usr/bin/qemu-system-x86_64" },
  cpus: 4,
  memoryMiB: 8192,
  freeMemoryMiB: 8192,
  facts: { ansible_env: { HOME: "/home/ci" }, ansible_architecture: "x86_64", ansible_user_uid: 1000 },
};
const KEY = { privateKey: "private", publicKey: "ssh-ed25519 AAAA", path: "/key" };
const DIGEST = "0".repeat(64);

/** What differs from when the points were made. */
interface Change {
  readonly files?: Readonly<Record<string, string | null>>;
  readonly extra?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly image?: string;
  readonly key?: typeof KEY;
  readonly state?: HypervisorState;
  readonly farmVersion?: string;
  readonly skip?: readonly string[];
}

let base: string;
let out: string;
let made: Manifest[];

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), "farm-keys-"));
  out = await mkdtemp(join(tmpdir(), "farm-keys-out-"));
  await writeProject(base, FILES);
  made = await makePoints(base);
});
afterAll(() => Promise.all([base, out].map((each) => rm(each, { recursive: true, force: true }))));

async function read(directory: string, change: Change = {}) {
  const project = await loadProject({
    inventory: "inventory.yaml",
    vars: [],
    extraVars: change.extra ?? [],
    cwd: directory,
  });
  const state = change.state ?? STATE;
  const [planned] = makePlan(project, await loadPhases(project), [state]);
  if (!planned?.placed) throw new Error(`no place: ${planned?.placement.reason}`);
  const rules = {
    project: project.projectId,
    directory: project.directory,
    hosts: project.hosts,
    farmVersion: change.farmVersion ?? "1",
    tags: { only: [], skip: change.skip ?? [] },
    fresh: "none" as const,
    environment: { FARM_OUT: out, ...change.environment },
  };
  const key = change.key ?? KEY;
  const points = new VmPoints(planned.placed, state, rules, key, new Fingerprints(KEY.privateKey), []);
  return { project, placed: planned.placed, points };
}

/** The three points of a guest, as a run makes them; the guest is this machine. */
async function makePoints(directory: string): Promise<Manifest[]> {
  process.env["FARM_OUT"] = out;
  const { project, placed, points } = await read(directory);
  const shell = localShell({ name: "guest" });
  const { world } = farmWorld(project, new Map());
  const tasks = { world, directory: project.directory, files: project.files, extra: {} };
  const run = { stop: new AbortController().signal, tasks } as unknown as RunContext;
  const session = guestSession(
    placed,
    renewableShell(shell, async () => shell),
    run,
  );
  const looked = new Inputs();
  const made = [pointOf("clean", points, placed, { files: {}, variables: {}, environment: {} })];
  for (const phase of ["dependencies", "init"] as const) {
    const file = placed.files[phase];
    if (!file) throw new Error(`no ${phase}`);
    const context = { phase, emit: () => undefined, clock: systemClock };
    const failure = await recordingInputs(looked, () => runTasks(file, session, context));
    expect(failure).toBeUndefined();
    looked.add(placed.inputs[phase] ?? new Inputs());
    made.push(pointOf(phase, points, placed, await points.trace(looked)));
  }
  await shell.close();
  return made;
}

const pointOf = (kind: PointKind, points: VmPoints, { name }: PlacedVm, trace: Manifest["trace"]): Manifest =>
  manifest({
    name: `${kind}-0123456789abcdef-01234567`,
    kind,
    project: "keys",
    vm: name,
    inputs: points.inputs(kind, [DIGEST]),
    trace,
  });

/** Why each kind is made again; empty when it is not. */
async function reasons(change: Change): Promise<Record<"clean" | "dependencies" | "init", string>> {
  const directory = await mkdtemp(join(tmpdir(), "farm-keys-"));
  try {
    await cp(base, directory, { recursive: true, preserveTimestamps: true });
    for (const [name, text] of Object.entries(change.files ?? {}))
      if (text === null) await unlink(join(directory, name));
      else await writeProject(directory, { [name]: text });
    const { points } = await read(directory, change);
    const choices = await points.choose(
      made,
      [change.image ?? DIGEST],
      Date.parse("2026-11-24T02:00:00.000Z"),
    );
    const because = (kind: "clean" | "dependencies" | "init") => {
      const choice = choices[kind];
      return choice && !choice.restore ? choice.because : "";
    };
    return { clean: because("clean"), dependencies: because("dependencies"), init: because("init") };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const vars = (change: Record<string, unknown>): Change => ({
  files: { "inventory.yaml": inventory({ ...VARS, ...change }) },
});
const file = (name: string, text: string | null = "- command: echo other\n"): Change => ({
  files: { [name]: text },
});

/** What changes, and why `clean`, `dependencies` and `init` are made again; one text: for that of all three. */
const ROWS: [string, Change, clean: string, dependencies: string, init: string][] = [
  ["nothing", {}, "", "", ""],
  ["project_id", vars({ project_id: "other" }), "", "there is none yet", "there is none yet"],
  [
    "what the VM is called",
    file("targets/amd64.yaml", vm({ metadata: { name: "other", hostname: "one-amd64" } })),
    "",
    "there is none yet",
    "there is none yet",
  ],
  // The machine and what it begins with.
  ...[
    ["the image's digest", { image: "1".repeat(64) }, "the image of root changed"],
    [
      "the size of a disk",
      file("platforms/one.yaml", platform({ size: "11G" })),
      "the size of root changed from 10 GiB to 11 GiB",
    ],
    ["memory", file("targets/amd64.yaml", vm({ ram: 320 })), "ram changed from 256 MiB to 320 MiB"],
    ["vCPUs", file("targets/amd64.yaml", vm({ vcpus: 2 })), "vcpus changed from 1 to 2"],
    ["the machine type", file("targets/amd64.yaml", vm({ machine: "pc" })), "machine changed from q35 to pc"],
    ["the CPU", file("targets/amd64.yaml", vm({ cpu: "qemu64" })), "cpu changed from maximum to qemu64"],
    [
      "the firmware",
      file("targets/amd64.yaml", vm({ firmware: "efi" })),
      "firmware changed from none to efi",
    ],
    [
      "the network",
      file("targets/amd64.yaml", vm({ net: { mac: "52:54:00:00:00:01" } })),
      "what the guest is told at its first boot changed",
    ],
    [
      "the partition that is grown",
      file("platforms/one.yaml", platform({ partition: 1 })),
      "the partition that fills root changed from nothing to 1",
    ],
    [
      "the script of the first boot",
      file("platforms/one.yaml", platform({ script: "false" })),
      "what the guest is told at its first boot changed",
    ],
    [
      "KVM",
      { state: { ...STATE, domainTypes: { x86_64: ["qemu", "kvm"] } } },
      "domain type changed from qemu to kvm",
    ],
    [
      "the guest's own name",
      file("targets/amd64.yaml", vm({ metadata: { hostname: "other" } })),
      "what the guest is told at its first boot changed",
    ],
    ["the user", file("platforms/one.yaml", platform({ user: "admin" })), "user changed from root to admin"],
    ["the SSH key", { key: { ...KEY, publicKey: "ssh-ed25519 BBBB" } }, "the SSH key changed"],
    ["the emulator", { state: { ...STATE, emulators: { x86_64: "/opt/qemu" } } }, "the domain changed"],
  ].map(([what, change, why]): (typeof ROWS)[number] => [
    what as string,
    change as Change,
    why as string,
    why as string,
    why as string,
  ]),
  // What the project says of itself.
  ...[
    ["project_revision", vars({ project_revision: "2" }), "project_revision changed from 0 to 2"],
    ["farm's version", { farmVersion: "2" }, "farm's version changed from 1 to 2"],
    ["the choice of tasks", { skip: ["slow"] }, 'tags changed from all to [[],["slow"]]'],
    ["a changed list", vars({ packages: ["one", "two"] }), "variable packages changed"],
    ["a changed list on the command line", { extra: ['{"packages": []}'] }, "variable packages changed"],
    ["the file of dependencies", file("phases/dependencies.yaml"), "phases/dependencies.yaml changed"],
  ].map(([what, change, why]): (typeof ROWS)[number] => [
    what as string,
    change as Change,
    "",
    why as string,
    why as string,
  ]),
  // What the tasks of init looked at.
  ...[
    ["the file of init", file("phases/init.yaml", `${INIT}- command: 'true'\n`), "phases/init.yaml changed"],
    ["an included file", file("phases/included.yaml"), "phases/included.yaml changed"],
    ["an included file that is gone", vars({ which: "imported" }), "variable which changed"],
    ["an imported file", file("phases/imported.yaml"), "phases/imported.yaml changed"],
    ["a file of variables", file("phases/more.yaml", "more: two\n"), "phases/more.yaml changed"],
    [
      "a role's tasks",
      file("phases/roles/made/tasks/main.yaml"),
      "phases/roles/made/tasks/main.yaml changed",
    ],
    [
      "a role's defaults",
      file("phases/roles/made/defaults/main.yaml", "of_role: two\n"),
      "phases/roles/made/defaults/main.yaml changed",
    ],
    [
      "a role's variables",
      file("phases/roles/made/vars/main.yaml", "of_role: two\n"),
      "phases/roles/made/vars/main.yaml changed",
    ],
    [
      "a role's handlers",
      file("phases/roles/made/handlers/main.yaml", "[]\n"),
      "phases/roles/made/handlers/main.yaml changed",
    ],
    ["a copied file", file("phases/files/tree/a", "b"), "phases/files/tree changed"],
    ["one more file in a copied directory", file("phases/files/tree/b", "b"), "phases/files/tree changed"],
    ["a template", file("phases/templates/page.j2", "two\n"), "phases/templates/page.j2 changed"],
    [
      "a module of the user's own",
      file("phases/library/own.sh", "#!/bin/sh\necho '{}'\n"),
      "phases/library/own.sh changed",
    ],
    [
      "a module of the user's own instead of farm's",
      file("phases/library/debug.sh", "#!/bin/sh\necho '{}'\n"),
      "phases/library/debug.* is new",
    ],
    [
      "a module of the user's own that is nearer",
      file("library/own.py", "#!/bin/sh\necho '{}'\n"),
      "library/own.* is new",
    ],
    [
      "a module of the user's own that has another ending",
      { files: { "phases/library/own.sh": null, "phases/library/own": "#!/bin/sh\necho '{}'\n" } },
      "phases/library/own.sh is gone",
    ],
    ["a file of a look-up", file("phases/files/looked", "two"), "phases/files/looked changed"],
    ["a file of a look-up that is gone", file("phases/files/looked", null), "phases/files/looked is gone"],
    ["a variable of a task", vars({ used: "two" }), "variable used changed"],
    ["a variable behind a variable", vars({ deeper: "two" }), "variable deeper changed"],
    ["a variable over a role's default", vars({ of_role: "two" }), "variable of_role is new"],
    ["a variable that was looked for", vars({ perhaps: "yes" }), "variable perhaps is new"],
    [
      "an environment variable of a look-up",
      { environment: { FARM_OUT: "/elsewhere" } },
      "environment variable FARM_OUT changed",
    ],
    [
      "the most specific file of a phase",
      file("phases/one/init.yaml", "[]\n"),
      "the file of phase init changed from phases/init.yaml to phases/one/init.yaml",
    ],
    ["its age", vars({ init_max_age: 3599 }), "it is too old"],
  ].map(([what, change, why]): (typeof ROWS)[number] => [
    what as string,
    change as Change,
    "",
    why === "it is too old" ? "it is too old" : "",
    why as string,
  ]),
  // What no task looked at.
  ...[
    ["a variable that no task uses", vars({ unused: "two" })],
    ["a variable of a task that was not reached", vars({ not_reached: "two" })],
    ["a variable of main", vars({ of_main: "two" })],
    ["the file of main", file("phases/main.yaml")],
    ["a file that no task reads", file("phases/files/unread", "two")],
    ["a module that no task uses", file("phases/library/other.sh", "#!/bin/sh\n")],
    ["a module that no task uses, instead of farm's", file("phases/library/stat.sh", "#!/bin/sh\n")],
    ["how points are restored", vars({ restore_mode: "cold" })],
    ["the kind of snapshots that the seed's inventories ask for", vars({ snapshot_type: "external" })],
    ["how long a guest may take to boot", vars({ connection_timeout: 7 })],
    ["another environment variable", { environment: { OTHER: "two" } }],
    ["an age that is not reached", vars({ init_max_age: 3600 })],
  ].map(([what, change]): (typeof ROWS)[number] => [what as string, change as Change, "", "", ""]),
];

test.each(ROWS)("%s", async (_, change, clean, dependencies, init) => {
  expect(await reasons(change)).toEqual({ clean, dependencies, init });
});
