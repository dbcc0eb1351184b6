import { HypervisorError, InternalError } from "../errors.js";
import { becomeArgv } from "./become.js";
import { endGroup, LEAD, LEAVE } from "./group-end.js";
import { quote, quoteCommand } from "./quote.js";
import type { Command } from "./shell.js";

/** What stdin is: so many bytes at once, or a stream that ends when the process shall end. */
export type StdinKind = { readonly bytes: number } | "stream";

const DEFAULT_GRACE_S = 1;

const BLOCK = 65_536;

/** Bytes of stdin from which on the speed of a pipe counts. */
const MUCH = 1024 * 1024;

/** Linux takes 128 KiB as one argument, and the server hands the whole line to a shell as one. */
const LONGEST_LINE = 128 * 1024 - 64;

/** Said on stderr by the shell of another user once it runs: whatever password was needed has been given. */
export const ENTERED = "\u0001farm: entered\u0001";

/**
 * Makes the shell the leader of a process group of its own, so that `kill 0` reaches the command and all that it
 * started, and nothing else. OpenSSH has done so already; dropbear, sudo and su have not. What stands after the
 * name in /proc/PID/stat: state, parent, group, session. Without /proc or setsid there is no group to end.
 */
const OWN_GROUP = [
  'group=0; stat=" $$ $$ "',
  "read -r stat 2>/dev/null </proc/$$/stat",
  'case $stat in *" $$ $$ "*) ;; *) command -v setsid >/dev/null 2>&1 && exec setsid sh -c "group=0; $1" sh',
  "group= ;; esac",
  'eval "$1"',
].join("\n");

/**
 * The one line for `sh` that runs a command: in its own process group, with a watcher that ends the group when our end of
 * stdin goes. A lost connection, a dead farm and an abort look the same to it; a server ends nothing by
 * itself. Payload, exit status and output pass untouched.
 * @throws HypervisorError when the line is longer than a system takes.
 */
export function shellLine(command: Command, stdin: StdinKind): string {
  const argv = ["sh", "-c", OWN_GROUP, "sh", watchedScript(command, stdin)] as const;
  const line = `exec ${quoteCommand(command.become ? becomeArgv(command.become, argv) : argv)}`;
  if (Buffer.byteLength(line) > LONGEST_LINE) {
    throw new HypervisorError(
      `the command line of '${command.argv[0]}' is longer than the 128 KiB that a system takes`,
      {
        hint: "pass long text by stdin or as a file",
      },
    );
  }
  return line;
}

/** A path as a shell word; a leading `~` or `~/` is the home of whoever runs the shell. */
export function quotePath(path: string): string {
  if (path === "~") return '"$HOME"';
  if (path.startsWith("~/")) return `"$HOME"/${quote(path.slice(2))}`;
  return quote(path.startsWith("/") ? path : `./${path}`);
}

/** Sent before all that stdin holds: the variables, for what stands in argv everybody on the machine can see. */
export const sentFirst = ({ env = {} }: Command): string =>
  Object.entries(env)
    .map((entry) => `${exported(entry)}\n`)
    .join("");

/** Takes it, byte by byte as `read` does: what follows is another's. */
function takeVariables(command: Command): string {
  const lines = sentFirst(command).split("\n").length - 1;
  if (lines === 0) return "";
  const next =
    'IFS= read -r farm_line <&3 || exit 1\nfarm_variables="$farm_variables$farm_line\n" farm_left=$((farm_left - 1))';
  return `farm_variables= farm_left=${lines}\nwhile [ $farm_left -gt 0 ]; do\n${next}\ndone`;
}

function watchedScript(command: Command, stdin: StdinKind): string {
  const { env: _, ...rest } = command;
  const variables = takeVariables(command);
  const run = `(${variables && 'eval "$farm_variables"\n'}${runCommand(rest)})`;
  const start =
    stdin !== "stream" && stdin.bytes === 0
      ? withoutStdin(run)
      : // In the background, so that a command may end before it has read all of its stdin.
        `{ (${feed(stdin)}\nexec >/dev/null\n${watcher(stdin === "stream" ? (command.graceSeconds ?? DEFAULT_GRACE_S) : 0)}) 2>/dev/null & } | ${run}`;
  const viaFile = command.stdinFile !== undefined && stdin !== "stream" && stdin.bytes >= MUCH;
  const first = viaFile ? fromFile(quotePath(command.stdinFile), stdin.bytes, run) : "";
  return [announce(command), "exec 3<&0", LEAD, variables, first, start, LEAVE].filter(Boolean).join("\n");
}

const withoutStdin = (run: string, end = ""): string =>
  `(${watcher(0, end)}) >/dev/null 2>&1 &\n${run} </dev/null`;

/** Through a pipe, much data costs the machine twice. Nothing need be watched before the command starts: the end of stdin ends dd. */
const fromFile = (file: string, bytes: number, run: string): string =>
  `if (umask 077; set -C; : >${file}) 2>/dev/null; then
said=$({ ${feed({ bytes })}; } 2>&1 >${file})
size=$(wc -c <${file})
[ "$said" ] || [ "$size" -eq ${bytes} ] || said="only $size of ${bytes} bytes arrived"
[ -z "$said" ] || { rm -f -- ${file}; printf '%s\\n' "$said" >&2; exit 1; }
${withoutStdin(run, `rm -f -- ${file}`)}
code=$?
rm -f -- ${file}
(exit $code)
${LEAVE}
fi`;

/**
 * dd passes on what it reads at once; busybox cat may keep it until the end. head reads little at a time: for much, dd is
 * taken where it knows how to fill its blocks from a pipe.
 */
function feed(stdin: StdinKind): string {
  if (stdin === "stream") return `dd bs=${BLOCK} <&3`;
  const count = (bytes: number) => `head -c ${bytes} <&3`;
  if (stdin.bytes < MUCH) return count(stdin.bytes);
  const blocks = `dd bs=${BLOCK} count=${Math.floor(stdin.bytes / BLOCK)} iflag=fullblock status=none <&3`;
  const able = "dd count=0 iflag=fullblock status=none </dev/null 2>/dev/null";
  return `if ${able}; then ${blocks} && ${count(stdin.bytes % BLOCK)}; else ${count(stdin.bytes)}; fi`;
}

const announce = (command: Command): string =>
  command.become?.password === undefined ? "" : `printf %s ${quote(ENTERED)} >&2`;

/** Waits for the end of stdin; if the shell that runs the command is alive then, ends the group, itself included. */
const watcher = (graceSeconds: number, end = ""): string =>
  [
    "while read -r line; do :; done <&3",
    graceSeconds > 0 ? `sleep ${graceSeconds}` : "",
    '[ "$group" ] && kill -0 $$ 2>/dev/null || exit 0',
    endGroup(end),
  ]
    .filter(Boolean)
    .join("\n");

/**
 * The part of a line that becomes the command, for a subshell; fd 3 is none of its business. `exec` finds programs only,
 * as argv means: never a builtin or function of the shell.
 */
export function runCommand(command: Command): string {
  const cwd = command.cwd === undefined ? [] : [`CDPATH= cd -- ${quotePath(command.cwd)} || exit 126`];
  const env = Object.entries(command.env ?? {}).map(exported);
  return ["exec 3<&-", ...cwd, ...env, `exec ${quoteCommand(command.argv)}`].join("\n");
}

const exported = ([name, value]: [string, string]): string => `export ${variable(name)}=${quote(value)}`;

function variable(name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return name;
  throw new InternalError(`'${name}' cannot be the name of an environment variable`);
}
