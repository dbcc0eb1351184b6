import { expect, test } from "vitest";
import { loadInventory } from "../../../src/project/project.js";
import { newProject } from "../load/project-files.js";
import { DEV, inline, secretValues, vaultText } from "../load/vault-files.js";

const FILES = {
  "hosts.yaml": `all:
  hosts:
    one:
      plain: shown
      token: ${inline("inline").replaceAll("\n          ", "\n            ")}
    two:
    three:
`,
  "host_vars/two.yaml": vaultText("vars"),
  "host_vars/three/a.yaml": "plain: shown\n",
  "host_vars/three/b.yaml": `token: ${inline("lines")}`,
};

const loaded = async (known: Parameters<typeof secretValues>[0] = {}) => {
  const cwd = await newProject(FILES);
  const { values, learned } = secretValues(known);
  const options = { inventory: "hosts.yaml", vars: [], extraVars: [], cwd, secrets: values };
  const { hosts } = await loadInventory(options);
  const given = [...learned];
  return { hosts, decrypted: () => learned.filter((each) => !given.includes(each)), learned };
};

test("what hosts keep secret is decrypted when somebody asks for it, host by host", async () => {
  const { hosts, decrypted, learned } = await loaded();
  expect(learned.filter((each) => each.includes("hunter2"))).toEqual([]);
  expect(hosts.get("one")?.variables["plain"]).toBe("shown");
  expect(hosts.get("three")?.variables["plain"]).toBe("shown");
  expect(hosts.get("one")?.variables["inventory_hostname"]).toBe("one");
  expect(decrypted()).toEqual([]);
  expect(hosts.get("one")?.variables["token"]).toBe("hunter2-inline");
  expect(decrypted()).toContain("hunter2-inline");
  expect(decrypted()).not.toContain("first-line-of-it");
  expect(hosts.get("three")?.variables["token"]).toContain("first-line-of-it");
  expect(hosts.get("two")?.variables["db_password"]).toBeDefined();
});

test("a password that is missing is told at once, a wrong one where it is needed", async () => {
  await expect(loaded({ passwords: [] })).rejects.toThrow("no vault password was given");
  const { hosts } = await loaded({ passwords: [DEV] });
  expect(() => hosts.get("one")?.variables["token"]).toThrow("the vault password does not fit");
  expect(() => hosts.get("two")?.variables).toThrow("the vault password does not fit");
});
