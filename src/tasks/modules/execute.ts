import { quoteCommand } from "../../transport/quote.js";
import type { Command } from "../../transport/shell.js";
import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext, ModuleResult } from "../module/module.js";

interface Execution {
  readonly argv: Command["argv"];
  /** What `cmd` of the result says. */
  readonly shown: unknown;
  readonly chdir?: string | undefined;
  /** Skip when this glob pattern matches something. */
  readonly creates?: string | undefined;
  /** Skip when this glob pattern matches nothing. */
  readonly removes?: string | undefined;
  /** Whether line ends are taken off what it says; they are unless told otherwise. */
  readonly strip_empty_ends?: boolean;
  readonly stdin?: string | Uint8Array | undefined;
  /** What is run, where no shell looks for it: when there is no such program, that is the failure. */
  readonly program?: string;
  /** Whether the task counts as skipped where `creates` or `removes` keep it from running. */
  readonly isSkipped?: boolean;
}

// The pattern is expanded as a glob but never split into words.
const EXISTS = `IFS=; case $1 in "~/"*) set -- "$HOME/\${1#"~/"}";; esac; set -- $1; [ -e "$1" ] || [ -L "$1" ]`;

/** Runs a command for the modules command, shell and raw, with Ansible's result fields. */
export async function execute(how: Execution, context: ModuleContext): Promise<ModuleResult> {
  const reason = await reasonToSkip(how, context);
  if (reason !== undefined && how.isSkipped)
    return { changed: false, skipped: true, msg: `${reason}, matching creates or removes` };
  if (reason !== undefined)
    return {
      changed: false,
      rc: 0,
      cmd: how.shown,
      stdout: `skipped, since ${reason}`,
      stderr: "",
      msg: `${context.check ? "Would" : "Did"} not run command since ${reason.replace(/^(.*) (exists|does not exist)$/, "'$1' $2")}`,
    };
  // Where it says what it makes or needs, it is known whether it would run and change something.
  const tells = how.creates !== undefined || how.removes !== undefined;
  if (context.check)
    return {
      changed: tells,
      ...(!tells && { skipped: true }),
      rc: 0,
      cmd: how.shown,
      stdout: "",
      stderr: "",
      start: null,
      end: null,
      delta: null,
      msg: "Command would have run if not in check mode",
    };
  const start = context.clock.now();
  const { code, stdout, stderr } = await context.act({
    argv: how.argv,
    ...(how.chdir !== undefined && { cwd: how.chdir }),
    ...(how.stdin !== undefined && { stdin: how.stdin }),
  });
  const end = context.clock.now();
  if (code === NOT_EXECUTABLE || code === NOT_FOUND) await refuseWhatIsNotThere(how, context);
  const shown = (said: string) => (how.strip_empty_ends === false ? said : said.replace(/[\r\n]+$/, ""));
  return {
    changed: true,
    rc: code,
    cmd: how.shown,
    stdout: shown(stdout),
    stderr: shown(stderr),
    start: timestamp(start),
    end: timestamp(end),
    delta: duration(end - start),
    msg: code === 0 ? "" : "non-zero return code",
    ...(code !== 0 && { failed: true }),
  };
}

/** What a shell ends with when it cannot go somewhere, or run something; a program may, too. */
const NOT_EXECUTABLE = 126;
const NOT_FOUND = 127;

const THERE = `cd -- "\${1:-.}" 2>/dev/null || { echo directory; exit; }
case $2 in
"") exit ;;
*/*) [ ! -x "$2" ] || exit 0 ;;
*) IFS=:; for each in $PATH; do [ ! -f "$each/$2" ] || [ ! -x "$each/$2" ] || exit 0; done ;;
esac
echo program`;

/** Nothing ran, so nothing changed. @throws ModuleFailure as Ansible words it, when the directory or the program is not there */
async function refuseWhatIsNotThere(how: Execution, context: ModuleContext): Promise<void> {
  const { chdir = "", program = "" } = how;
  const argv = ["sh", "-c", THERE, "there", chdir, program] as const;
  const lack = (await context.ask({ argv, readOnly: true })).stdout.trim();
  const nothing = { stdout: "", stderr: "" };
  if (lack === "directory")
    throw new ModuleFailure(
      `Unable to change directory before execution: [Errno 2] No such file or directory: '${chdir}'`,
      { ...nothing, cmd: how.shown, rc: null },
    );
  if (lack === "program")
    throw new ModuleFailure(`[Errno 2] No such file or directory: '${program}'`, {
      ...nothing,
      cmd: Array.isArray(how.shown) ? quoteCommand(how.shown) : how.shown,
      rc: 2,
    });
}

async function reasonToSkip(how: Execution, context: ModuleContext): Promise<string | undefined> {
  if (how.creates !== undefined && (await exists(how.creates, how, context))) return `${how.creates} exists`;
  if (how.removes !== undefined && !(await exists(how.removes, how, context)))
    return `${how.removes} does not exist`;
  return undefined;
}

async function exists(pattern: string, { chdir }: Execution, context: ModuleContext): Promise<boolean> {
  const argv = ["sh", "-c", EXISTS, "exists", pattern] as const;
  const { code } = await context.ask({ argv, readOnly: true, ...(chdir !== undefined && { cwd: chdir }) });
  return code === 0;
}

/** Ansible's form, `2026-11-23 16:45:01.123000`, in UTC. */
const timestamp = (ms: number) => `${new Date(ms).toISOString().slice(0, 23).replace("T", " ")}000`;

/** Ansible's form, `0:00:01.234000`. */
function duration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  const rest = String(ms % 1000).padStart(3, "0");
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}.${rest}000`;
}
