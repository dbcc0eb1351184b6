import { expect, test } from "vitest";
import { mergeCloudConfig } from "../../../../src/images/seed/merge-cloud-config.js";

const KEY = "ssh-ed25519 AAAA farm";
const own = {
  hostname: "vm",
  growpart: { mode: "auto", devices: ["/"] },
  users: [{ name: "user", ssh_authorized_keys: [KEY], lock_passwd: true }, { name: "root" }],
};

test.each<[string, object, object]>([
  ["nothing", {}, own],
  ["a value of the user's wins", { hostname: "theirs" }, { ...own, hostname: "theirs" }],
  ["a key of his own is added", { runcmd: ["true"] }, { ...own, runcmd: ["true"] }],
  [
    "mappings merge, and lists are farm's and then his",
    { growpart: { mode: "off", devices: ["/srv"] } },
    { ...own, growpart: { mode: "off", devices: ["/", "/srv"] } },
  ],
  ["a list in place of a value wins", { hostname: ["x"] }, { ...own, hostname: ["x"] }],
])("%s", (_name, theirs, merged) =>
  expect(mergeCloudConfig(own, theirs as Record<string, unknown>)).toEqual(merged),
);

const users = (theirs: unknown[]) => mergeCloudConfig(own, { users: theirs })["users"];

test("users of other names come behind farm's", () =>
  expect(users(["default", { name: "second" }])).toEqual([...own.users, "default", { name: "second" }]));

test("a user of the same name is the same one, and keeps farm's key", () => {
  expect(
    users([{ name: "user", shell: "/bin/zsh", lock_passwd: false, ssh_authorized_keys: ["mine"] }]),
  ).toEqual([
    { name: "user", ssh_authorized_keys: [KEY, "mine"], lock_passwd: false, shell: "/bin/zsh" },
    { name: "root" },
  ]);
});

test("one key as a text does not push farm's own out", () =>
  expect(users([{ name: "user", ssh_authorized_keys: "mine" }])).toEqual([
    { ...own.users[0], ssh_authorized_keys: [KEY, "mine"] },
    { name: "root" },
  ]));

test("a user by his name alone is farm's as it is", () => expect(users(["user"])).toEqual(own.users));
