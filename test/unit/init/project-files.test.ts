import { expect, test } from "vitest";
import { parse } from "yaml";
import { projectFiles } from "../../../src/init/project-files.js";

const files = projectFiles({
  project: "a: #b",
  platforms: ["debian_12"],
  targets: ["amd64", "yes"],
  hypervisors: [
    { kind: "local" },
    { kind: "ssh", host: "tower.lan", user: "me", port: 2222 },
    { kind: "ssh", host: "tower.example.org" },
    { kind: "ssh", host: "192.0.2.1" },
  ],
});

test("an inventory of what was answered, whatever the words are", () => {
  expect(parse(files["inventory.yaml"] ?? "").all).toEqual({
    hosts: {
      localhost: {
        ansible_connection: "local",
        config: { permutations: { platforms: ["debian_12"], targets: ["amd64", "yes"] } },
      },
    },
    children: {
      hypervisors: {
        hosts: {
          localhost: null,
          tower: { ansible_host: "tower.lan", ansible_user: "me", ansible_port: 2222 },
          tower_2: { ansible_host: "tower.example.org" },
          hypervisor_192_0_2_1: { ansible_host: "192.0.2.1" },
        },
      },
      vms: { vars: { project_id: "a: #b", phases_lookup_dir_path: "phases" } },
    },
  });
});

test("phases are lists of tasks", () => {
  for (const name of ["phases/dependencies.yaml", "phases/main.yaml"])
    expect(parse(files[name] ?? "")).toBeInstanceOf(Array);
});
