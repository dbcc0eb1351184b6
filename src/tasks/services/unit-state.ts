/** A unit as it is. */
export interface UnitState {
  readonly known: boolean;
  /** Undefined: systemd does not say. */
  readonly active: boolean | undefined;
  readonly stopping: boolean;
  readonly enabled: boolean;
  readonly masked: boolean;
  readonly loadError: string | undefined;
  /** As `systemctl show` prints them. */
  readonly properties: Readonly<Record<string, string>>;
}

const ACTIVE = new Set(["active", "activating", "reloading"]);

/** Where `systemctl is-enabled` is content; `alias` and `indirect` alone mean that nothing of the unit itself is enabled. */
const ENABLED = new Set([
  "enabled",
  "enabled-runtime",
  "static",
  "generated",
  "transient",
  "alias",
  "indirect",
]);

/** @param stdout of `systemctl show`, then `FarmEnabled=` and what `is-enabled -l` says in one line */
export function parseUnit(stdout: string): UnitState {
  const { FarmEnabled = "", ...properties } = propertiesOf(stdout);
  const [word = "", ...more] = FarmEnabled.trim().split(" ");
  const isAlone = more.length === 0 && (word === "alias" || word === "indirect");
  const { LoadState, ActiveState, LoadError } = properties;
  const masked = LoadState === "masked" || word.startsWith("masked");
  return {
    known: LoadState !== "not-found",
    active: ActiveState === undefined ? undefined : ACTIVE.has(ActiveState),
    stopping: ActiveState === "deactivating",
    enabled: ENABLED.has(word) && !isAlone,
    masked,
    loadError: masked || LoadState === "not-found" ? undefined : LoadError,
    properties,
  };
}

/** Values of Exec... may go over several lines; the last ends with a brace. */
function propertiesOf(stdout: string): Record<string, string> {
  const properties: Record<string, string> = {};
  let open: string | undefined;
  for (const line of stdout.split("\n")) {
    if (open !== undefined) {
      properties[open] += `\n${line}`;
      if (line.trimEnd().endsWith("}")) open = undefined;
      continue;
    }
    const equals = line.indexOf("=");
    if (equals <= 0) continue;
    const [name, value] = [line.slice(0, equals), line.slice(equals + 1).trim()];
    properties[name] = value;
    if (name.startsWith("Exec") && value.startsWith("{") && !value.endsWith("}")) open = name;
  }
  return properties;
}
