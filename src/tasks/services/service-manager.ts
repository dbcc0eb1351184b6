import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext, ModuleResult } from "../module/module.js";
import { script } from "../remote/script.js";
import { lastLine } from "../remote/status.js";
import { parseUnit, type UnitState } from "./unit-state.js";

/** What shall be of a service. */
export interface ServiceWanted {
  readonly name: string;
  readonly state?: "started" | "stopped" | "restarted" | "reloaded" | undefined;
  readonly enabled?: boolean | undefined;
  readonly masked?: boolean | undefined;
}

/** How to talk to systemd. */
export interface Systemctl {
  readonly scope: "system" | "user" | "global";
  readonly noBlock: boolean;
  readonly force: boolean;
}

/** A user's manager is found by its directory, which is not told to who becomes that user, or is that of who he was before. */
const START = `command -v systemctl >/dev/null 2>&1 || exit 127
export LC_ALL=C
[ -O "$XDG_RUNTIME_DIR" ] || { XDG_RUNTIME_DIR=/run/user/$(id -u); export XDG_RUNTIME_DIR; }`;

/** Of a template, and in the global scope, systemctl shows nothing, but says whether it is enabled. */
const SHOW = `name=$1 scope=$2
${START}
shown=$(systemctl "$scope" show --no-pager -- "$name" 2>&1) || {
  enabled=$(systemctl "$scope" is-enabled -- "$name" 2>/dev/null)
  [ "$enabled" ] && [ "$enabled" != not-found ] || { printf '%s\\n' "$shown" >&2; exit 1; }
  printf 'FarmEnabled=%s\\n' "$enabled"
  exit 0
}
printf '%s\\n' "$shown"
printf 'FarmEnabled=%s\\n' "$(systemctl "$scope" is-enabled -l -- "$name" 2>/dev/null | tr '\\n' ' ')"`;

/** Brings a unit of systemd to the wanted state. @throws ModuleFailure */
export async function settleUnit(
  wanted: ServiceWanted,
  how: Systemctl,
  context: ModuleContext,
): Promise<ModuleResult> {
  refuseGlobs(wanted.name);
  const state = await askUnit(wanted.name, how, context);
  refuse(wanted, state, context.check);
  const verbs = verbsOf(wanted, state);
  for (const verb of verbs) {
    const { code, stdout, stderr } = await systemctl(how, [verb, "--", wanted.name], context);
    if (code !== 0)
      throw new ModuleFailure(`Unable to ${verb} service ${wanted.name}: ${reasonOf(stderr, code)}`, {
        rc: code,
        stdout,
        stderr,
      });
  }
  return {
    changed: verbs.length > 0,
    name: wanted.name,
    ...(wanted.state !== undefined && { state: wanted.state === "stopped" ? "stopped" : "started" }),
    ...(wanted.enabled !== undefined && { enabled: wanted.enabled }),
    status: state.properties,
  };
}

function refuseGlobs(name: string): void {
  const glob = /[*?[]/.exec(name)?.[0];
  if (glob !== undefined)
    throw new ModuleFailure(
      `This module does not currently support using glob patterns, found '${glob}' in service name: ${name}`,
    );
}

async function askUnit(name: string, { scope }: Systemctl, context: ModuleContext): Promise<UnitState> {
  const query = script("unit", SHOW, [name, `--${scope}`], { readOnly: true });
  const { code, stdout, stderr } = await context.ask(query);
  if (code === 127) throw new ModuleFailure("this machine has no systemd: use the service module");
  if (code !== 0)
    throw new ModuleFailure(`cannot ask systemd for ${name}: ${reasonOf(stderr, code)}`, {
      rc: code,
      stderr,
    });
  return parseUnit(stdout);
}

/** A unit may be masked before it is installed; anything else needs it. @throws ModuleFailure */
function refuse({ name, state: wanted, enabled }: ServiceWanted, state: UnitState, check: boolean): void {
  if (wanted === undefined && enabled === undefined) return;
  if (!state.known && !check) throw new ModuleFailure(`Could not find the requested service ${name}: host`);
  if (state.loadError !== undefined)
    throw new ModuleFailure(`Error loading unit file '${name}': ${state.loadError}`);
  if (wanted !== undefined && state.known && state.active === undefined)
    throw new ModuleFailure(
      `Service is in unknown state: systemd says nothing of ${name}; of a template, name an instance (name@instance)`,
    );
}

/** Runs systemctl. Its exit status is a result. */
export const systemctl = (
  { scope, noBlock, force }: Systemctl,
  words: readonly string[],
  context: ModuleContext,
) => {
  const options = [`--${scope}`, ...(noBlock ? ["--no-block"] : []), ...(force ? ["--force"] : [])];
  return context.act(script("systemctl", `${START}\nsystemctl "$@"`, [...options, ...words]));
};

/** systemctl's first line says what, the others where to read on. */
export function reasonOf(stderr: string, code: number): string {
  const lines = stderr.trim().split("\n").filter(Boolean);
  return lines.length > 1 ? lines.join(" ") : lastLine(stderr, code);
}

/** What systemctl has to do, in order. */
export function verbsOf(
  wanted: ServiceWanted,
  state: Pick<UnitState, "active" | "stopping" | "enabled" | "masked">,
): string[] {
  const toggled = (want: boolean | undefined, is: boolean, [on, off]: readonly [string, string]): string[] =>
    want === undefined || want === is ? [] : [want ? on : off];
  return [
    ...toggled(wanted.masked, state.masked, ["mask", "unmask"]),
    ...toggled(wanted.enabled, state.enabled, ["enable", "disable"]),
    ...stateVerbs(wanted.state, state.active ?? false, state.stopping),
  ];
}

/** What brings a service into a state; what does not run is started, whatever was wanted of it. */
function stateVerbs(state: ServiceWanted["state"], active: boolean, stopping: boolean): string[] {
  switch (state) {
    case "started":
      return active ? [] : ["start"];
    case "stopped":
      return active || stopping ? ["stop"] : [];
    case "restarted":
      return [active ? "restart" : "start"];
    case "reloaded":
      return [active ? "reload" : "start"];
    case undefined:
      return [];
  }
}
