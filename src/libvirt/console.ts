import { GuestError } from "../errors.js";
import { PIN_RUNTIME_DIR } from "./daemon.js";
import { at, childrenOf, parseXml } from "./xml.js";

/** Of the script below: another `virsh console` has the console. */
export const CONSOLE_IN_USE = 75;

// virsh talks to the terminal by stdin and stdout; only its complaints come back.
const SCRIPT = `
uri=$1 uuid=$2
${PIN_RUNTIME_DIR}
pin_runtime_dir
exec 3>&1
said=$(LC_ALL=C virsh -q -c "$uri" console --domain "$uuid" 2>&1 >&3 3>&-)
code=$?
[ $code != 0 ] || exit 0
case $said in *'Active console session'*) exit ${CONSOLE_IN_USE} ;; esac
printf '%s\\r\\n' "$said" >&2
exit 1`;

/** Puts the terminal that it is run in on a guest's console, until ^] or the guest's end. Exit status CONSOLE_IN_USE: somebody is there. */
export const consoleArgv = (uri: string, uuid: string): readonly [string, ...string[]] => [
  "sh",
  "-c",
  SCRIPT,
  "farm-console",
  uri,
  uuid,
];

/** @param dumpxml of a running domain @throws GuestError where nobody can type at its console */
export function checkConsole(vm: string, dumpxml: string): void {
  const devices = at(parseXml(dumpxml, "a domain's description"), "devices");
  const [first] = ["console", "serial"].flatMap((kind) => childrenOf(devices, kind));
  const type = first?.attributes.get("type");
  if (type === "pty") return;
  const hint = "a console of type 'pty' is wanted, as in {{ farm.xml.console | safe }} of a domain template";
  if (type === undefined) throw new GuestError(`'${vm}' has no serial console`, { hint });
  throw new GuestError(`the console of '${vm}' is of type '${type}': nobody can type at it`, { hint });
}
