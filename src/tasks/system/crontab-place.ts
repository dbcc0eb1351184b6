import type { ModuleContext } from "../module/module.js";
import { readRemote, settleContent } from "../remote/content.js";
import { type ByteText, byteText } from "../text-edit/byte-text.js";
import { askState } from "./machine-state.js";
import { change } from "./tools.js";

/** A crontab of some kind. */
export interface Crontab {
  readonly content: ByteText;
  readonly shownAs: string;
  write(text: string): Promise<void>;
  /** Of a file that may go when nothing is left in it. */
  readonly remove?: () => Promise<void>;
}

/** `$@` becomes the options for another user's crontab. */
const USER = `need crontab
if [ -z "$1" ] || [ "$1" = "$(id -un)" ]; then set --; else set -- -u "$1"; fi`;

/** Exit status 1 is a user without a crontab. */
const LIST = `${USER}
text=$(crontab "$@" -l; code=$?; echo .; exit "$code")
code=$?
[ "$code" -le 1 ] || exit "$code"
printf '%s' "\${text%.}" | say_bytes crontab`;

/** A user's crontab; of the task's user by default. @throws ModuleFailure */
export async function usersCrontab(user: string | undefined, context: ModuleContext): Promise<Crontab> {
  const what = `the crontab${user === undefined ? "" : ` of ${user}`}`;
  const state = await askState(context, "crontab-list", LIST, [user ?? ""], `read ${what}`);
  const content = byteText(state.bytes("crontab"));
  return {
    content,
    shownAs: user === undefined ? "crontab" : `crontab for user "${user}"`,
    write: async (text) => {
      const script = `${USER}\ncrontab "$@" -`;
      await change(context, "crontab-install", script, [user ?? ""], {
        what: `install ${what}`,
        stdin: content.bytes(text),
      });
    },
  };
}

/** A file of cron.d, or one anywhere by its absolute path. @throws ModuleFailure */
export async function cronFile(name: string, context: ModuleContext): Promise<Crontab> {
  const at = name.startsWith("/") ? name : `/etc/cron.d/${name}`;
  const before = await readRemote(context, at);
  const content = byteText(before?.content);
  return {
    content,
    shownAs: at,
    write: async (text) => {
      await settleContent(context, { path: at, content: content.bytes(text), before, attributes: {} });
    },
    remove: async () => {
      await change(context, "remove", 'rm -f -- "$1"', [at], { what: `remove ${at}` });
    },
  };
}

const KEEP = `file=$(mktemp "\${TMPDIR:-/tmp}/crontabXXXXXX") && cat >"$file" && printf '%s\\n' "$file"`;

/** Keeps a crontab as it is in a temporary file of the machine. @throws ModuleFailure */
export async function keepCrontab(
  { content }: Crontab,
  context: ModuleContext,
): Promise<{ backup_file?: string }> {
  const how = { what: "keep the old crontab", stdin: content.bytes(content.text) };
  const { stdout } = await change(context, "crontab-backup", KEEP, [], how);
  return context.check ? {} : { backup_file: stdout.trimEnd() };
}
