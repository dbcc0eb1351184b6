import { z } from "zod";
import { int, list, path, seconds, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module, ModuleContext, ModuleResult } from "../module/module.js";
import { patternOf } from "../text-edit/python-pattern.js";
import { CONNECTION_STATES, refuseStates } from "../waiting/connections.js";
import { connectionsLook, fileLook, type Look, portLook, type Seen } from "../waiting/look.js";

const Args = z.strictObject({
  host: text().default("127.0.0.1").describe("whose port, as seen from the machine"),
  port: int().optional().describe("a TCP port"),
  path: path().optional().describe("a file"),
  search_regex: text()
    .optional()
    .describe(
      "a regular expression of Python's that the file, or what the port says, must match to be there",
    ),
  state: z
    .enum(["started", "present", "stopped", "absent", "drained"])
    .default("started")
    .describe(
      "started and present: it is there; stopped and absent: it is not; drained: nobody is connected to the port",
    ),
  timeout: seconds().default(300).describe("seconds to wait at most"),
  delay: seconds().default(0).describe("seconds before the first look"),
  sleep: seconds().default(1).describe("seconds between looks"),
  connect_timeout: seconds().default(5).describe("seconds that one connection may take"),
  msg: text().optional().describe("said when it does not come"),
  exclude_hosts: list().optional().describe("whose connections do not count when the port is to be drained"),
  active_connection_states: list()
    .default(CONNECTION_STATES)
    .describe("connections that count when the port is to be drained"),
});
type WaitArgs = z.infer<typeof Args>;

/** Waits for a port or a file. */
export const waitFor: Module<WaitArgs> = {
  name: "wait_for",
  summary: "Waits until a port answers or a file is there, or no longer; or for a time.",
  args: Args,
  differs: [
    "It looks once at least, and never sleeps longer than the time that is left.",
    "What a port says is read for a second after its first words; a file of more than 64 MiB is not searched.",
  ],
  async run(args, context) {
    refuse(args);
    if (context.check) return { changed: false, skipped: true, msg: "wait_for waits for nothing in a check" };
    const { clock, signal } = context;
    const { state, port = null, path: file = null, search_regex = null } = args;
    const start = clock.now();
    const elapsed = () => Math.floor((clock.now() - start) / 1000);
    await clock.sleep(args.delay * 1000, signal);
    const look = lookOf(args, context);
    const seen = look ? await reach(look, args, start, context) : await rest(args, context);
    return {
      changed: false,
      ...{ state, port, search_regex, path: file, ...groupsOf(seen), elapsed: elapsed() },
      ...seen.place,
    };
  },
};

/** @throws ModuleFailure for what does not go together */
function refuse(args: WaitArgs): void {
  const fail = (message: string) => {
    throw new ModuleFailure(message, { elapsed: 0 });
  };
  const { port, path: file, state } = args;
  if (port !== undefined && file !== undefined)
    fail("port and path parameter can not both be passed to wait_for");
  if (file !== undefined && (state === "stopped" || state === "drained"))
    fail(`state=${state} should only be used for checking a port in the wait_for module`);
  if (args.exclude_hosts && state !== "drained") fail("exclude_hosts should only be with state=drained");
  if (state === "drained" && port === undefined) fail("state=drained needs port");
  if (args.search_regex !== undefined) patternOf(args.search_regex, "m");
  refuseStates(args.active_connection_states);
}

/** How to look; undefined when there is nothing to look at. */
function lookOf(args: WaitArgs, context: ModuleContext): Look | undefined {
  const { host, port, path: file, state } = args;
  const regex = isPresence(args) ? args.search_regex : undefined;
  if (file !== undefined) return fileLook(file, regex, context);
  if (port === undefined) return undefined;
  if (state !== "drained") return portLook(host, port, regex, context);
  const connections = { port, states: args.active_connection_states };
  return connectionsLook(host, args.exclude_hosts ?? [], connections, context);
}

const isPresence = ({ state }: WaitArgs): boolean => state === "started" || state === "present";

/** Looks until it is so. @throws ModuleFailure when the time is over */
async function reach(look: Look, args: WaitArgs, start: number, context: ModuleContext): Promise<Seen> {
  const { clock, signal } = context;
  const left = () => args.timeout - (clock.now() - start) / 1000;
  for (;;) {
    const seen = await look(Math.min(args.connect_timeout, Math.max(left(), 1)));
    if (seen.isThere === isPresence(args)) return seen;
    if (left() <= 0)
      throw new ModuleFailure(
        args.msg ?? `Timeout when waiting for ${goal(args)}${seen.why ? `: ${seen.why}` : ""}`,
        {
          elapsed: Math.floor((clock.now() - start) / 1000),
        },
      );
    await clock.sleep(Math.min(args.sleep, left()) * 1000, signal);
  }
}

async function rest({ timeout }: WaitArgs, { clock, signal }: ModuleContext): Promise<Seen> {
  await clock.sleep(timeout * 1000, signal);
  return { isThere: true };
}

function goal({ host, port, path: file, search_regex: regex, state }: WaitArgs): string {
  const what = file ?? `${host}:${port}`;
  if (state === "drained") return `${what} to drain`;
  if (state === "stopped" || state === "absent")
    return `${what} to ${file === undefined ? "stop" : "be absent"}`;
  if (regex !== undefined) return `search string ${regex} in ${what}`;
  return file === undefined ? what : `file ${file}`;
}

const groupsOf = ({ match }: Seen): Pick<ModuleResult, "match_groups" | "match_groupdict"> => ({
  match_groups: (match?.slice(1) ?? []).map((each) => each ?? null),
  match_groupdict: Object.fromEntries(
    Object.entries(match?.groups ?? {}).map(([name, each]) => [name, each ?? null]),
  ),
});
