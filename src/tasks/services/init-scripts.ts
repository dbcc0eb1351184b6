import { ModuleFailure } from "../modules/failure.js";
import type { ModuleContext, ModuleResult } from "../modules/module.js";
import { script } from "../remote/script.js";
import { lastLine } from "../remote/status.js";
import { type ServiceWanted, verbsOf } from "./service-manager.js";

/** OpenRC's and System V's scripts by one question. */
const QUERY = `name=$1
[ -x "/etc/init.d/$name" ] || {
  echo missing
  command -v rc-service >/dev/null 2>&1 || command -v update-rc.d >/dev/null 2>&1 || echo unmanaged
  exit 0
}
if command -v rc-service >/dev/null 2>&1; then
  rc-service -q "$name" status >/dev/null 2>&1 && echo active
  rc-update show 2>/dev/null | grep -q "^ *$name |" && echo enabled
else
  "/etc/init.d/$name" status >/dev/null 2>&1 && echo active
  for each in /etc/rc[2345].d/S??"$name"; do [ -e "$each" ] && echo enabled && break; done
fi
exit 0`;

const ACT = `name=$1 verb=$2
if command -v rc-service >/dev/null 2>&1; then
  case $verb in enable) rc-update add "$name" ;; disable) rc-update del "$name" ;; *) rc-service "$name" "$verb" ;; esac
else
  case $verb in enable|disable) update-rc.d "$name" "$verb" ;; *) "/etc/init.d/$name" "$verb" ;; esac
fi`;

/** Brings a service of OpenRC or System V to the wanted state. @throws ModuleFailure */
export async function settleInitScript(wanted: ServiceWanted, context: ModuleContext): Promise<ModuleResult> {
  const { stdout } = await context.ask({ ...script("init-script", QUERY, [wanted.name]), readOnly: true });
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
    const { code, stderr } = await context.act(script("init-script-act", ACT, [wanted.name, verb]));
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
