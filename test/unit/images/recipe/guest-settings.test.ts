import { expect, test } from "vitest";
import { asFarmError, describeError } from "../../../../src/errors.js";
import { imageRecipes } from "../../../../src/images/recipe/recipe.js";
import { answered, first, load } from "../../load/project-files.js";

/** What `setup_image` with these arguments comes to, or every mistake in it. */
async function told(args: string, files: Readonly<Record<string, string>> = {}) {
  const platform = `vm:
  disks: [{ src: a }]
  metadata:
    tmp_dir: ~/tmp/
    sources:
      - before_provision:
          - callback: fetch
            src: https://example.org/a
            dest: a
          - callback: setup_image
            src: a
${args.replaceAll(/^/gm, "            ")}
        on_provision: { src: a, dest: a }
`;
  const vm = first(await load({ "platforms/deb.yaml": platform, ...files }));
  try {
    const [recipe] = imageRecipes(vm.define(answered(), "qemu"), (path) => vm.locate(path), vm.files);
    return recipe?.guest;
  } catch (error) {
    return describeError(asFarmError(error));
  }
}

test("mappings in the definition, expressions included", async () => {
  expect(await told("user_data: { runcmd: ['echo {{ vm.metadata.name }}'] }\nmeta_data: { a: 1 }")).toEqual({
    userData: { runcmd: ["echo deb_pc"] },
    metaData: { a: 1 },
  });
});

test("files beside the inventory, expressions included", async () => {
  const files = {
    "cloud/user.yaml": "#cloud-config\npackages: ['{{ vm.metadata.hostname }}']\n",
    "cloud/net.yaml": "network: { version: 2 }\n",
    "cloud/first.sh": "#!/bin/sh\necho '{{ as it is }}'\n",
  };
  expect(
    await told(
      "user_data: cloud/user.yaml\nnetwork_config: cloud/net.yaml\nfirst_boot: cloud/first.sh",
      files,
    ),
  ).toEqual({
    userData: { packages: ["deb-pc"] },
    networkConfig: { network: { version: 2 } },
    firstBoot: { name: expect.stringMatching(/cloud\/first\.sh$/), text: files["cloud/first.sh"] },
  });
});

test("a script in the definition itself", async () =>
  expect(await told("first_boot: |\n  #!/bin/sh\n  true")).toMatchObject({
    firstBoot: { name: "first_boot", text: expect.stringMatching(/^#!\/bin\/sh\ntrue/) },
  }));

test.each([
  ["~/keys/mine", "~/keys/mine"],
  ["/keys/mine", "/keys/mine"],
  ["{{ vm.metadata.tmp_dir }}id_ssh_rsa_vm", "~/.ssh/id_ssh_rsa_vm"],
])("keys_path %s is %s", async (written, keysPath) =>
  expect(await told(`keys_path: "${written}"`)).toEqual({ keysPath }),
);

test.each<[string, string, RegExp, Record<string, string>?]>([
  [
    "a file that is not there",
    "user_data: none.yaml",
    /deb\.yaml:12:13: there is no file 'none\.yaml'\n {2}hint: looked for/,
  ],
  [
    "a key that is nearly one",
    "user_data:\n  runcmds: [a]",
    /deb\.yaml:13:\d+: .*no key 'runcmds'; did you mean 'runcmd'/,
  ],
  [
    "a list that is none",
    "user_data: { packages: git }",
    /deb\.yaml:12:\d+: cloud-config: packages must be a list/,
  ],
  [
    "a user without a name",
    "user_data: { users: [default, { shell: a }] }",
    /deb\.yaml:12:\d+: .*a user is a name/,
  ],
  ["a relative key", "keys_path: keys/mine", /deb\.yaml:12:13: keys_path is a path that begins with/],
  ["no version", "network_config: { ethernets: {} }", /deb\.yaml:12:\d+: network_config needs `version: 1`/],
  [
    "no interpreter",
    "first_boot: a.sh",
    /a\.sh:1:1: a first-boot script begins with #!/,
    { "a.sh": "echo\n" },
  ],
  [
    "a script as user-data",
    "user_data: a.sh",
    /a\.sh:1:1: .*YAML mapping\n {2}hint: name a script as first_boot/,
    { "a.sh": "#!/bin/sh\n" },
  ],
  [
    "a file's own place",
    "user_data: u.yaml",
    /u\.yaml:2:1: .*'pakages'; did you mean 'packages'/,
    { "u.yaml": "#cloud-config\npakages: []\n" },
  ],
  [
    "a list as a file",
    "meta_data: u.yaml",
    /deb\.yaml:12:13: meta_data: u\.yaml holds no mapping/,
    { "u.yaml": "[a]\n" },
  ],
])("refuses %s", async (_name, args, message, files) => expect(await told(args, files)).toMatch(message));

test("tells all mistakes at once", async () => {
  const message = String(await told("user_data: { users: a }\nnetwork_config: {}\nkeys_path: k"));
  expect(message.split("\n").filter((line) => line.includes("deb.yaml:"))).toHaveLength(3);
});
