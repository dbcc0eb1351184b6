import { z } from "zod";
import { script } from "../remote/script.js";
import { int, list, path, seconds, text } from "./arguments.js";
import { ModuleFailure } from "./failure.js";
import type { Module, ModuleContext } from "./module.js";

const Args = z.strictObject({
  host: text().default("127.0.0.1").describe("whose port, as seen from the machine"),
  port: int().optional().describe("a TCP port"),
  path: path().optional().describe("a file"),
  search_regex: text()
    .optional()
    .describe("an extended regular expression of grep's that the file, or what the port says, matches"),
  state: z
    .enum(["started", "present", "stopped", "absent", "drained"])
    .default("started")
    .describe("started and present: it is there; stopped, absent and drained: it is not"),
  timeout: seconds().default(300).describe("seconds to wait at most"),
  delay: seconds().default(0).describe("seconds before the first look"),
  sleep: seconds().default(1).describe("seconds between looks"),
  connect_timeout: seconds().default(5).describe("seconds that one connection may take"),
  msg: text().optional().describe("said when it does not come"),
  exclude_hosts: list().default([]).describe("accepted"),
  active_connection_states: list().default([]).describe("accepted"),
});

/** Exit 0: it is there; 1: it is not; 127: nothing to look with. */
const LOOK = `host=$1 port=$2 path=$3 pattern=$4 limit=$5
if [ "$path" ]; then
  case $path in "~/"*) path="$HOME/\${path#"~/"}" ;; esac
  [ -e "$path" ] || exit 1
  [ ! "$pattern" ] || grep -Eq -- "$pattern" "$path"
  exit
fi
[ "$port" ] || exit 1
if [ "$pattern" ]; then
  command -v nc >/dev/null 2>&1 || exit 127
  nc -w "$limit" "$host" "$port" </dev/null 2>/dev/null | grep -Eq -- "$pattern"
  exit
fi
if command -v nc >/dev/null 2>&1; then nc -z -w "$limit" "$host" "$port" >/dev/null 2>&1 || nc -w 1 "$host" "$port" </dev/null >/dev/null 2>&1; exit; fi
if command -v bash >/dev/null 2>&1; then timeout "$limit" bash -c ': </dev/tcp/$0/$1' "$host" "$port" 2>/dev/null; exit; fi
case $host in 127.*|localhost|::1)
  hex=$(printf '%04X' "$port")
  cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -Eq "^ *[0-9]+: [0-9A-F]+:$hex [0-9A-F:]+ 0A "
  exit ;;
esac
exit 127`;

/** Waits for a port or a file. */
export const waitFor: Module<z.infer<typeof Args>> = {
  name: "wait_for",
  summary: "Waits until a port answers or a file is there, or no longer; or for a time.",
  args: Args,
  differs: ["Connections of a port are not told apart: drained is as stopped."],
  async run(args, context) {
    if (context.check) return { changed: false, elapsed: 0 };
    const { clock, signal } = context;
    const start = clock.now();
    const elapsed = () => Math.floor((clock.now() - start) / 1000);
    const about = args.path ?? (args.port === undefined ? undefined : `${args.host}:${args.port}`);
    const { state, port = null, path: file = null, search_regex = null } = args;
    const result = { changed: false, state, port, path: file, search_regex };
    await clock.sleep((about === undefined ? args.delay + args.timeout : args.delay) * 1000, signal);
    while (about !== undefined && !(await isReached(args, about, context))) {
      if (elapsed() >= args.timeout)
        throw new ModuleFailure(args.msg ?? `Timeout when waiting for ${about}`, { elapsed: elapsed() });
      await clock.sleep(args.sleep * 1000, signal);
    }
    return { ...result, elapsed: elapsed() };
  },
};

/** Looks once. @throws ModuleFailure when there is nothing to look with */
async function isReached(
  args: z.infer<typeof Args>,
  about: string,
  context: ModuleContext,
): Promise<boolean> {
  const { host, port, path: file, search_regex: pattern, connect_timeout: limit } = args;
  const given = [host, String(port ?? ""), file ?? "", pattern ?? "", String(Math.ceil(limit))];
  const { code } = await context.ask({ ...script("wait-for", LOOK, given), readOnly: true });
  if (code === 127)
    throw new ModuleFailure(`there is nothing on this machine to look at ${about} with: install nc`);
  return (code === 0) === (args.state === "started" || args.state === "present");
}
