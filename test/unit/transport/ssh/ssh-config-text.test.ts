import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  type SshConfigBlock,
  sshConfigText,
  wayBlocks,
} from "../../../../src/transport/ssh/ssh-config-text.js";
import type { SshTarget } from "../../../../src/transport/ssh/ssh-target.js";

const directory = mkdtempSync(join(tmpdir(), "farm-ssh-config-"));
afterAll(() => rmSync(directory, { recursive: true }));

const block: SshConfigBlock = {
  alias: "one_amd64",
  hostName: "127.0.0.1",
  port: 43210,
  user: "root",
  identityFiles: ["/keys/id_ed25519"],
  identitiesOnly: true,
  knownHostsFiles: ["/state/known_hosts"],
  strict: "yes",
  hostKeyAlias: "one_amd64",
  jumps: ["tower.farm"],
};

/** What ssh itself makes of it. */
function asked(text: string, alias: string): Record<string, string> {
  const file = join(directory, "config");
  writeFileSync(file, text);
  const printed = execFileSync("ssh", ["-G", "-F", file, alias], { encoding: "utf8" });
  return Object.fromEntries(printed.split("\n").map((line) => /^(\S*) ?(.*)$/.exec(line)?.slice(1) ?? []));
}

describe("ssh reads it as it is meant", () => {
  test("a guest", () => {
    expect(asked(sshConfigText([block]), "one_amd64")).toMatchObject({
      hostname: "127.0.0.1",
      port: "43210",
      user: "root",
      identityfile: "/keys/id_ed25519",
      identitiesonly: "yes",
      userknownhostsfile: "/state/known_hosts",
      stricthostkeychecking: "true",
      hostkeyalias: "one_amd64",
      proxyjump: "tower.farm",
    });
  });

  test("names with spaces, quotes, backslashes, percents and dollars", () => {
    const path = '/my keys/a "b" \\ 100% $HOME #1';
    const odd = { ...block, identityFiles: [path], user: "DOMAIN\\jane doe" };
    const { identityfile, user } = asked(sshConfigText([odd]), "one_amd64");
    // ssh -G shows paths before it expands them.
    expect(identityfile?.replaceAll("%%", "%")).toBe(path);
    expect(user).toBe("DOMAIN\\jane doe");
  });

  test("a hypervisor behind two jump hosts, with an agent of its own", () => {
    const machine = (name: string, more: Partial<SshTarget> = {}): SshTarget => ({
      name,
      host: `${name}.lan`,
      port: 22,
      user: "me",
      auth: { keyFiles: [], agent: "/run/agent" },
      hostKey: { kind: "known_hosts", files: ["/known"], strict: "accept-new" },
      ...more,
    });
    const tower = machine("tower", {
      auth: { keyFiles: ["/k"], agent: "/run/other" },
      jumps: [machine("first"), machine("second")],
    });
    const text = sshConfigText(wayBlocks(tower, "/run/agent"));
    expect(asked(text, "tower.farm")).toMatchObject({
      hostname: "tower.lan",
      identityfile: "/k",
      identityagent: "/run/other",
      proxyjump: "tower-jump1.farm,tower-jump2.farm",
    });
    expect(asked(text, "tower-jump2.farm")).toMatchObject({
      hostname: "second.lan",
      stricthostkeychecking: "accept-new",
    });
    expect(asked(text, "tower-jump2.farm")).not.toHaveProperty("proxyjump");
  });

  test("what it cannot say is refused", () => {
    expect(() => sshConfigText([{ ...block, user: "a\nProxyCommand evil" }])).toThrow(/line end/);
    expect(() => sshConfigText([{ ...block, identityFiles: [`/\${X}`] }])).toThrow(/variable/);
  });
});
