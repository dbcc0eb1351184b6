import { posix } from "node:path";
import type { AgentProcess } from "./agent-call.js";

/** Bytes of both streams together that come with the exit status; what is longer is read from its files. */
const WITH_STATUS_BYTES = 128 * 1024;

/** What a command's output begins with when all of it comes with the exit status. */
export const WHOLE = "=";

/** Where a command's stdin comes from before it stays open: nowhere, what the agent is given, or a file that was written before. */
export type AgentStdin = "none" | "given" | "file";

/** The files of one command in the guest. */
export interface CommandFiles {
  readonly directory: string;
  /** Written before the command starts. */
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
}

export const commandFiles = (base: string, name: string): CommandFiles => {
  const directory = posix.join(base, name);
  return {
    directory,
    stdin: `${directory}.stdin`,
    stdout: posix.join(directory, "stdout"),
    stderr: posix.join(directory, "stderr"),
  };
};

/**
 * Runs a shell line (script.ts) for an agent that gives a process all of its stdin at once and shows output when it has ended. So the line's
 * stdin is a pipe, open until its keeper is ended, and its output goes to files, which can be read meanwhile.
 */
const RUN = `dir=$1 from=$2 most=$3
cd -- "$HOME" || cd /
mkdir -- "$dir" && mkfifo -- "$dir/stdin" && exec 4<>"$dir/stdin" || exit 125
sleep 2147483647 >&4 4>&- 2>/dev/null </dev/null &
keeper=$!
echo $keeper >"$dir/keeper.part" && mv -- "$dir/keeper.part" "$dir/keeper" || exit 125
exec 5<"$dir/stdin" 4>&-
line() { sh -c "$1" 5<&- >"$dir/stdout" 2>"$dir/stderr"; code=$?; kill $keeper 2>/dev/null; return $code; }
case $from in
none) line "$4" <&5 ;;
given) { cat; exec cat <&5; } 2>/dev/null | line "$4" ;;
file) { cat -- "$dir.stdin"; rm -f -- "$dir.stdin"; exec cat <&5; } 2>/dev/null | line "$4" ;;
esac
code=$?
set -- $(wc -c "$dir/stdout" "$dir/stderr")
if [ "$5" -le "$most" ]; then
  printf '${WHOLE}'
  cat "$dir/stdout"
  cat "$dir/stderr" >&2
  rm -rf -- "$dir"
fi
exit $code`;

const sh = (script: string, ...args: readonly string[]): AgentProcess => ({
  path: "/bin/sh",
  arg: ["-c", script, "farm-agent", ...args],
});

/** Starts a shell line; its output comes with its status, when it is short. */
export const runLine = ({ directory }: CommandFiles, line: string, stdin: AgentStdin): AgentProcess => ({
  ...sh(RUN, directory, stdin, String(WITH_STATUS_BYTES), line),
  "capture-output": true,
});

/** Exit status of `passOn` while the pipe is not there yet. */
export const NOT_YET = 75;

/** Passes on more of the stdin of a command that runs. */
export const passOn = ({ directory }: CommandFiles): AgentProcess =>
  sh(`[ -e "$1/keeper" ] || exit ${NOT_YET}; exec cat >"$1/stdin"`, directory);

/** Ends the stdin of a command that runs. */
export const endStdin = ({ directory }: CommandFiles): AgentProcess =>
  sh(`[ -e "$1/keeper" ] || exit ${NOT_YET}; exec kill "$(cat "$1/keeper")"`, directory);

export const removeFiles = ({ directory, stdin }: CommandFiles): AgentProcess =>
  sh('exec rm -rf -- "$@"', directory, stdin);

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Makes a directory that only this user can enter, and says what a login would have set: an agent's environment has none of it.
 */
const SETTLE = `umask 077
base=$(mktemp -d "\${TMPDIR:-/tmp}/farm-agent.XXXXXX") || exit
user=$(id -un)
home=\${HOME:-/}
case $home in / | "") case $user in *[!A-Za-z0-9._-]*) home=/ ;; *) eval "home=~$user" ;; esac ;; esac
printf '%s\\n' "$base" "$home" "$user"`;

export const settle = (): AgentProcess => ({ ...sh(SETTLE), "capture-output": true });

/** Where the commands' files are, and their environment. @returns undefined when it is not what `settle` says */
export function parseSettled(stdout: string) {
  const [base, home, user] = stdout.split("\n");
  if (!base?.startsWith("/") || !home?.startsWith("/") || !user) return undefined;
  const env = { PATH, HOME: home, USER: user, LOGNAME: user, SHELL: "/bin/sh" };
  return { base, env: Object.entries(env).map(([key, value]) => `${key}=${value}`) };
}

export const leave = (base: string): AgentProcess => sh('exec rm -rf -- "$1"', base);
