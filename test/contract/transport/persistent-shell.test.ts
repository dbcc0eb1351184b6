import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { localShell } from "../../../src/transport/local-shell.js";
import { persistentShell } from "../../../src/transport/persistent/persistent-shell.js";
import { connectSsh } from "../../../src/transport/ssh/ssh-shell.js";
import { startSshd } from "../../lab/sshd.js";
import { sessionContract } from "./session-contract.js";
import { shellContract } from "./shell-contract.js";
import { makeShellDirectory, SHELLS } from "./shell-kinds.js";
import { targetOf } from "./ssh-lab.js";

for (const [kind, program] of Object.entries(SHELLS)) {
  describe.skipIf(!existsSync(program))(`sessions on this machine where sh is ${kind}`, () => {
    const make = async () => {
      const { directory, path } = await makeShellDirectory(kind, program);
      const plain = localShell({ name: "here", home: directory, env: { ...process.env, PATH: path } });
      const shell = persistentShell(plain);
      const stop = async () => {
        await shell.close();
        await rm(directory, { recursive: true });
      };
      return { shell, plain, home: directory, stop };
    };
    shellContract(make);
    sessionContract(make);
  });
}

test("a machine without /proc runs its commands by themselves", async (context) => {
  const directory = await mkdtemp(join(tmpdir(), "farm-no-proc-"));
  const hide = 'mount -t tmpfs none /proc && exec /bin/sh "$@"';
  const script = `#!/bin/sh\nexec unshare -m /bin/sh -c '${hide}' sh "$@"\n`;
  await writeFile(join(directory, "sh"), script, { mode: 0o755 });
  const env = { ...process.env, PATH: `${directory}:${process.env["PATH"]}` };
  const shell = persistentShell(localShell({ name: "here", env }));
  try {
    const where = { argv: ["/bin/sh", "-c", "echo $PPID; ls /proc"] } as const;
    const first = await shell.run(where);
    if (first.code !== 0) return context.skip("only root can hide /proc");
    expect(first.stdout).toMatch(/^\d+\n$/);
    expect((await shell.run(where)).stdout).not.toBe(first.stdout);
  } finally {
    await shell.close();
    await rm(directory, { recursive: true });
  }
});

describe("sessions over SSH", () => {
  const make = async () => {
    const home = await mkdtemp(join(tmpdir(), "farm-home-"));
    const sshd = await startSshd({ config: [`SetEnv HOME=${home}`] });
    const plain = await connectSsh(targetOf(sshd));
    const shell = persistentShell(plain);
    const stop = async () => {
      await shell.close();
      await sshd.stop();
      await rm(home, { recursive: true });
    };
    return { shell, plain, home, stop };
  };
  shellContract(make);
  sessionContract(make);
});
