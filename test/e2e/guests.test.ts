import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from "vitest";
import { type FarmPlace, farm, startFarmInTerminal, writeProject } from "../lab/farm.js";
import { type LabHypervisors, startHypervisors } from "../lab/hypervisors.js";
import { type ImageServer, imageServer, serveFile } from "../lab/image-server.js";
import { tinyImage } from "../lab/images.js";
import { tinyProject } from "../lab/tiny-project.js";

const run = promisify(execFile);

let cwd: string;
let lab: LabHypervisors;
let server: ImageServer;

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "farm-guests-"));
  lab = await startHypervisors(1);
  server = await imageServer();
  const image = await tinyImage();
  server.on("/image.qcow2", serveFile(image.path));
  const served = { url: `${server.url}/image.qcow2`, sha256: image.sha256 };
  const phases = { main: "- shell: echo it came to main\n" };
  await writeProject(cwd, tinyProject({ lab, image: served, platforms: ["one", "two"], phases }));
  const kept = await farm(["run", "-i", "inventory.yaml", "--limit", "one", "--keep"], place());
  expect(kept.code, kept.stdout + kept.stderr).toBe(0);
});

afterAll(async () => {
  const gone = await farm(["down", "-i", "inventory.yaml"], place());
  await server.close();
  await lab.stop();
  await rm(cwd, { recursive: true, force: true });
  expect(gone.code, gone.stderr).toBe(0);
});

const place = (more: Partial<FarmPlace> = {}): FarmPlace => ({ cwd, home: lab.farmHome, ...more });
const about = (command: string, ...words: string[]) =>
  farm([command, "-i", "inventory.yaml", ...words], place());

/** The file on the hypervisor that holds the guest's pinned key. */
async function hostKeyFile(): Promise<string> {
  const found = await lab.hypervisors[0]?.as("find", lab.hypervisors[0].pool, "-name", "host-key");
  return `${found}`.trim();
}

