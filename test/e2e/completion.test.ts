import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeProject } from "../lab/farm.js";

const run = promisify(execFile);
const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

const INVENTORY = `all:
  hosts:
    localhost:
      ansible_connection: local
      config: { permutations: { targets: [amd64], platforms: [debian_12, arch] } }
  children:
    hypervisors: { hosts: { tower: { ansible_host: tower.lan } } }
    vms: { vars: { project_id: x, phases_lookup_dir_path: phases } }
`;

let cwd: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "farm-completion-"));
  await writeProject(cwd, {
    "inv.yaml": INVENTORY,
    "targets/amd64.yaml": "vm: { arch: x86_64, machine: q35, vcpus: 1, ram: 256 }\n",
    "platforms/debian_12.yaml": "vm: { disks: [{ src: a.qcow2 }] }\n",
    "platforms/arch.yaml": "vm: { disks: [{ src: b.qcow2 }] }\n",
    "phases/main.yaml": "- ping:\n",
  });
  await mkdir(join(cwd, "bin"));
  await writeFile(join(cwd, "bin/farm"), `#!/bin/sh\nexec ${process.execPath} ${cli} "$@"\n`);
  await chmod(join(cwd, "bin/farm"), 0o755);
  env = { ...process.env, HOME: cwd, PATH: `${cwd}/bin:${process.env["PATH"]}`, TERM: "dumb" };
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const output = async (program: string, ...argv: string[]) =>
  (await run(program, argv, { cwd, env })).stdout.split("\n").filter(Boolean).sort();

/** Each shell completes a line with the cursor at its end, as it does when Tab is pressed. */
const shells: Readonly<Record<string, (line: string) => Promise<string[]>>> = {
  bash: (line) => {
    const words = line.split(" ").map((word) => `'${word}'`);
    const script = `source <(farm completion bash); COMP_WORDS=(${words.join(" ")}); COMP_CWORD=${words.length - 1}
      eval "$(complete -p farm | sed 's/^complete -F \\(.*\\) farm$/\\1/')"; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return output("bash", "--norc", "-c", script);
  },
  // zsh completes in its line editor only: a terminal within zsh, in which what would be offered is printed.
  zsh: (line) =>
    output(
      "zsh",
      "-f",
      "-c",
      `autoload -U compinit; compinit -u -d ${cwd}/zdump; source <(farm completion zsh)
       compadd() { shift; print -rl -- "$@"; }; _files() { print -rl -- \${words[CURRENT]}*(N); }; words=(\${(s: :)1}); [[ $1 == *' ' ]] && words+=(''); CURRENT=\${#words}; _farm`,
      "zsh",
      line,
    ),
  fish: (line) => output("fish", "--no-config", "-c", `farm completion fish | source; complete -C '${line}'`),
};

test.each(Object.entries(shells))(
  "%s knows commands, options and the names of the inventory",
  async (_name, offered) => {
    expect(await offered("farm ssh")).toEqual(["ssh", "ssh-config"]);
    expect(await offered("farm run --fre")).toEqual(["--fresh", "--fresh-init"]);
    expect(await offered("farm run --format ")).toEqual(["json", "tap", "text"]);
    expect(await offered("farm ssh -i inv.yaml deb")).toEqual(["debian_12_amd64"]);
    expect(await offered("farm run -i inv.yaml --limit arc")).toEqual(["arch", "arch_amd64"]);
    expect(await offered("farm apply x.yaml -i inv.yaml --on t")).toEqual(["tower"]);
    expect(await offered("farm run -i in")).toEqual(["inv.yaml"]);
  },
);
