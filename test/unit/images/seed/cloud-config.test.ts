import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { guestHostname, metaData, userData } from "../../../../src/images/seed/cloud-config.js";
import { networkConfig } from "../../../../src/images/seed/network-config.js";
import { Auth } from "../../../../src/load/definitions/vm-definition.js";

const publicKeys = ["ssh-ed25519 AAAA farm\n"];
const key = { ssh_authorized_keys: ["ssh-ed25519 AAAA farm"] };
const text = (auth: object, hostname = "vm") =>
  userData({ hostname, auth: Auth.parse(auth), publicKeys, hashPassword: () => "$6$salt$hash" });
const config = (auth: object) => parse(text(auth));
const hashed = { hashed_passwd: "$6$salt$hash", lock_passwd: false };

describe("userData", () => {
  test("begins as cloud-init demands, and holds no password", () => {
    const made = text({ user: "u", password: "hunter2", become_password: "hunter3", become_method: "su" });
    expect(made.startsWith("#cloud-config\n")).toBe(true);
    expect(made).not.toMatch(/hunter/);
  });

  test("lets the root partition grow and keeps host keys", () => {
    expect(config({})).toMatchObject({
      hostname: "vm",
      disable_root: false,
      ssh_deletekeys: false,
      ssh_pwauth: false,
      resize_rootfs: true,
      growpart: { mode: "auto", devices: ["/"] },
    });
  });

  test.each<[string, object, object[]]>([
    ["root by key", {}, [{ name: "root", ...key, lock_passwd: false }]],
    ["root with a password", { password: "x" }, [{ name: "root", ...key, ...hashed }]],
    [
      "a user with sudo",
      { user: "u" },
      [{ name: "u", ...key, sudo: "ALL=(ALL) NOPASSWD:ALL", lock_passwd: true }],
    ],
    [
      "a user with a password",
      { user: "u", password: "x" },
      [{ name: "u", ...key, sudo: "ALL=(ALL) NOPASSWD:ALL", ...hashed }],
    ],
    [
      "a user with doas",
      { user: "u", become_method: "doas" },
      [{ name: "u", ...key, doas: ["permit nopass u"], lock_passwd: true }],
    ],
    [
      "the seed's: su, with root's password",
      { user: "u", password: "x", become_method: "su", become_password: "y" },
      [
        { name: "u", ...key, ...hashed },
        { name: "root", ...hashed },
      ],
    ],
    ["su without a password", { user: "u", become_method: "su" }, [{ name: "u", ...key, lock_passwd: true }]],
    [
      "sudo's become_password is not root's",
      { user: "u", become_password: "y" },
      [{ name: "u", ...key, sudo: "ALL=(ALL) NOPASSWD:ALL", lock_passwd: true }],
    ],
  ])("%s", (_name, auth, users) => expect(config(auth).users).toEqual(users));

  test.each(["no", "on", "12:30", "0o7", "1_000", "null", "~", "=", "<<"])(
    "a user '%s' is a string in YAML 1.1, too",
    (user) => {
      expect(parse(text({ user }), { version: "1.1" }).users[0].name).toBe(user);
    },
  );

  test("any name survives YAML", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: "grapheme" }), (user) => {
        expect(parse(text({ user }), { version: "1.1" }).users[0].name).toBe(user);
      }),
    );
  });
});

test("metaData", () => {
  expect(parse(metaData("run-1: vm", "a b"))).toEqual({
    "instance-id": "run-1: vm",
    "local-hostname": "a-b",
  });
});

describe("networkConfig", () => {
  test("is DHCP on the card of that address", () => {
    expect(parse(networkConfig("52:54:00:AB:CD:10") ?? "")).toEqual({
      version: 2,
      ethernets: { eth0: { match: { macaddress: "52:54:00:ab:cd:10" }, "set-name": "eth0", dhcp4: true } },
    });
  });
  // YAML 1.1 reads 52:54:00:10:10:10 as a number in base 60, and cloud-init's parser is of 1.1.
  test("writes an address of digits only as a string", () => {
    expect(networkConfig("52:54:00:10:10:10")).toMatch(/macaddress: "52:54:00:10:10:10"/);
  });
  test("is left to cloud-init without an address", () => expect(networkConfig(undefined)).toBeUndefined());
});

describe("guestHostname", () => {
  test.each([
    ["debian_12-amd64", "debian-12-amd64"],
    ["VM debian", "VM-debian"],
    ["a.b_c.d", "a.b-c.d"],
    ["-x-", "x"],
    ["$(id)", "id"],
    ["名", "guest"],
    ["", "guest"],
    ["x".repeat(80), "x".repeat(63)],
  ])("%s", (name, expected) => expect(guestHostname(name)).toBe(expected));
  test("is always a host name", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (name) => {
        expect(guestHostname(name)).toMatch(/^(?=.{1,63}$)[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/);
      }),
    );
  });
});
