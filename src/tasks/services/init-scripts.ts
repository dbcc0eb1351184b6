import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext, ModuleResult } from "../module/module.js";
import { script } from "../remote/script.js";
import { lastLine } from "../remote/status.js";
import { type ServiceWanted, verbsOf } from "./service-manager.js";

/** Where OpenRC is beside System V's scripts, the latter may be asked for. */
const HAS_OPENRC = 'has_openrc() { [ "$manager" != sysvinit ] && command -v rc-service >/dev/null 2>&1; }';

/** OpenRC's and System V's scripts by one question. */
const QUERY = `name=$1 manager=$2 runlevel=$3
pattern=
[ -z "$4" ] || IFS= read -r pattern
${HAS_OPENRC}
[ -x "/etc/init.d/$name" ] || {
  echo missing
  has_openrc || command -v update-rc.d >/dev/null 2>&1 || echo unmanaged
  exit 0
}
if [ "$pattern" ]; then
  # Neither this shell nor ps is told the text, so that they are not found.
  case $(ps -ef 2>/dev/null || ps) in *"$pattern"*) echo active ;; esac
fi
if has_openrc; then
  [ "$pattern" ] || { rc-service -q "$name" status >/dev/null 2>&1 && echo active; }
  rc-update show "$runlevel" 2>/dev/null | grep -q "^ *$name |" && echo enabled
else
  [ "$pattern" ] || { "/etc/init.d/$name" status >/dev/null 2>&1 && echo active; }
  for each in /etc/rc[2345].d/S??"$name"; do [ -e "$each" ] && echo enabled && break; done
fi
exit 0`;

const ACT = `name=$1 verb=$2 manager=$3 runlevel=$4 pause=$5; shift 5
${HAS_OPENRC}
if has_openrc; then
  work() { rc-service "$name" "$@"; }
else
  work() { "/etc/init.d/$name" "$@"; }
fi
case $verb in
  enable | disable) ;;
  restart)
    [ "$pause" ] || { work restart "$@"; exit; }
    work stop "$@" && sleep "$pause" && work start "$@"
    exit ;;
  *) work "$verb" "$@"; exit ;;
esac
if has_openrc; then
  case $verb in enable) rc-update add "$name" "$runlevel" ;; disable) rc-update del "$name" "$runlevel" ;; esac
else
  # A script that is new has no links yet that could be enabled.
  case $verb in
    enable) update-rc.d "$name" defaults && update-rc.d "$name" enable ;;
    disable) update-rc.d "$name" disable ;;
  esac
fi`;

export interface InitScript {
  /** sysvinit: not OpenRC. */
  readonly manager: string;
  /** Behind the verb. */
  readonly words: readonly string[];
  /** What ps shows when the service runs; its script is not asked then. */
  readonly pattern?: string | undefined;
  /** OpenRC's. */
  readonly runlevel: string;
  /** Seconds between stop and start; without them the script's own restart. */
  readonly sleep?: number | undefined;
}

/** Brings a service of OpenRC or System V to the wanted state. @throws ModuleFailure */
export async function settleInitScript(
  wanted: ServiceWanted,
  { manager, words, pattern = "", runlevel, sleep }: InitScript,
  context: ModuleContext,
): Promise<ModuleResult> {
  const given = [manager === "sysvinit" ? manager : "", runlevel];
  const input = pattern === "" ? {} : { stdin: `${pattern}\n` };
  const query = script("init-script", QUERY, [wanted.name, ...given, pattern && "pattern"], input);
  const { stdout } = await context.ask({ ...query, readOnly: true });
  const state = new Set(stdout.split("\n"));
  if (state.has("unmanaged"))
    throw new ModuleFailure(
      `there is no /etc/init.d/${wanted.name} on this machine, and neither systemd nor OpenRC to know it otherwise`,
    );
  if (state.has("missing"))
    throw new ModuleFailure(`Could not find the requested service ${wanted.name}: host`);
  const verbs = verbsOf(
    { ...wanted, masked: undefined },
    { active: state.has("active"), stopping: false, enabled: state.has("enabled"), masked: false },
  );
  for (const verb of verbs) {
    const all = [wanted.name, verb, ...given, sleep === undefined ? "" : String(sleep), ...words];
    const { code, stderr } = await context.act(script("init-script-act", ACT, all));
    if (code !== 0)
      throw new ModuleFailure(`Unable to ${verb} service ${wanted.name}: ${lastLine(stderr, code)}`, {
        rc: code,
        stderr,
      });
  }
  return {
    changed: verbs.length > 0,
    name: wanted.name,
    ...(wanted.state !== undefined && { state: wanted.state === "stopped" ? "stopped" : "started" }),
    ...(wanted.enabled !== undefined && { enabled: wanted.enabled }),
  };
}
