import { parseTime } from "../../template/filters/time-parse.js";
import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext } from "../module/module.js";
import { script } from "./script.js";
import { type FileStatus, lastLine } from "./status.js";

/** A time of a file: as it is, the machine's present, or a time by the machine's clock as `2020-02-29 12:00:00`. */
export type WantedTime = "preserve" | "now" | { readonly at: string };

export interface WantedTimes {
  readonly access: WantedTime;
  readonly modification: WantedTime;
}

/** A time as a task writes it. @param format of Python's strptime @throws ModuleFailure */
export function wantedTime(text: string, format: string): WantedTime {
  if (text === "preserve" || text === "now") return text;
  const micros = parseTime(text, format);
  if (micros === undefined) throw new ModuleFailure(`'${text}' is no time of the form ${format}`);
  const iso = new Date(micros / 1000).toISOString();
  return { at: `${iso.slice(0, 10)} ${iso.slice(11, 19)}` };
}

/** Shell text: `farm_touch PATH ACCESS MODIFICATION` sets times: `now`, CCYYMMDDhhmm.SS, or none to keep one. It makes a file that is not there. */
export const TOUCH_FUNCTION = `
farm_touch() {
  if [ "$2" = "$3" ]; then
    case $2 in "") [ -e "$1" ] || touch -- "$1" ;; now) touch -- "$1" ;; *) touch -t "$2" -- "$1" ;; esac
    return
  fi
  case $2 in "") ;; now) touch -a -- "$1" ;; *) touch -a -t "$2" -- "$1" ;; esac || return
  case $3 in "") ;; now) touch -m -- "$1" ;; *) touch -m -t "$3" -- "$1" ;; esac
}`;

/** The words that `farm_touch` takes for times. */
export const touchWords = ({ access, modification }: WantedTimes): [string, string] => [
  word(access),
  word(modification),
];

function word(time: WantedTime): string {
  if (typeof time === "string") return time === "now" ? "now" : "";
  const [year, month, day, hour, minute, second] = time.at.split(/\D/);
  return `${year}${month}${day}${hour}${minute}.${second}`;
}

const EPOCH = `for each; do date -d "$each" +%s || exit; done`;

/** Whether a file has not the times that are wanted; `now` it never has. Asks the machine only what its clock makes of a time. @throws ModuleFailure */
export async function timesDiffer(
  context: ModuleContext,
  { atime, mtime }: FileStatus,
  { access, modification }: WantedTimes,
): Promise<boolean> {
  if (access === "now" || modification === "now") return true;
  const given = [access, modification].flatMap((time) => (typeof time === "string" ? [] : [time.at]));
  if (given.length === 0) return false;
  const { code, stdout, stderr } = await context.ask({ ...script("epoch", EPOCH, given), readOnly: true });
  if (code !== 0) throw new ModuleFailure(`cannot tell the time ${given[0]}: ${lastLine(stderr, code)}`);
  const seconds = stdout.trim().split("\n").map(Number);
  const present = [
    ...(typeof access === "string" ? [] : [atime]),
    ...(typeof modification === "string" ? [] : [mtime]),
  ];
  return present.some((time, index) => time !== seconds[index]);
}
