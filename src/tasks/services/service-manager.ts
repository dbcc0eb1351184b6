import { ModuleFailure } from "../modules/failure.js";
import type { ModuleContext, ModuleResult } from "../modules/module.js";
import { script } from "../remote/script.js";
import { lastLine } from "../remote/status.js";

/** What shall be of a service. */
export interface ServiceWanted {
  readonly name: string;
  readonly state?: "started" | "stopped" | "restarted" | "reloaded" | undefined;
  readonly enabled?: boolean | undefined;
  readonly masked?: boolean | undefined;
  readonly scope: "system" | "user" | "global";
  readonly noBlock: boolean;
}

/** A service as it is. */
interface ServiceState {
  readonly known: boolean;
  readonly active: boolean;
  readonly enabled: boolean;
  readonly masked: boolean;
  readonly properties: Readonly<Record<string, string>>;
}

const SHOW = `name=$1 scope=$2
command -v systemctl >/dev/null || exit 127
export LC_ALL=C
systemctl $scope show --no-pager -- "$name" || exit
printf 'FarmEnabled=%s\\n' "$(systemctl $scope is-enabled -- "$name" 2>/dev/null)"`;

/** What `systemctl show` printed. */
export function parseShow(stdout: string): ServiceState {
  const properties: Record<string, string> = {};
  for (const line of stdout.split("\n")) {
    const equals = line.indexOf("=");
    if (equals > 0) properties[line.slice(0, equals)] = line.slice(equals + 1);
  }
  const { FarmEnabled: enabled = "", ...rest } = properties;
  return {
    known: rest["LoadState"] !== "not-found",
    active: ["active", "activating", "reloading"].includes(rest["ActiveState"] ?? ""),
    enabled: /^(?:enabled|enabled-runtime|alias|static|indirect|generated)$/.test(enabled),
    masked: rest["LoadState"] === "masked" || /^masked/.test(enabled),
    properties: rest,
  };
}

/** Brings a unit of systemd to the wanted state. @throws ModuleFailure */
export async function settleUnit(wanted: ServiceWanted, context: ModuleContext): Promise<ModuleResult> {
  const scope = `--${wanted.scope}`;
  const { code, stdout, stderr } = await context.ask({
    ...script("unit", SHOW, [wanted.name, scope]),
    readOnly: true,
  });
  if (code === 127) throw new ModuleFailure("this machine has no systemd: use the service module");
  if (code !== 0)
    throw new ModuleFailure(`cannot ask for ${wanted.name}: ${lastLine(stderr, code)}`, { rc: code, stderr });
  const state = parseShow(stdout);
  const verbs = verbsOf(wanted, state);
  if (!state.known && !context.check)
    throw new ModuleFailure(`Could not find the requested service ${wanted.name}: host`);
  for (const verb of verbs) {
    const block = wanted.noBlock && /start|stop|load/.test(verb) ? ["--no-block"] : [];
    const result = await context.act({
      argv: ["systemctl", scope, ...block, verb, "--", wanted.name],
      env: { LC_ALL: "C" },
    });
    if (result.code !== 0)
      throw new ModuleFailure(
        `Unable to ${verb} service ${wanted.name}: ${lastLine(result.stderr, result.code)}`,
        {
          rc: result.code,
          stderr: result.stderr,
        },
      );
  }
  return {
    changed: verbs.length > 0,
    name: wanted.name,
    ...(wanted.state !== undefined && { state: wanted.state === "stopped" ? "stopped" : "started" }),
    ...(wanted.enabled !== undefined && { enabled: wanted.enabled }),
    status: state.properties,
  };
}

/** What systemctl has to do, in order. */
export function verbsOf(
  wanted: ServiceWanted,
  state: Pick<ServiceState, "active" | "enabled" | "masked">,
): string[] {
  const toggled = (want: boolean | undefined, is: boolean, [on, off]: readonly [string, string]): string[] =>
    want === undefined || want === is ? [] : [want ? on : off];
  return [
    ...toggled(wanted.masked, state.masked, ["mask", "unmask"]),
    ...toggled(wanted.enabled, state.enabled, ["enable", "disable"]),
    ...stateVerbs(wanted.state, state.active),
  ];
}

/** What brings a service into a state. */
function stateVerbs(state: ServiceWanted["state"], active: boolean): string[] {
  switch (state) {
    case "started":
      return active ? [] : ["start"];
    case "stopped":
      return active ? ["stop"] : [];
    case "restarted":
      return ["restart"];
    case "reloaded":
      return [active ? "reload" : "start"];
    case undefined:
      return [];
  }
}
