import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GuestError, HypervisorError } from "../../../src/errors.js";
import type { HostKeyPolicy } from "../../../src/transport/ssh/host-key.js";
import { failureKind, isTransient } from "../../../src/transport/ssh/ssh-failure.js";
import { type LabSshd, makeKey, startSshd } from "../../lab/sshd.js";
import { failing, succeeding, targetOf } from "./ssh-lab.js";

let sshd: LabSshd;
let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "farm-ssh-"));
  sshd = await startSshd({ hostKeyTypes: ["ed25519", "ecdsa", "rsa"] });
});
afterAll(async () => {
  await sshd.stop();
  await rm(directory, { recursive: true });
});

describe("a hypervisor's host key", () => {
  const policy = (file: string, strict: "yes" | "accept-new" | "no" = "yes"): { hostKey: HostKeyPolicy } => ({
    hostKey: { kind: "known_hosts", files: [file], strict },
  });
  const knownHosts = async (...lines: string[]) => {
    const file = join(directory, `known_hosts.${Math.random()}`);
    await writeFile(file, lines.map((line) => `${line}\n`).join(""));
    return file;
  };
  const other = () => {
    const file = join(directory, `other.${Math.random()}`);
    makeKey(file, "ed25519");
    return readFileSync(`${file}.pub`, "utf8").split(" ").slice(0, 2).join(" ");
  };
  const shown = () => {
    const print = execFileSync("ssh-keygen", ["-lf", join(sshd.directory, "host_ed25519.pub")], {
      encoding: "utf8",
    });
    return `ssh-ed25519 ${print.split(" ")[1]}`;
  };

  test("known: by name and port, hashed, or in any of its types", async () => {
    await succeeding(targetOf(sshd, policy(await knownHosts(`[127.0.0.1]:${sshd.port} ${sshd.hostKey}`))));
    const hashed = await knownHosts(`[127.0.0.1]:${sshd.port} ${sshd.hostKey}`);
    execFileSync("ssh-keygen", ["-q", "-H", "-f", hashed], { stdio: "ignore" });
    expect(readFileSync(hashed, "utf8")).toMatch(/^\|1\|/);
    await succeeding(targetOf(sshd, policy(hashed)));
    for (const type of ["ecdsa", "rsa"]) {
      const key = await readFile(join(sshd.directory, `host_${type}.pub`), "utf8");
      await succeeding(targetOf(sshd, policy(await knownHosts(`[127.0.0.1]:${sshd.port} ${key.trim()}`))));
    }
  });

  test("unknown: refused, with the fingerprint and the way to accept it", async () => {
    const file = await knownHosts(`unrelated ${sshd.hostKey}`);
    const error = await failing(targetOf(sshd, policy(file)));
    expect(error).toBeInstanceOf(HypervisorError);
    expect(error.message).toBe(`the SSH host key of 'lab' (127.0.0.1:${sshd.port}) is not known: ${shown()}`);
    expect(error.hint).toContain(`ssh-keyscan -p ${sshd.port} 127.0.0.1 >> ${file}`);
    expect(isTransient(error)).toBe(false);
  });

  test("the way to accept it that the hint names works", async () => {
    const file = await knownHosts();
    const command = /ssh-keyscan \S+ \S+ \S+ >> \S+/.exec(
      (await failing(targetOf(sshd, policy(file)))).hint ?? "",
    );
    execFileSync("sh", ["-c", command?.[0] ?? ""], { stdio: "ignore" });
    await succeeding(targetOf(sshd, policy(file)));
  });

  test("changed: refused, naming the line, also with accept-new", async () => {
    const file = await knownHosts("# a comment", `[127.0.0.1]:${sshd.port} ${other()}`);
    for (const strict of ["yes", "accept-new"] as const) {
      const error = await failing(targetOf(sshd, policy(file, strict)));
      expect(error.message).toContain(`has changed: ${file}:2 has ssh-ed25519 SHA256:`);
      expect(error.message).toContain(`the server showed ${shown()}`);
      expect(failureKind(error)).toBe("host-key");
    }
    await succeeding(targetOf(sshd, policy(file, "no")));
  });

  test("accept-new: written down once, and checked from then on", async () => {
    const file = join(directory, "new", "known_hosts");
    await succeeding(targetOf(sshd, policy(file, "accept-new")));
    await succeeding(targetOf(sshd, policy(file, "accept-new")));
    expect(readFileSync(file, "utf8")).toBe(`[127.0.0.1]:${sshd.port} ${sshd.hostKey}\n`);
    await succeeding(targetOf(sshd, policy(file)));
  });

  test("revoked: refused", async () => {
    const line = `[127.0.0.1]:${sshd.port} ${sshd.hostKey}`;
    const error = await failing(targetOf(sshd, policy(await knownHosts(line, `@revoked * ${sshd.hostKey}`))));
    expect(error.message).toMatch(/is revoked by .*:2/);
  });

  test("only a certificate authority: refused, and the limit is named", async () => {
    const error = await failing(targetOf(sshd, policy(await knownHosts(`@cert-authority * ${other()}`))));
    expect(error.message).toMatch(/names a certificate authority, and SSH certificates are not supported$/);
  });
});

describe("a guest's host key", () => {
  test("is pinned by the first login, not before, and refused when it changes", async () => {
    const pins: string[] = [];
    const onFirst = (key: string) => void pins.push(key);
    const first = { kind: "pinned", key: undefined, onFirst } as const;
    await failing(targetOf(sshd, { hostKey: first, auth: {} }));
    expect(pins).toEqual([]);
    await succeeding(targetOf(sshd, { hostKey: first }));
    expect(pins).toEqual([sshd.hostKey]);
    const impostor = await startSshd();
    try {
      const auth = { keyFiles: [impostor.clientKeyPath] };
      const error = await failing(targetOf(impostor, { auth, hostKey: { ...first, key: sshd.hostKey } }));
      expect(error).toBeInstanceOf(GuestError);
      expect(error.message).toMatch(/^the SSH host key of guest 'lab' is not the one of its first login/);
      expect(isTransient(error)).toBe(false);
    } finally {
      await impostor.stop();
    }
  });
});
