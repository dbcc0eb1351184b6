import { describe, expect, test } from "vitest";
import { ConfigError } from "../../../../src/errors.js";
import { accessFor } from "../../../../src/images/access/access.js";
import { VmDefinition } from "../../../../src/load/definitions/vm-definition.js";
import { METADATA } from "./metadata.js";

const definition = (more: { arch?: string; firmware?: string; auth?: object; net?: object } = {}) =>
  VmDefinition.parse({
    metadata: {
      ...METADATA,
      auth: more.auth ?? {},
    },
    virt_domain: "qemu",
    arch: more.arch ?? "x86_64",
    ...(more.firmware && { firmware: more.firmware }),
    vcpus: 1,
    ram: 512,
    net: more.net ?? {},
  });
const access = (vm: VmDefinition, inject: "nocloud" | "credential" | "customize" | "none") =>
  accessFor(vm, "ssh-ed25519 AAAA farm", { inject }, { instanceId: "i-1" });

test("none: the image lets farm in by itself", () => expect(access(definition(), "none")).toEqual({}));

describe("nocloud", () => {
  test("has cloud-init's files", () => {
    const files = access(definition({ net: { mac: "52:54:00:00:00:01" } }), "nocloud").seed?.files;
    expect(Object.keys(files ?? {})).toEqual(["meta-data", "user-data", "network-config"]);
    expect(files?.["meta-data"]).toMatch(/^instance-id: i-1$/m);
    expect(files?.["user-data"]).toContain("ssh-ed25519 AAAA farm");
  });
  test("has no network-config where the address is not known", () => {
    expect(Object.keys(access(definition(), "nocloud").seed?.files ?? {})).toEqual([
      "meta-data",
      "user-data",
    ]);
  });
  test("hashes for real by default", () => {
    const files = access(definition({ auth: { password: "hunter2" } }), "nocloud").seed?.files;
    expect(files?.["user-data"]).toMatch(/hashed_passwd: \$6\$/);
  });
});

describe("of the user's own", () => {
  const vm = definition({ auth: { user: "u" } });
  const guest = {
    userData: { runcmd: ["true"], hostname: "theirs" },
    metaData: { note: "a" },
    networkConfig: { version: 1 },
    firstBoot: { name: "f", text: "#!/bin/sh\n" },
  };
  const own = accessFor(vm, "farm", { inject: "nocloud", guest }, { instanceId: "i", otherKeys: ["other"] });

  test("is merged into what cloud-init is told", () => {
    const files = own.seed?.files ?? {};
    expect(files["user-data"]).toMatch(/^hostname: theirs$/m);
    expect(files["user-data"]).toMatch(/ssh_authorized_keys:\n +- farm\n +- other\n/);
    expect(files["meta-data"]).toMatch(/^note: a$/m);
    expect(files["network-config"]).toBe("version: 1\n");
    expect(own.firstBoot).toEqual(guest.firstBoot);
  });
  test("root lets farm in whatever it says", () => {
    const root = accessFor(
      definition(),
      "farm",
      { inject: "nocloud", guest: { userData: { disable_root: true } } },
      { instanceId: "i" },
    );
    expect(root.seed?.files["user-data"]).toMatch(/^disable_root: false$/m);
  });
  test("a credential has all keys, and a script needs no way of its own", () => {
    const access = accessFor(
      definition(),
      "farm",
      { inject: "credential", guest },
      { instanceId: "i", otherKeys: ["other"] },
    );
    expect(Buffer.from(access.credentials?.[0]?.base64 ?? "", "base64").toString()).toBe("farm\nother\n");
    expect(accessFor(vm, "farm", { inject: "none", guest }, { instanceId: "i" })).toEqual({
      firstBoot: guest.firstBoot,
    });
  });
});

describe("credential", () => {
  test("is root's authorized_keys", () => {
    const [credential] = access(definition(), "credential").credentials ?? [];
    expect(credential?.name).toBe("ssh.authorized_keys.root");
    expect(Buffer.from(credential?.base64 ?? "", "base64").toString()).toBe("ssh-ed25519 AAAA farm\n");
    expect(access(definition({ arch: "aarch64", firmware: "efi" }), "credential").credentials).toHaveLength(
      1,
    );
  });

  test("lets root set up another user", () => {
    const auth = { user: "user", password: "hunter2", become_method: "su", become_password: "hunter3" };
    const { setup } = access(definition({ auth }), "credential");
    expect(setup).toMatchObject({ by: "login", user: "user", hostname: "vm", method: "su" });
    expect(Object.values(setup?.hashes ?? {})).toEqual([
      expect.stringMatching(/^\$6\$/),
      expect.stringMatching(/^\$6\$/),
    ]);
    expect(JSON.stringify(setup)).not.toContain("hunter");
  });

  test("virt-customize sets up the same before there is a guest, on every architecture", () => {
    const { setup, ...rest } = access(definition({ arch: "ppc64le" }), "customize");
    expect(setup).toMatchObject({ by: "customize", user: "root", publicKeys: ["ssh-ed25519 AAAA farm"] });
    expect(rest).toEqual({});
  });

  test.each([
    [{ auth: { user: "a b" } }, /'a b' cannot be a user of the guest/],
    [{ arch: "ppc64le" }, /ppc64le have no SMBIOS/],
    [{ arch: "s390x" }, /s390x have no SMBIOS/],
    [{ arch: "aarch64" }, /through UEFI/],
  ])("is refused for %j", (more, reason) => {
    expect(() => access(definition(more), "credential")).toThrow(ConfigError);
    expect(() => access(definition(more), "credential")).toThrow(reason);
  });

  test("tells the place", () => {
    const position = { file: "p.yaml", line: 1, column: 2 };
    const locate = (path: readonly (string | number)[]) => (path.join(".") === "arch" ? position : undefined);
    const work = () =>
      accessFor(definition({ arch: "ppc64" }), "k", { inject: "credential" }, { instanceId: "i", locate });
    expect(work).toThrow(expect.objectContaining({ position }));
  });
});
