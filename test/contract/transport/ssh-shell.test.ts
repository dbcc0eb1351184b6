import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "vitest";
import { connectSsh } from "../../../src/transport/ssh-shell.js";
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
