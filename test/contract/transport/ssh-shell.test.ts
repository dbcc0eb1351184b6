import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { connectSsh } from "../../../src/transport/ssh/ssh-shell.js";
import { startSshd } from "../../lab/sshd.js";
import { shellContract } from "./shell-contract.js";
import { targetOf } from "./ssh-lab.js";

describe("an SSH connection", () => {
  shellContract(async () => {
    const home = await mkdtemp(join(tmpdir(), "farm-home-"));
    await mkdir(home, { recursive: true });
    const sshd = await startSshd({ config: [`SetEnv HOME=${home}`] });
    const shell = await connectSsh(targetOf(sshd));
    const stop = async () => {
      await shell.close();
      await sshd.stop();
      await rm(home, { recursive: true });
    };
    return { shell, home, stop };
  });
});

test("commands wait for a session where sshd allows only a few at a time", async () => {
  const sshd = await startSshd({ config: ["MaxSessions 3"] });
  const shell = await connectSsh(targetOf(sshd));
  const runs = Array.from({ length: 8 }, (_, index) =>
    shell.run({ argv: ["sh", "-c", `sleep 0.3; echo ${index}`] }),
  );
  try {
    const results = await Promise.all(runs);
    expect(results.map(({ stdout }) => stdout)).toEqual(runs.map((_, index) => `${index}\n`));
  } finally {
    await shell.close();
    await sshd.stop();
  }
});
