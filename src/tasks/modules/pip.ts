import { z } from "zod";
import { settleToolPackages } from "../packages/tool-packages.js";
import { script } from "../remote/script.js";
import { splitWords } from "../words.js";
import { bool, list, path, text } from "./arguments.js";
import { ModuleFailure } from "./failure.js";
import type { Module } from "./module.js";

const Args = z.strictObject({
  name: list().default([]).describe("packages, with versions as pip writes them"),
  version: text().optional().describe("the version of the one package"),
  requirements: path().optional().describe("a file of requirements on the machine"),
  state: z
    .enum(["present", "latest", "absent", "forcereinstall"])
    .default("present")
    .describe("what shall be of them"),
  virtualenv: path().optional().describe("a virtual environment; made when it is not there"),
  virtualenv_command: text().default("python3 -m venv").describe("what makes it"),
  virtualenv_site_packages: bool().default(false).describe("with the system's packages in it"),
  executable: text().optional().describe("which pip"),
  extra_args: text().default("").describe("further options of pip"),
  editable: bool().default(false).describe("install in place"),
  chdir: path().optional().describe("the directory that it is run in"),
  break_system_packages: bool().default(false).describe("though the system's packages are managed otherwise"),
});

const FIND = `venv=$1 make=$2 pip=$3
if [ "$venv" ] && [ ! -x "$venv/bin/pip" ]; then [ "$make" ] || exit 3; $make "$venv" >&2 || exit; fi
if [ "$venv" ]; then pip=$venv/bin/pip; elif [ ! "$pip" ]; then pip=$(command -v pip3 || command -v pip) || exit 127; fi
shift 3`;

/** Python's packages. */
export const pip: Module<z.infer<typeof Args>> = {
  name: "pip",
  summary: "Installs and removes packages of Python.",
  args: Args,
  differs: ["umask and virtualenv_python are not there."],
  async run(args, context) {
    const names =
      args.version === undefined ? args.name : args.name.map((each) => `${each}==${args.version}`);
    if (names.length === 0 && args.requirements === undefined)
      throw new ModuleFailure("pip needs name or requirements");
    const where = {
      ...(args.chdir !== undefined && { cwd: args.chdir }),
      env: { LC_ALL: "C", PIP_DISABLE_PIP_VERSION_CHECK: "1" },
    };
    const site = args.virtualenv_site_packages ? " --system-site-packages" : "";
    const place = (make: string) => [args.virtualenv ?? "", make, args.executable ?? ""];
    const what = args.requirements === undefined ? names : ["-r", args.requirements];
    const options = [
      ...(args.state === "latest" ? ["--upgrade"] : []),
      ...(args.state === "forcereinstall" ? ["--upgrade", "--force-reinstall"] : []),
      ...(args.editable ? ["-e"] : []),
      ...(args.break_system_packages ? ["--break-system-packages"] : []),
    ];
    const verb =
      args.state === "absent"
        ? ["uninstall", "-y", ...splitWords(args.extra_args), ...what]
        : ["install", ...options, ...splitWords(args.extra_args), ...what];
    const result = await settleToolPackages(
      {
        tool: "pip",
        ask: script("pip-query", `${FIND}\n"$pip" freeze --all`, place(""), where),
        isUnsettled: (code, stdout) =>
          code !== 0 || args.requirements !== undefined || isUnsettled(names, args.state, stdout),
        act: script(
          "pip",
          `${FIND}\n"$pip" "$@"`,
          [...place(args.virtualenv_command + site), ...verb],
          where,
        ),
      },
      context,
    );
    const installed =
      typeof result["stdout"] === "string"
        ? /Successfully (?:un)?installed|Uninstalling/i.test(result["stdout"])
        : result.changed;
    return {
      ...result,
      changed: context.check ? result.changed : installed,
      name: args.name,
      version: args.version ?? null,
      virtualenv: args.virtualenv ?? null,
    };
  },
};

/** Whether a list of `name==version` lacks something. */
export function isUnsettled(names: readonly string[], state: string, freeze: string): boolean {
  if (state === "latest" || state === "forcereinstall") return true;
  const plain = (name: string) => name.toLowerCase().replace(/[-_.]+/g, "-");
  const installed = new Map(
    freeze.split("\n").flatMap((line) => {
      const [, name, version] = /^([\w.-]+)==(\S+)$/.exec(line.trim()) ?? [];
      return name === undefined || version === undefined ? [] : [[plain(name), version] as const];
    }),
  );
  return names.some((written) => {
    const [, name = written, version] = /^([\w.-]+)(?:\[[^\]]*\])?(?:==(\S+))?$/.exec(written.trim()) ?? [];
    const there = installed.get(plain(name));
    if (state === "absent") return there !== undefined;
    return there === undefined || (version !== undefined && there !== version);
  });
}
