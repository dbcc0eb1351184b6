import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { aptKey } from "../../../src/tasks/modules/apt-key.js";
import { aptRepository } from "../../../src/tasks/modules/apt-repository.js";
import { deb822Repository } from "../../../src/tasks/modules/deb822-repository.js";
import { A_DEBIAN } from "../../lab/debian-packages.js";
import { runModule } from "../../lab/module-machine.js";
import { canBePrivate, type PrivateMachine, startPrivateMachine } from "../../lab/private-machine.js";

describe.runIf(canBePrivate)("apt's sources and keys", () => {
  let scratch: string;
  let machine: PrivateMachine;
  let server: Server | undefined;
  beforeEach(async () => {
    scratch = mkdtempSync(join(tmpdir(), "farm-sources-"));
    machine = await startPrivateMachine(scratch);
    machine.run(A_DEBIAN);
    machine.run("rm -f /etc/apt/sources.list /etc/apt/trusted.gpg /etc/apt/trusted.gpg.d/*; apt-get update");
  });
  afterEach(async () => {
    server?.close();
    server = undefined;
    await machine.close();
    rmSync(scratch, { recursive: true, force: true });
  });

  const candidate = () => machine.run("apt-cache policy farm-a | sed -n 's/^  Candidate: //p'").trim();
  /** In a check, in earnest, and again. */
  const changes = async (module: unknown, args: Record<string, unknown>) => {
    expect(await runModule(module, args, machine.shell, { check: true })).toMatchObject({ changed: true });
    const done = await runModule(module, args, machine.shell);
    expect(done, JSON.stringify(done)).toMatchObject({ changed: true });
    expect(await runModule(module, args, machine.shell)).toMatchObject({ changed: false });
    return done;
  };

  it("adds a source that apt reads, and removes it", async () => {
    const repo = "deb [trusted=yes] file:/srv/repo ./";
    await changes(aptRepository, { repo });
    expect(candidate()).toBe("1.0");
    expect(
      await runModule(aptRepository, { repo: `${repo.replace(" ./", "   ./")} # x` }, machine.shell),
    ).toMatchObject({
      changed: false,
    });
    await changes(aptRepository, { repo, state: "absent" });
    expect(candidate()).toBe("");
    expect(machine.run("ls /etc/apt/sources.list.d")).toBe("");
    await changes(aptRepository, { repo, filename: "mine", mode: "0600" });
    expect(machine.run("stat -c %a /etc/apt/sources.list.d/mine.list")).toBe("600\n");
    await changes(deb822Repository, {
      name: "Mine too",
      uris: "file:/srv/repo",
      suites: "./",
      trusted: true,
    });
    machine.run("rm /etc/apt/sources.list.d/mine.list; apt-get update");
    expect(candidate()).toBe("1.0");
  });

  it("adds a key that apt trusts, and removes it", async () => {
    machine.run(`export GNUPGHOME=/root/gpg; mkdir -m 700 /root/gpg; cd /srv/repo
      for each in one two; do gpg -q --batch --passphrase '' --quick-gen-key $each@example rsa2048 sign never 2>&1; done
      gpg -q --armor --export one >/root/one.asc; gpg -q --export two >/root/two.gpg
      gpg -q --batch -u one --clearsign -o InRelease Release
      echo 'deb file:/srv/repo ./' >/etc/apt/sources.list`);
    const print = (name: string) =>
      machine
        .run(
          `GNUPGHOME=/root/gpg gpg -q --with-colons --list-keys ${name} | sed -n 's/^fpr:*\\(.*\\):/\\1/p' | head -n 1`,
        )
        .trim();
    const [one, two] = [print("one"), print("two")];
    const trusts = () => machine.run("apt-get update 2>&1 | grep -c NO_PUBKEY || true").trim() === "0";
    expect(trusts()).toBe(false);
    expect(await runModule(aptKey, { file: "/root/one.asc", id: two }, machine.shell)).toMatchObject({
      failed: true,
      msg: expect.stringMatching(one),
    });
    await changes(aptKey, { file: "/root/one.asc" });
    expect(trusts()).toBe(true);
    for (const id of [one, `0x${one.slice(-16)}`, one.slice(-8)])
      expect(await runModule(aptKey, { url: "http://127.0.0.1:1/none", id }, machine.shell)).toMatchObject({
        changed: false,
      });
    await changes(aptKey, { id: one.slice(-8), state: "absent" });
    expect(trusts()).toBe(false);
    const armored = machine.run("cat /root/one.asc");
    await changes(aptKey, { data: armored, keyring: "/etc/apt/trusted.gpg.d/mine.gpg" });
    expect(trusts()).toBe(true);
    await changes(aptKey, { file: "/root/two.gpg" });
    expect(machine.run("ls /etc/apt/trusted.gpg.d")).toBe(
      `${[`${two}.gpg`, "mine.gpg"].sort().join("\n")}\n`,
    );
    await changes(aptKey, { id: one, state: "absent" });
    server = createServer((_request, response) => response.end(armored));
    await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/key.asc`;
    await changes(aptKey, { url, id: one });
    expect(trusts()).toBe(true);
    await changes(aptKey, { id: one, state: "absent" });
    await changes(aptKey, { keyserver: new URL(url).origin, id: one });
    expect(trusts()).toBe(true);
    await changes(aptKey, { id: one, state: "absent" });
    const repository = { name: "Signed", uris: "file:/srv/repo", suites: "./" };
    expect(await changes(deb822Repository, { ...repository, signed_by: url })).toMatchObject({
      key_filename: "/etc/apt/keyrings/signed.asc",
      repo: expect.stringContaining("Signed-By: /etc/apt/keyrings/signed.asc\n"),
    });
    expect(machine.run("cat /etc/apt/keyrings/signed.asc")).toBe(armored);
    await changes(deb822Repository, { ...repository, state: "absent" });
    expect(machine.run("ls /etc/apt/keyrings")).toBe("");
  });
});
