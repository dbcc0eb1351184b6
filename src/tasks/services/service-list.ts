/** A service as `service_facts` tells of it. */
export interface ListedService {
  readonly name: string;
  readonly state: string;
  /** systemd only: enabled, static, not-found ... */
  readonly status?: string;
  readonly source: "systemd" | "openrc" | "sysv";
}

/**
 * Services by whatever knows of them, a part each: System V's scripts or OpenRC's, then systemd's units as it runs, their files, and the state of
 * files that it has not loaded. An instance is made of a template's file, which has no state.
 */
export const SERVICE_LIST = `export LC_ALL=C
echo "part sysv"
if command -v service >/dev/null 2>&1; then service --status-all 2>/dev/null; fi
if command -v rc-status >/dev/null 2>&1; then echo "part openrc"; rc-status -a -s -m 2>/dev/null; fi
[ "$(cat /proc/1/comm 2>/dev/null)" = systemd ] && command -v systemctl >/dev/null 2>&1 || exit 0
echo "part units"
systemctl list-units --no-pager --plain --no-legend --type service --all || exit
echo "part files"
files=$(systemctl list-unit-files --no-pager --no-legend --type service --all) || exit
printf '%s\\n' "$files"
echo "part states"
printf '%s\\n' "$files" | awk '$1 !~ /@\\./ { print $1 }' | xargs systemctl show --no-pager --property=Id,ActiveState --
exit 0`;

const BAD = ["not-found", "masked", "failed"];

/** What SERVICE_LIST printed, by the services' names; of one name systemd's word is the last. */
export function parseServiceList(stdout: string): Record<string, ListedService> {
  const parts = new Map<string, string[]>();
  for (const chunk of stdout.split(/^part /m).slice(1)) {
    const [name = "", ...lines] = chunk.split("\n");
    parts.set(
      name,
      lines.filter((line) => line.trim() !== ""),
    );
  }
  const of = (name: string): readonly string[] => parts.get(name) ?? [];
  const all = [...of("sysv").flatMap(sysv), ...of("openrc").flatMap(openrc), ...systemd(of)];
  return Object.fromEntries(all.map((service) => [service.name, service]));
}

function sysv(line: string): ListedService[] {
  const [, sign, name] = /^\s*\[ ([+-]) \]\s+(.+)$/.exec(line) ?? [];
  return name === undefined ? [] : [{ name, state: sign === "+" ? "running" : "stopped", source: "sysv" }];
}

function openrc(line: string): ListedService[] {
  const [name, state] = line.replace(/[[\]]/g, "").trim().split(/\s+/);
  return name && state && line.startsWith(" ") ? [{ name, state, source: "openrc" }] : [];
}

function systemd(of: (part: string) => readonly string[]): ListedService[] {
  const states = activeStates(of("states"));
  const found = new Map<string, ListedService>();
  for (const line of of("units")) {
    const [name = "", load = "", active = "", sub = ""] = line
      .replace(/^[^\w/]\s*/, "")
      .trim()
      .split(/\s+/);
    const bad = [load, active, sub].find((word) => BAD.includes(word));
    found.set(name, {
      name,
      state: sub === "running" ? "running" : "stopped",
      status: bad ?? active,
      source: "systemd",
    });
  }
  for (const line of of("files")) {
    const [name = "", status = ""] = line.trim().split(/\s+/);
    const known = found.get(name);
    if (known && BAD.includes(known.status ?? "")) continue;
    found.set(name, {
      name,
      state: known?.state ?? states.get(name) ?? "unknown",
      status,
      source: "systemd",
    });
  }
  return [...found.values()];
}

/** By units' names. */
function activeStates(lines: readonly string[]): ReadonlyMap<string, string> {
  const states = new Map<string, string>();
  const pairs = lines.map((line) => line.split("=", 2) as [string, string]);
  let state = "";
  let id = "";
  for (const [key, value] of pairs) {
    if (key === "Id") id = value;
    if (key === "ActiveState") state = value;
    if (id === "" || state === "") continue;
    states.set(id, state);
    id = "";
    state = "";
  }
  return states;
}
