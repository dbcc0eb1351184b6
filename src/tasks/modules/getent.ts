import { z } from "zod";
import { bool, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module } from "../module/module.js";
import { script } from "../remote/script.js";
import { lastLine } from "../remote/status.js";

const Args = z.strictObject({
  database: text().describe("passwd, group, hosts, services ..."),
  key: text().optional().describe("one entry; without it, all"),
  split: text().optional().describe("what separates the fields"),
  service: text().optional().describe("the source to ask"),
  fail_key: bool().default(true).describe("fail when there is no such entry"),
});

const QUERY = `db=$1 key=$2 service=$3
if command -v getent >/dev/null 2>&1; then getent \${service:+-s "$service"} "$db" \${key:+"$key"}; exit; fi
[ -r "/etc/$db" ] || { echo "there is no /etc/$db" >&2; exit 1; }
if [ "$key" ]; then
  line=$(awk -F: -v key="$key" '$1 == key' "/etc/$db") && [ "$line" ] || exit 2
  printf '%s\\n' "$line"
else cat "/etc/$db"; fi`;

const NO_SUCH_KEY = "One or more supplied key could not be found in the database";

/** Entries of the machine's databases. */
export const getent: Module<z.infer<typeof Args>> = {
  name: "getent",
  summary: "Reads databases such as passwd and hosts into `ansible_facts.getent_NAME`.",
  args: Args,
  async run({ database, key, split, service, fail_key }, context) {
    const { code, stdout, stderr } = await context.ask({
      ...script("getent", QUERY, [database, key ?? "", service ?? ""]),
      readOnly: true,
    });
    const name = `getent_${database}`;
    if (code === 2 && !fail_key)
      return { changed: false, ansible_facts: { [name]: { [key ?? ""]: null } }, msg: `${NO_SUCH_KEY}.` };
    if (code === 2) throw new ModuleFailure(`${NO_SUCH_KEY}: ${key}`);
    if (code !== 0) throw new ModuleFailure(`cannot read ${database}: ${lastLine(stderr, code)}`);
    const separator = split ?? (["passwd", "shadow", "group", "gshadow"].includes(database) ? ":" : /\s+/);
    const records = stdout.split("\n").filter((line) => line.trim() !== "");
    return { changed: false, ansible_facts: { [name]: entriesOf(records, separator) } };
  },
};

/** Fields by their first; of a name that comes several times, a list of them. */
function entriesOf(
  records: readonly string[],
  separator: string | RegExp,
): Readonly<Record<string, unknown>> {
  const entries = new Map<string, string[][]>();
  for (const record of records) {
    const [head = "", ...rest] = (typeof separator === "string" ? record : record.trim()).split(separator);
    entries.set(head, [...(entries.get(head) ?? []), rest]);
  }
  return Object.fromEntries(
    [...entries].map(([head, found]) => [head, found.length === 1 ? found[0] : found]),
  );
}
