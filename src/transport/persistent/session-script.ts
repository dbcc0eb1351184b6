import { randomBytes } from "node:crypto";
import { contentBytes, isLocalFile } from "../content.js";
import { runCommand } from "../script.js";
import type { Command } from "../shell.js";

/** A command that takes more text than this goes another way: the shell there reads it all before it begins. */
const LONGEST_FRAME = 128 * 1024;

/** What any pipe holds, however little room the system has for it: a writer of so much never waits for a reader. */
const PIPE_BYTES = 4096;

/** So many new processes are looked at one by one; after more, a new session is no dearer. */
const MOST_LOOKED_AT = 2000;

/**
 * What a session's shell is told first. Its functions must not fork: under emulation that costs milliseconds.
 *
 * A command runs in the session's own process group, so that the watcher (script.ts) ends it with the session. What it
 * leaves behind must not meet the next command: a process of its group would be ended with it, and one that holds the
 * output could write into it. So after each command all processes are looked at whose number the kernel gave out
 * meanwhile; where one of them is in the group or holds the output, or cannot be judged, the session is spent. A
 * process that is alive after the last look at the counter was alive, or its parent was, when it was looked at. Its
 * descriptors are looked at twice, since it may be moving them. The numbers come round after `pid_max` processes; a
 * command that ran for long is followed by a look at how many were made.
 *
 * fd 3 is the command's stderr; what the shell itself has to say is nobody's business.
 */
const FUNCTIONS = `
unset farm_x farm_y farm_from farm_at farm_to farm_group farm_pid farm_stat farm_fd farm_made farm_round
trap : TERM
exec 3>&2 2>/dev/null

farm_begin() {
  read -r farm_x farm_x farm_x farm_x farm_from </proc/loadavg
  printf '\\001%s>\\001' "$1"
}

farm_end() {
  farm_clean && farm_x=clean || farm_x=spent
  farm_say "$1" "$2" $farm_x
  [ $farm_x = clean ] || exit 0
}

farm_say() {
  printf '\\001%s<\\001' "$1" >&3
  printf '\\001%s<%s %s\\001' "$1" "$2" "$3"
}

farm_clean() {
  farm_at=$farm_from
  while read -r farm_x farm_x farm_x farm_x farm_to </proc/loadavg && [ "$farm_to" != "$farm_at" ]; do
    farm_x=$((farm_to - farm_from))
    [ $farm_x -gt 0 ] && [ $farm_x -le ${MOST_LOOKED_AT} ] || return 1
    while [ $farm_at -lt $farm_to ]; do
      farm_at=$((farm_at + 1))
      [ ! -e /proc/$farm_at ] || farm_stranger $farm_at || return 1
    done
  done
  [ "$farm_at" != "$farm_from" ]
}

farm_stranger() {
  farm_pid=$1
  read -r farm_stat </proc/$farm_pid/stat || return 0
  case $farm_stat in *') '[A-Z]' '*) ;; *) return 1 ;; esac
  set -- \${farm_stat##*) }
  case $1 in Z | X) return 0 ;; esac
  [ $3 != $farm_group ] || return 1
  [ -r /proc/$farm_pid/fd ] || [ ! -e /proc/$farm_pid ] || return 1
  farm_holds_nothing && farm_holds_nothing
}

farm_holds_nothing() {
  for farm_fd in /proc/$farm_pid/fd/*; do
    [ $farm_fd -ef /proc/$$/fd/1 ] && return 1
    [ $farm_fd -ef /proc/$$/fd/3 ] && return 1
    [ -e $farm_fd ] || [ ! -L $farm_fd ] || return 1
  done
}

farm_count() {
  while read -r farm_x farm_y; do
    [ "$farm_x" != processes ] || return 0
  done </proc/stat
  return 1
}

farm_check() {
  farm_begin "$1"
  farm_count && [ $((farm_y - farm_made)) -lt $farm_round ] && farm_x=clean || farm_x=spent
  farm_made=$farm_y
  farm_say "$1" 0 $farm_x
  [ $farm_x = clean ] || exit 0
}

farm_able() {
  [ "$(command -v printf)" = printf ] || return 1
  read -r farm_x </proc/1/stat && read -r farm_stat </proc/self/stat || return 1
  set -- \${farm_stat##*) }
  farm_group=$3
  [ "\${farm_stat%% *}" = $$ ] && [ "$farm_group" -gt 0 ] || return 1
  [ /proc/$$/fd/1 -ef /proc/$$/fd/1 ] && ! [ /proc/$$/fd/1 -ef /dev/null ] || return 1
  farm_round=$(cat /proc/sys/kernel/pid_max) # A shell reads byte by byte, which this file does not take.
  [ "$farm_round" -gt 0 ] && farm_count || return 1
  farm_made=$farm_y farm_round=$((farm_round - ${MOST_LOOKED_AT}))
  read -r farm_x farm_x farm_x farm_x farm_from </proc/loadavg && (:)
  read -r farm_x farm_x farm_x farm_x farm_to </proc/loadavg && [ "$farm_to" -gt 0 ] && [ "$farm_to" != "$farm_from" ]
}
`.trimStart();

/** Text for a session's shell. */
export interface Frame {
  readonly text: string;
  /** Marks the answer (marked-output.ts); nobody but that shell knows it. */
  readonly nonce: string;
}

/** Makes `sh` on the other side a session; its answer is marked like a command's, "spent" where it cannot be one. */
export function openingFrame(nonce = newNonce()): Frame {
  const able = `farm_begin ${nonce}; farm_able && farm_x=clean || farm_x=spent; farm_say ${nonce} 0 $farm_x`;
  return { nonce, text: `${FUNCTIONS}${able}\n` };
}

/** Ends a session's shell. */
export const LEAVING = "exit\n";

/** Asks whether the session can go on after a command that ran for long. */
export function checkFrame(nonce = newNonce()): Frame {
  return { nonce, text: `farm_check ${nonce}\n` };
}

/**
 * The text that runs a command in a session, `become` left out; undefined when it does not fit into one. No part of
 * it short of the whole is a complete shell command.
 */
export function commandFrame(command: Command, nonce = newNonce()): Frame | undefined {
  const bytes = contentBytes(command.stdin);
  if (isLocalFile(command.stdin) || bytes > LONGEST_FRAME) return undefined;
  const run = `(${runCommand(command)})`;
  const text = `{ farm_begin ${nonce}\n${withStdin(run, Buffer.from(command.stdin ?? ""))}\nfarm_end ${nonce} $?; }\n`;
  return Buffer.byteLength(text) > LONGEST_FRAME ? undefined : { nonce, text };
}

const newNonce = (): string => randomBytes(12).toString("hex");

function withStdin(run: string, stdin: Buffer): string {
  if (stdin.length === 0) return `${run} </dev/null 2>&3`;
  const print = `printf ${printable(stdin)}`;
  // In the background, so that the shell does not wait for what a child keeps unread.
  const feed = stdin.length <= PIPE_BYTES ? print : `{ ${print} & }`;
  return `${feed} | ${run} 2>&3`;
}

/** Any bytes as one word, the format that `printf` makes them from again. */
function printable(bytes: Buffer): string {
  const text = bytes.toString("latin1").replace(/[^\n\x20-\x7e]|[\\%']|^-/g, (character) => {
    return `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`;
  });
  return `'${text}'`;
}
