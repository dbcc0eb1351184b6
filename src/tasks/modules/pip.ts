import { z } from "zod";
import type { Command, CommandResult } from "../../transport/shell.js";
import { bool, list, path, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module, ModuleContext, ModuleResult } from "../module/module.js";
import { isThere, type PipName, parsePipList, pipName, wholeNames } from "../packages/pip-names.js";
import {
  makeEnvironment,
  type PipPlace,
  parsePipAnswer,
  pipCommand,
  pipError,
  pipQuery,
} from "../packages/pip-script.js";
import { lastLine } from "../remote/status.js";
import { splitWords } from "../words.js";

const Args = z.strictObject({
  name: list().default([]).describe("packages, with versions as pip writes them; paths, addresses"),
  version: text().optional().describe("the version of the one package: `1.2`, `>=1.2,<2`"),
  requirements: path().optional().describe("a file of requirements on the machine"),
  state: z
    .enum(["present", "latest", "absent", "forcereinstall"])
    .default("present")
    .describe("what shall be of them"),
  virtualenv: path().optional().describe("a virtual environment; made when it is not there"),
  virtualenv_command: text().default("python3 -m venv").describe("what makes it"),
  virtualenv_python: text().optional().describe("the Python in it, for virtualenv"),
  virtualenv_site_packages: bool().default(false).describe("with the system's packages in it"),
  executable: text().optional().describe("which pip"),
  extra_args: text().default("").describe("further options of pip"),
  editable: bool().default(false).describe("install in place"),
  chdir: path().optional().describe("the directory that it is run in"),
  umask: text().optional().describe("the umask for what is installed, in octal"),
  break_system_packages: bool().default(false).describe("though the system's packages are managed otherwise"),
});
type Pip = z.infer<typeof Args>;

/** Python's packages. */
export const pip: Module<Pip> = {
  name: "pip",
  summary: "Installs and removes packages of Python.",
  args: Args,
  differs: [
    "`virtualenv_command` is `python3 -m venv` when nothing is said.",
    "What is there as it was asked for is left alone, without asking pip; requirements, paths, addresses and `latest` are simulated by pip where it can do so, from 22.2 on.",
  ],
  async run(args, context) {
    const names = wantedNames(args);
    const place = placeOf(args);
    const argv = pipArgv(args, names);
    const simulate = args.state !== "absent" && needsPip(args, names) ? argv : [];
    const { code, stdout, stderr } = await context.ask(pipQuery(place, simulate));
    if (code === 127 || code === 126)
      throw new ModuleFailure("there is no pip on this machine: install it first");
    if (code !== 0 && code !== 3)
      throw new ModuleFailure(`cannot ask pip: ${lastLine(stderr, code)}`, { rc: code, stderr });
    const fields = {
      cmd: [args.executable ?? "pip", ...argv],
      name: args.name.length > 0 ? wholeNames(args.name) : null,
      version: args.version ?? null,
      state: args.state,
      requirements: args.requirements ?? null,
      virtualenv: args.virtualenv ?? null,
    };
    const isNew = code === 3;
    if (isNew) await act(makeEnvironment(place), "make the environment", context);
    const todo = isNew ? args.state !== "absent" : isUnsettled(args, names, stdout);
    if (!todo) return { changed: isNew, stdout: "", stderr: "", ...fields };
    return { ...(await run(place, argv, args, isNew, context)), ...fields };
  },
};

/** @throws ModuleFailure for arguments that do not go together */
function wantedNames(args: Pip): PipName[] {
  const whole = wholeNames(args.name);
  const wrong = (why: string) => new ModuleFailure(`pip: ${why}`);
  if ((whole.length === 0) === (args.requirements === undefined))
    throw wrong("name or requirements, one of them");
  if (args.virtualenv !== undefined && args.executable !== undefined)
    throw wrong("virtualenv or executable, not both: an environment has its own pip");
  if (args.umask !== undefined && !/^[0-7]{1,4}$/.test(args.umask)) throw wrong("umask is not octal");
  if (args.virtualenv_python !== undefined && /pyvenv|-m venv/.test(args.virtualenv_command))
    throw wrong("virtualenv_python is for virtualenv: name the Python in virtualenv_command");
  if (args.version === undefined) return whole.map(pipName);
  if (args.state === "latest") throw wrong("version or the latest, not both");
  const [first = "", ...more] = whole;
  if (more.length > 0) throw wrong("version is of one package: write it beside each name");
  if (pipName(first).specifier !== "") throw wrong(`'${first}' has a version already`);
  return [pipName(`${first}${/^\s*\d/.test(args.version) ? "==" : ""}${args.version.trim()}`)];
}

const placeOf = (args: Pip): PipPlace => ({
  ...args,
  virtualenv_options: [
    ...(args.virtualenv_site_packages ? ["--system-site-packages"] : []),
    ...(args.virtualenv_python === undefined ? [] : [`-p${args.virtualenv_python}`]),
  ],
});

function pipArgv(args: Pip, names: readonly PipName[]): string[] {
  const extra = splitWords(args.extra_args);
  const written = names.flatMap((each) => (args.editable ? ["-e", each.written] : [each.written]));
  const what = args.requirements === undefined ? written : ["-r", args.requirements];
  if (args.state === "absent")
    return ["uninstall", "-y", ...extra, ...(args.requirements === undefined ? names.map(plain) : what)];
  const upgrade = args.state === "present" ? [] : ["--upgrade"];
  return [
    "install",
    ...upgrade,
    ...(args.state === "forcereinstall" ? ["--force-reinstall"] : []),
    ...extra,
    ...what,
  ];
}

const plain = ({ written, name }: PipName): string => name ?? written;

/** Whether pip alone can tell if something is to be done. */
const needsPip = (args: Pip, names: readonly PipName[]): boolean =>
  args.state === "latest" ||
  (args.state === "present" &&
    (args.requirements !== undefined || args.editable || names.some(({ name }) => name === undefined)));

function isUnsettled(args: Pip, names: readonly PipName[], stdout: string): boolean {
  if (args.state === "forcereinstall") return true;
  const { list: installed, simulated } = parsePipAnswer(stdout);
  if (simulated) {
    const { code, text } = simulated;
    if (code === 0) return /^Would install /m.test(text);
    throw failure("install", { code, stdout: "", stderr: text });
  }
  if (args.requirements !== undefined || args.state === "latest") return true;
  const found = parsePipList(installed);
  if (args.state === "absent")
    return names.some((each) => isThere({ ...each, specifier: "" }, found) ?? true);
  return names.some((each) => isThere(each, found) !== true);
}

async function run(
  place: PipPlace,
  argv: readonly string[],
  { state }: Pip,
  isNew: boolean,
  context: ModuleContext,
): Promise<ModuleResult> {
  const { stdout, stderr } = await act(
    pipCommand(place, argv),
    state === "absent" ? "remove" : "install",
    context,
  );
  const changed = context.check || isNew || state === "forcereinstall" || /^farm-changed$/m.test(stdout);
  return { changed, stdout: stdout.replace(/\nfarm-changed\n$/, ""), stderr };
}

async function act(command: Command, what: string, context: ModuleContext): Promise<CommandResult> {
  const result = await context.act(command);
  if (result.code !== 0) throw failure(what, result);
  return result;
}

const failure = (what: string, { code, stdout, stderr }: CommandResult): ModuleFailure =>
  new ModuleFailure(`pip failed to ${what}: ${pipError(stderr) ?? lastLine(stderr || stdout, code)}`, {
    rc: code,
    stdout,
    stderr,
  });