describe("farm ssh", () => {
  test("a command: its exit status, and its two outputs apart; stdin gets there", async () => {
    const line = "cat; echo to stderr >&2; exit 7";
    const result = await farm(
      ["ssh", "one_amd64", "-i", "inventory.yaml", line],
      place({ stdin: "from \u0000 here\n" }),
    );
    expect(result).toEqual({ code: 7, stdout: "from \u0000 here\n", stderr: "to stderr\n" });
  });

  test("several words are a program and its arguments, as they are", async () => {
    const result = await about("ssh", "one_amd64", "--", "printf", "<%s>", "a  b", "$HOME", "it's");
    expect(result).toEqual({ code: 0, stdout: "<a  b><$HOME><it's>", stderr: "" });
  });

  test("a megabyte each way arrives whole", async () => {
    const data = Buffer.alloc(1024 * 1024, "0123456789abcdef\n");
    const result = await farm(["ssh", "one_amd64", "-i", "inventory.yaml", "cat"], place({ stdin: data }));
    expect(result.stdout === data.toString()).toBe(true);
  });

  test("a shell in a terminal, of its size, which follows the window; Ctrl-C is the guest's", async () => {
    const session = startFarmInTerminal(["ssh", "one_amd64", "-i", "inventory.yaml"], place());
    onTestFailed(() => void session.process.kill());
    const type = (keys: string) => session.process.stdin?.write(keys);
    await session.until(/# /);
    type("stty size; tty\r");
    await session.until(/31 97\r+\n\/dev\/pts\/\d+/);
    // Before the command runs, the keys are the shell's line editor's.
    type(`sh -c 'echo rea""dy; sleep 1000'\r`);
    await session.until(/ready/);
    type("\u0003");
    // A shell that wakes up at once has turned the echo off before the kernel comes to it: ^C is not seen then.
    await session.until(/ready[\s\S]*# /);
    type("echo status $?\r");
    await session.until(/status 130/);
    const [terminal = ""] = /^\/dev\/pts\/\d+/.exec(session.printed()) ?? [];
    await run("stty", ["-F", terminal, "rows", "17", "cols", "61"]);
    // Keys may get there before the size does.
    type(`until stty size | grep -x '17 61'; do :; done\r`);
    await session.until(/^17 61/m);
    type("exit 3\r");
    expect((await session.ended).code).toBe(3);
  });

  test("a VM that is not there, is not running or is not meant", async () => {
    const mistyped = await about("ssh", "one_amd46", "--", "true");
    expect([mistyped.code, mistyped.stderr]).toEqual([
      2,
      expect.stringContaining("the inventory has no VM 'one_amd46'; did you mean 'one_amd64'?"),
    ]);
    const none = await about("ssh", "two_amd64", "--", "true");
    expect([none.code, none.stderr]).toEqual([
      3,
      expect.stringContaining("'two_amd64' runs on no hypervisor"),
    ]);
  });

  test("a guest that shows another host key than at its first login is refused", async () => {
    const file = await hostKeyFile();
    const key = await readFile(file, "utf8");
    await writeFile(file, `ssh-ed25519 ${Buffer.alloc(51, 1).toString("base64")}\n`);
    const refused = await about("ssh", "one_amd64", "--", "true");
    await writeFile(file, key);
    expect([refused.code, refused.stderr]).toEqual([
      3,
      expect.stringContaining("the SSH host key of guest 'one_amd64' is not the one of its first login"),
    ]);
    const again = await about("ssh", "one_amd64", "--", "true");
    expect(again.code, again.stderr).toBe(0);
  });
});

describe("OpenSSH by farm ssh-config", () => {
  let config: string;
  const ssh = (...words: string[]) => run("ssh", ["-F", config, "-o", "BatchMode=yes", ...words]);

  beforeAll(async () => {
    config = join(cwd, "ssh.conf");
    const printed = await about("ssh-config");
    expect([printed.code, printed.stderr]).toEqual([0, ""]);
    await writeFile(config, printed.stdout);
  });

  test("ssh runs a command in the guest by its name", async () => {
    const { stdout } = await ssh("one_amd64", "uname -n; echo $SSH_CONNECTION");
    expect(stdout).toMatch(/^one-amd64\n10\.0\.2\.2 /);
  });

  test("scp brings a file there and back", async () => {
    // The tiny guest has no SFTP server: it gets this machine's, with the libraries that it wants.
    const server = "/usr/lib/openssh/sftp-server";
    const { stdout: libraries } = await run("ldd", [server]);
    const files = [server, ...(libraries.match(/\/\S+/g) ?? [])];
    await ssh("one_amd64", "mkdir -p /lib/x86_64-linux-gnu /lib64 /usr/lib/openssh");
    const sent = `tar -chf - ${files.join(" ")} | ssh -F ${config} one_amd64 'tar -xf - -C / && ln -s ${server} /usr/lib/sftp-server'`;
    await run("sh", ["-c", sent]);
    const [here, back] = [join(cwd, "there.txt"), join(cwd, "back.txt")];
    await writeFile(here, "by scp\n");
    const scp = (from: string, to: string) => run("scp", ["-F", config, "-o", "BatchMode=yes", from, to]);
    await scp(here, "one_amd64:/tmp/by-scp");
    await scp("one_amd64:/tmp/by-scp", back);
    expect(await readFile(back, "utf8")).toBe("by scp\n");
  });

  test("rsync brings a tree there, and then what changed", async () => {
    // The tiny guest gets this machine's rsync, with the libraries that it wants.
    const { stdout: found } = await run("sh", ["-c", "command -v rsync"]);
    const { stdout: libraries } = await run("ldd", [found.trim()]);
    const files = ["/usr/bin/rsync", ...(libraries.match(/\/\S+/g) ?? [])];
    await ssh("one_amd64", "mkdir -p /lib/x86_64-linux-gnu /lib64 /usr/bin");
    await run("sh", ["-c", `tar -chf - ${files.join(" ")} | ssh -F ${config} one_amd64 'tar -xf - -C /'`]);
    const source = join(cwd, "by-rsync");
    await writeProject(source, { "a.txt": "alpha\n", "sub/b b.txt": "beta\n" });
    const remote = ["-e", `ssh -F ${config} -o BatchMode=yes`];
    const rsync = async () =>
      (await run("rsync", ["-ai", ...remote, `${source}/`, "one_amd64:/tmp/by-rsync/"])).stdout;
    expect((await rsync()).match(/^<f.*$/gm)).toHaveLength(2);
    await writeFile(join(source, "a.txt"), "changed\n");
    expect((await rsync()).match(/^<f.*$/gm)).toEqual([expect.stringMatching(/ a\.txt$/)]);
    expect((await ssh("one_amd64", "cat /tmp/by-rsync/a.txt '/tmp/by-rsync/sub/b b.txt'")).stdout).toBe(
      "changed\nbeta\n",
    );
  });

  test("a guest that shows another host key is refused by ssh as well", async () => {
    const [, known = ""] =
      /UserKnownHostsFile (\S+ssh\S+known_hosts)/.exec(await readFile(config, "utf8")) ?? [];
    const before = await readFile(known, "utf8");
    await writeFile(known, before.replace(/ssh-ed25519 \S+/, `ssh-ed25519 ${otherKey()}`));
    await expect(ssh("one_amd64", "true")).rejects.toThrow(/REMOTE HOST IDENTIFICATION HAS CHANGED/);
    await writeFile(known, before);
  });
});

/** A well-formed ed25519 key of nobody's. */
const otherKey = () =>
  Buffer.concat([Buffer.from("\0\0\0\x0bssh-ed25519\0\0\0\x20", "latin1"), Buffer.alloc(32, 7)]).toString(
    "base64",
  );

describe("farm cp", () => {
  test("a directory there under a new name, into one that is there, and back", async () => {
    const tree = join(cwd, "tree");
    await writeProject(tree, { "a.txt": "alpha\n", "sub/b b.txt": "beta\n" });
    expect(await about("cp", tree, "one_amd64:/tmp/new")).toEqual({ code: 0, stdout: "", stderr: "" });
    expect((await about("cp", tree, "one_amd64:/tmp/new")).code).toBe(0);
    const listed = await about("ssh", "one_amd64", "--", "find", "/tmp/new", "-type", "f");
    expect(listed.stdout.split("\n").filter(Boolean).sort()).toEqual([
      "/tmp/new/a.txt",
      "/tmp/new/sub/b b.txt",
      "/tmp/new/tree/a.txt",
      "/tmp/new/tree/sub/b b.txt",
    ]);
    expect((await about("cp", "one_amd64:/tmp/new/tree", join(cwd, "returned"))).code).toBe(0);
    expect(await readFile(join(cwd, "returned/sub/b b.txt"), "utf8")).toBe("beta\n");
  });

  test("one file under another name, several into a directory", async () => {
    await writeFile(join(cwd, "x"), "ex\n");
    await writeFile(join(cwd, "y"), "why\n");
    expect((await about("cp", "x", "one_amd64:/tmp/renamed")).code).toBe(0);
    expect((await about("cp", "x", "y", "one_amd64:/tmp/new")).code).toBe(0);
    const shown = await about("ssh", "one_amd64", "cat /tmp/renamed /tmp/new/x /tmp/new/y");
    expect(shown.stdout).toBe("ex\nex\nwhy\n");
  });

  test("what is not there, and what is not between here and one VM", async () => {
    const missing = await about("cp", "one_amd64:/tmp/nothing", ".");
    expect([missing.code, missing.stderr]).toEqual([1, "farm: there is no /tmp/nothing on the machine\n"]);
    expect((await about("cp", "a", "b")).stderr).toContain("neither side is in a VM: write VM:PATH");
  });
});

describe("farm stop and farm start", () => {
  test("a VM goes off and comes back, and its disk is as it was", async () => {
    await about("ssh", "one_amd64", "echo kept >/root/kept; sync");
    const stopped = await about("stop", "one_amd64", "--force");
    expect([stopped.code, stopped.stderr]).toEqual([0, ""]);
    expect(stopped.stdout).toMatch(/^one_amd64 on hypervisor1 is off \(/);
    const off = await about("ssh", "one_amd64", "--", "true");
    expect([off.code, off.stderr]).toEqual([3, expect.stringContaining("`farm start one_amd64` starts it")]);
    const started = await about("start", "one_amd64");
    expect([started.code, started.stderr]).toEqual([0, ""]);
    expect((await about("ssh", "one_amd64", "cat /root/kept")).stdout).toBe("kept\n");
  });

  test("a guest is asked to shut down, and does", async () => {
    const stopped = await about("stop", "one_amd64");
    expect([stopped.code, stopped.stderr]).toEqual([0, ""]);
    expect((await about("start", "one_amd64")).code).toBe(0);
  });
});
