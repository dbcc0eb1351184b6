import { z } from "zod";
import { withoutLogin } from "../downloads/request.js";
import { bool, list, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module, ModuleContext, ModuleResult } from "../module/module.js";
import { askApt } from "../packages/apt-place.js";
import { fetchedKey } from "../packages/fetched-key.js";
import { fingerprints, isArmored } from "../packages/openpgp.js";
import { attributeArgs } from "../remote/attributes.js";
import { readRemote, settleContent } from "../remote/content.js";
import { script } from "../remote/script.js";

const Args = z.strictObject({
  name: text().describe("the file's name in sources.list.d, without its ending"),
  state: z.enum(["present", "absent"]).default("present").describe("whether it shall be there"),
  types: list().default(["deb"]).describe("deb, deb-src"),
  uris: list().optional().describe("where the packages are"),
  suites: list().optional().describe("bookworm, stable ..."),
  components: list().optional().describe("main, contrib ..."),
  architectures: list().optional().describe("amd64 ..."),
  languages: list().optional().describe("of translations"),
  targets: list().optional().describe("which files apt fetches"),
  signed_by: text()
    .optional()
    .describe("the key: its address, a path on the machine, or an armored key as text"),
  enabled: bool().optional().describe("whether apt looks at it"),
  trusted: bool().optional().describe("take packages without a signature"),
  allow_insecure: bool().optional().describe("sources without a signature"),
  allow_weak: bool().optional().describe("weak signatures"),
  allow_downgrade_to_insecure: bool().optional().describe("a source that has lost its signature"),
  by_hash: bool().optional().describe("fetch files by their digests"),
  check_date: bool().optional().describe("refuse files from the future"),
  check_valid_until: bool().optional().describe("refuse files that are too old"),
  inrelease_path: text().optional().describe("where the InRelease file is"),
  pdiffs: bool().optional().describe("fetch differences only"),
  mode: attributeArgs.mode,
});
type Deb822 = z.infer<typeof Args>;

/** Sources of packages in apt's newer form. */
export const deb822Repository: Module<Deb822> = {
  name: "deb822_repository",
  summary: "Sees to a source of packages in apt's deb822 form.",
  args: Args,
  differs: [
    "Without a change the machine fetches the key of an address too, as Ansible's does; in a check it does not.",
  ],
  async run(args, context) {
    const name = args.name.replace(/[^\w-]+/g, "-").toLowerCase();
    const dest = `/etc/apt/sources.list.d/${name}.sources`;
    if (args.state === "absent") return remove(name, dest, context);
    const before = await readRemote(context, dest);
    if (!before) await askApt("apt-place", "exit 0", [], context);
    const key = /^(?:https?|ftp):\/\//.test(args.signed_by ?? "")
      ? await keyOf(name, args, context)
      : undefined;
    const repo = paragraph({ ...args, signed_by: key?.path ?? args.signed_by });
    const attributes = { mode: args.mode ?? "0644" };
    const settled = await settleContent(context, {
      path: dest,
      content: Buffer.from(repo),
      before,
      attributes,
    });
    return {
      changed: settled.changed || (key?.changed ?? false),
      dest,
      repo,
      key_filename: key?.path ?? null,
      ...(settled.diff && { diff: settled.diff }),
    };
  },
};

const THERE = 'for each; do if [ -e "$each" ]; then echo "$each"; fi; done';

/** The source, and the key that came with it. */
async function remove(name: string, dest: string, context: ModuleContext): Promise<ModuleResult> {
  const files = [dest, keyFile(name, "asc"), keyFile(name, "gpg")];
  const { stdout } = await context.ask({ ...script("deb822-files", THERE, files), readOnly: true });
  const there = stdout.split("\n").filter((line) => line !== "");
  if (there.length > 0) {
    const { code, stderr } = await context.act({ argv: ["rm", "-f", "--", ...there] });
    if (code !== 0) throw new ModuleFailure(`cannot remove ${there.join(", ")}: ${stderr.trim()}`);
  }
  return { changed: there.length > 0, dest, repo: null, key_filename: null };
}

const keyFile = (name: string, ending: string): string => `/etc/apt/keyrings/${name}.${ending}`;

/** Brings the key of an address to its place. In a check one that is there is taken to be the same. */
async function keyOf(name: string, { signed_by: url = "" }: Deb822, context: ModuleContext) {
  const content = await fetchedKey(url, true, context);
  if (content === undefined) {
    const there = await readRemote(context, keyFile(name, "asc"));
    return {
      path: keyFile(name, there ? "asc" : "gpg"),
      changed: !there && !(await readRemote(context, keyFile(name, "gpg"))),
    };
  }
  if (fingerprints(content).length === 0)
    throw new ModuleFailure(`signed_by: what ${withoutLogin(url)} sent is no public key`);
  const path = keyFile(name, isArmored(content) ? "asc" : "gpg");
  const { code, stderr } = await context.act({ argv: ["mkdir", "-p", "/etc/apt/keyrings"] });
  if (code !== 0) throw new ModuleFailure(`cannot make /etc/apt/keyrings: ${stderr.trim()}`);
  const before = await readRemote(context, path);
  const { changed } = await settleContent(context, { path, content, before, attributes: { mode: "0644" } });
  return { path, changed };
}

/** The file: a field a line, an armored key indented below its field. */
export function paragraph(args: Deb822): string {
  const fields: [string, unknown][] = [
    ["X-Repolib-Name", args.name],
    ["Types", args.types],
    ["URIs", args.uris],
    ["Suites", args.suites],
    ["Components", args.components],
    ["Architectures", args.architectures],
    ["Languages", args.languages],
    ["Targets", args.targets],
    ["Enabled", args.enabled],
    ["Trusted", args.trusted],
    ["Allow-Insecure", args.allow_insecure],
    ["Allow-Weak", args.allow_weak],
    ["Allow-Downgrade-To-Insecure", args.allow_downgrade_to_insecure],
    ["By-Hash", args.by_hash],
    ["Check-Date", args.check_date],
    ["Check-Valid-Until", args.check_valid_until],
    ["InRelease-Path", args.inrelease_path],
    ["PDiffs", args.pdiffs],
    ["Signed-By", args.signed_by],
  ];
  return fields
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${fieldText(value)}\n`)
    .join("");
}

function fieldText(value: unknown): string {
  if (Array.isArray(value)) return value.join(" ");
  if (typeof value === "boolean") return value ? "yes" : "no";
  const text = String(value).trim();
  if (!text.includes("\n")) return text;
  return `\n${text
    .split("\n")
    .map((line) => (line.trim() === "" ? " ." : ` ${line}`))
    .join("\n")}`;
}
