import { describe, expect, test } from "vitest";
import { withSecrets } from "../../../src/commands/prepare.js";
import { asFarmError, ConfigErrors, describeError } from "../../../src/errors.js";
import type { FarmEvent } from "../../../src/events.js";
import { loadProject } from "../../../src/project/project.js";
import { emitter } from "../../../src/report/emitter.js";
import type { Secrets } from "../../../src/report/mask.js";
import { SecretValues } from "../../../src/vault/secret-values.js";
import { answered, first, newProject, SMALL } from "./project-files.js";
import { inline, TEST, vaultText } from "./vault-files.js";

const environment = { TOKEN: "hunter2 'quoted' \"twice\"" };
const { signal } = new AbortController();

const indented = (text: string) => text.replaceAll("\n          ", "\n                    ");

const HIDDEN: Readonly<Record<string, string>> = {
  ...SMALL,
  "inventory.yaml": `${SMALL["inventory.yaml"]}    vms:
      vars:
        of_inventory: ${indented(inline("inline"))}`,
  "group_vars/vms.yaml": vaultText("vars"),
  "vars.yaml": `of_vars: ${inline("unicode")}of_environment: !env TOKEN\n`,
  "extra.yaml": `of_extra: ${inline("lines")}`,
  "platforms/deb.yaml": `vars: { of_platform: !env TOKEN }
vm:
  disks: [{ src: a }]
  mine:
    - "{{ of_inventory }}"
    - "{{ db_password }}"
    - "{{ of_vars }}"
    - "{{ of_environment }}"
    - "{{ of_extra }}"
    - "{{ of_platform }}"
    - "{{ nested.list[0] }}"
`,
};

/** Everything in the project above that nobody may see. */
const SECRET = /hunter2|deep-in-a-list|grüße|-line-of-it|test-password/;

async function loadHidden(secrets: Secrets, files: Readonly<Record<string, string>> = HIDDEN) {
  const cwd = await newProject(files);
  const learn = (secret: string) => secrets.add(secret);
  return loadProject({
    inventory: "inventory.yaml",
    vars: ["vars.yaml"],
    extraVars: ["@extra.yaml"],
    cwd,
    secrets: new SecretValues({ passwords: [TEST], environment, learn }),
  });
}

const mineOf = async (secrets: Secrets): Promise<string[]> => {
  const definition = first(await loadHidden(secrets)).define(answered(), "qemu");
  return (definition as unknown as { mine: string[] }).mine;
};

test("every kind of secret reaches the definition", async () => {
  await withSecrets(signal, async ({ secrets }) => {
    expect(await mineOf(secrets)).toEqual([
      "hunter2-inline",
      "hunter2-in-a-file",
      "grüße, 世界 🔑",
      environment.TOKEN,
      "-----BEGIN KEY-----\nfirst-line-of-it\nsecond-line-of-it\n-----END KEY-----\n",
      environment.TOKEN,
      "deep-in-a-list",
    ]);
  });
});

test("and none of them an event, whole, by the line, in quotes or in JSON", async () => {
  await withSecrets(signal, async ({ secrets }) => {
    const seen: FarmEvent[] = [];
    const emit = emitter([{ on: (event) => seen.push(event) }], () => 0, secrets);
    for (const secret of [...(await mineOf(secrets)), TEST.password]) {
      const shell = `echo '${secret.replaceAll("'", String.raw`'\''`)}'`;
      for (const message of [secret, `<${secret}>`, JSON.stringify({ secret }), shell, ...secret.split("\n")])
        emit({ type: "warning", message });
    }
    expect(seen.length).toBeGreaterThan(30);
    for (const event of seen) expect(JSON.stringify(event)).not.toMatch(SECRET);
    expect(JSON.stringify(seen)).toContain("********");
  });
});

describe("errors", () => {
  /** What farm says, with all that it knows about the cause. */
  const complaint = (work: (secrets: Secrets) => Promise<unknown>): Promise<string> =>
    withSecrets(signal, ({ secrets }) => work(secrets)).then(
      () => "no complaint",
      (error) => {
        const causes = error instanceof ConfigErrors ? error.errors : [error];
        const stacks = causes.map(({ stack, cause }: Error) => [
          stack,
          cause instanceof Error && cause.stack,
        ]);
        return `${describeError(asFarmError(error))}\n${stacks}`;
      },
    );

  test.each<[string, Readonly<Record<string, string>>, RegExp]>([
    [
      "a decrypted value of a wrong kind",
      { "targets/pc.yaml": `vm:\n  arch: x86_64\n  ram: ${inline("inline")}` },
      /ram/,
    ],
    ["a value of the environment", { "targets/pc.yaml": "vm: { arch: x86_64, ram: !env TOKEN }\n" }, /ram/],
    [
      "two of them",
      { "targets/pc.yaml": "vm: { arch: x86_64, ram: !env TOKEN, vcpus: !env TOKEN }\n" },
      /vcpus/,
    ],
    ["variables that are none", { "group_vars/vms.yaml": vaultText("alone") }, /variables are a mapping/],
    ["text that is no YAML", { "group_vars/vms.yaml": vaultText("broken") }, /unknown YAML tag/],
    [
      "a name that nothing has",
      { "platforms/deb.yaml": `vm: { disks: [] }\nextends: ${inline("inline")}` },
      /no platform/,
    ],
    [
      "a variable of farm's own",
      { "vars.yaml": `connection_timeout: ${inline("inline")}` },
      /connection_timeout/,
    ],
  ])("%s", async (_what, files, message) => {
    const told = await complaint(async (secrets) => {
      const project = await loadHidden(secrets, { ...SMALL, "vars.yaml": "", "extra.yaml": "", ...files });
      return first(project).define(answered(), "qemu");
    });
    expect(told).toMatch(message);
    expect(told).not.toMatch(SECRET);
  });

  test("of others too, and of what caused them", async () => {
    const told = await complaint(async (secrets) => {
      const [secret] = await mineOf(secrets);
      throw new Error(`it broke at ${secret}`, { cause: new Error(`because of ${secret}`) });
    });
    expect(told).toContain("internal error: it broke at ********");
    expect(told).not.toMatch(SECRET);
  });
});
