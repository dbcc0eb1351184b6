import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readSshConfig } from "../../../../src/transport/ssh/ssh-config-file.js";
import { type SshHost, sshTarget } from "../../../../src/transport/ssh/ssh-options.js";

let home = "";
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "farm-config-"));
});
afterEach(() => rmSync(home, { recursive: true }));

const write = (path: string, text: string) => {
  mkdirSync(dirname(join(home, path)), { recursive: true });
  writeFileSync(join(home, path), text);
};
const target = (text: string, host: Partial<SshHost> = {}, env: Record<string, string> = {}) => {
  write(".ssh/config", text);
  const config = readSshConfig(home, join(home, "etc"));
  return sshTarget({ name: "hv1", ...host }, { home, name: "me", env, config });
};

describe("without ssh_config", () => {
  test("ssh's defaults", () => {
    expect(target("", {}, { SSH_AUTH_SOCK: "/agent" })).toMatchObject({
      name: "hv1",
      host: "hv1",
      port: 22,
      user: "me",
      auth: {
        keyFiles: [],
        defaultKeyFiles: ["id_ed25519", "id_ecdsa", "id_rsa"].map((name) => join(home, ".ssh", name)),
        agent: "/agent",
        identitiesOnly: false,
      },
      hostKey: { kind: "known_hosts", strict: "yes" },
      jumps: [],
    });
  });

  test("the inventory's own values", () => {
    const host = { host: "10.0.0.1", port: 2222, user: "root", privateKeyFile: "~/k", connectTimeoutMs: 5 };
    const result = target("", host);
    expect(result).toMatchObject({ host: "10.0.0.1", port: 2222, user: "root", readyTimeoutMs: 5 });
    expect(result.auth).toMatchObject({ keyFiles: [`${home}/k`], defaultKeyFiles: [] });
  });
});

describe("ssh_config", () => {
  test("is looked up by ansible_host, or by the inventory's name; keywords in any case", () => {
    expect(target("host hv1\n hostname=one").host).toBe("one");
    expect(target("Host hv1\n HostName one\nHost alias\n HOSTNAME two.%h", { host: "alias" }).host).toBe(
      "two.alias",
    );
  });

  test("the first value wins, the inventory's before all", () => {
    const text = "Port 1\nHost hv*\n Port 2\n User first\nHost *\n User last\n";
    expect(target(text)).toMatchObject({ port: 1, user: "first" });
    expect(target(text, { port: 3, user: "mine" })).toMatchObject({ port: 3, user: "mine" });
  });

  test("identity files add up, the inventory's first, with tokens and variables", () => {
    const text = `IdentityFile ~/a\nHost hv1\n IdentityFile %d/%r@%n:%p\n IdentityFile \${KEYS}/c\n IdentitiesOnly yes`;
    const { auth } = target(text, { privateKeyFile: "/explicit" }, { KEYS: "/keys" });
    expect(auth.keyFiles).toEqual(["/explicit", `${home}/a`, `${home}/me@hv1:22`, "/keys/c"]);
    expect(auth.identitiesOnly).toBe(true);
  });

  test.each([
    ["none", undefined],
    ["SSH_AUTH_SOCK", "/agent"],
    ["$OTHER", "/other"],
    ["~/sock", "HOME/sock"],
  ])("IdentityAgent %s", (value, agent) => {
    const { auth } = target(`IdentityAgent ${value}`, {}, { SSH_AUTH_SOCK: "/agent", OTHER: "/other" });
    expect(auth.agent).toBe(agent?.replace("HOME", home));
  });

  test.each([
    ["yes", "yes"],
    ["ask", "yes"],
    ["accept-new", "accept-new"],
    ["no", "no"],
    ["off", "no"],
  ])("StrictHostKeyChecking %s", (value, strict) => {
    expect(target(`StrictHostKeyChecking ${value}`).hostKey).toMatchObject({ strict });
  });

  test("known_hosts files, alias, timeout", () => {
    const text = "UserKnownHostsFile ~/a /b\nGlobalKnownHostsFile none\nHostKeyAlias Name\nConnectTimeout 7";
    const result = target(text);
    expect(result.hostKey).toMatchObject({ files: [`${home}/a`, "/b"], alias: "Name" });
    expect(result.readyTimeoutMs).toBe(7000);
  });

  test("a jump host has settings of its own, and the first one a way of its own", () => {
    const text = [
      "Host hv1\n ProxyJump b,user@[::1]:2200",
      "Host b\n HostName bee\n ProxyJump a",
      "Host a\n HostName ay\n Port 23",
    ].join("\n");
    const jumps = target(text).jumps?.map(({ host, port, user }) => `${user}@${host}:${port}`);
    expect(jumps).toEqual(["me@ay:23", "me@bee:22", "user@::1:2200"]);
    expect(target("ProxyJump none").jumps).toEqual([]);
  });

  test("Match: host, originalhost, user, localuser, negation, all", () => {
    const port = (match: string) => target(`Host hv1\n HostName real\n${match}\n Port 9`).port === 9;
    expect(port("Match host real")).toBe(true);
    expect(port("Match host hv1")).toBe(false);
    expect(port("Match originalhost hv1 user me")).toBe(true);
    expect(port("Match user root,!me")).toBe(false);
    expect(port("Match !localuser me")).toBe(false);
    expect(port("Match all")).toBe(true);
  });

  test("Include: relative, with wildcards, inside of a Host block", () => {
    write(".ssh/conf.d/b.conf", "Port 2\nUser second");
    write(".ssh/conf.d/a.conf", "Port 1");
    write(".ssh/other", "HostName included");
    const text = "Host nobody\n Include other\nHost hv*\n Include conf.d/*.conf missing/*\n";
    expect(target(text)).toMatchObject({ port: 1, user: "second", host: "hv1" });
  });

  test("the system's file comes after the user's", () => {
    write("etc/ssh_config", "Include ssh_config.d/*.conf\nUser system\nPort 5");
    write("etc/ssh_config.d/x.conf", "HostName from-system");
    expect(target("Port 4")).toMatchObject({ port: 4, user: "system", host: "from-system" });
  });
});

describe("what cannot be followed is said", () => {
  test.each([
    ["ProxyCommand nc %h %p", /gives 'hv1' a ProxyCommand, which farm does not run/],
    ["CanonicalizeHostname yes", /CanonicalizeHostname for 'hv1'/],
    ["Match exec true\n Port 5", /'Match exec' decides about port of 'hv1'/],
    ["Match final all\n HostName x", /'Match final' decides about hostname/],
    ["Port many", /Port of 'hv1' is not a number: 'many'/],
    ["IdentityFile /%C", /%C in '\/%C' is not supported/],
    ["Host hv1\n ProxyJump hv1", /leads to itself/],
    ["ProxyJump a:b:c", /'a:b:c', a ProxyJump of 'hv1', is not/],
    ['Host "unclosed', /not an ssh_config/],
    ["Include config", /too many levels of Include/],
  ])("%j", (text, message) => {
    expect(() => target(text)).toThrow(message);
  });

  test.each([
    "ProxyCommand none",
    "ProxyJump none\nProxyCommand nc",
    "Match host other exec false\n Port 5",
    "Port 6\nMatch exec true\n Port 5",
    "Match exec true\n ForwardAgent yes",
    "Host other\n ProxyCommand nc",
  ])("and does no harm where it does not matter: %j", (text) => {
    expect(target(text).host).toBe("hv1");
  });
});
