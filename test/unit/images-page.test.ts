import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { seedDiskApart } from "../../src/images/access/seed-disk.js";
import { imageWork } from "../../src/images/recipe/recipe.js";
import { loadCallbacks, ownCallbacks } from "../../src/provision/plan/load-callbacks.js";
import { answered, load } from "./load/project-files.js";

const PAGE = readFileSync(join(import.meta.dirname, "../../docs/images.md"), "utf8");

/** The files that the page shows; each names itself in its first line. */
const files = Object.fromEntries(
  [...PAGE.matchAll(/^```(?:yaml|text)\n# (\S+)\n([\s\S]*?)^```$/gm)].map(([, path = "", text = ""]) => [
    path,
    text,
  ]),
);

const project = () =>
  load({
    ...files,
    "inventory.yaml": `all:
  hosts:
    localhost:
      config: { permutations: { platforms: [mine, iso, with_file], targets: [pc] } }
  children:
    hypervisors: { hosts: { localhost: } }
    vms: { vars: { project_id: docs } }
`,
  });

test("the examples of docs/images.md are one project without a mistake, and say what the page says", async () => {
  const { vms, ...rest } = await project();
  const works = vms.map((vm) => {
    const definition = vm.define(answered(), "qemu");
    const work = imageWork(definition, (path) => vm.locate(path), vm.files);
    return { ...work, ...seedDiskApart(definition, work.recipes) };
  });
  const [mine, iso, withFile] = works.map(({ recipes: [recipe] }) => recipe);
  expect(mine).toMatchObject({ sizeBytes: 10 * 2 ** 30, partitionNumber: 1, inject: "nocloud" });
  expect(mine?.guest?.userData).toMatchObject({
    users: [{ name: "tester", gecos: "mine_pc's user" }, { name: "second" }],
    write_files: [{ path: "/etc/motd", content: "made for docs\n" }],
  });
  expect(works[1]?.seedDisk).toEqual({ target: "vdz", bus: undefined });
  expect(iso?.guest).toMatchObject({ keysPath: "~/.ssh/id_farm_guests", userData: { packages: ["git"] } });
  expect(iso?.guest?.firstBoot?.text).toMatch(/^#!\/bin\/sh\n/);
  expect(withFile?.made).toMatchObject({
    shown: "callbacks/sources/add_file.yaml",
    dest: "debian.qcow2",
    task: { path: "/etc/issue" },
  });
  expect(withFile).toMatchObject({ inject: "nocloud", guest: { userData: { packages: ["git"] } } });
  const callbacks = await loadCallbacks(works.flatMap(ownCallbacks), rest);
  expect([...callbacks.values()].map(({ tasks }) => tasks.steps.length)).toEqual([1]);
});

test("the page shows them all", () =>
  expect(Object.keys(files)).toEqual([
    "platforms/mine.yaml",
    "cloud/user-data.yaml",
    "platforms/iso.yaml",
    "callbacks/sources/add_file.yaml",
    "platforms/with_file.yaml",
    "callbacks/sources/issue.txt",
  ]));
