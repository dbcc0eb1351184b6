import { z } from "zod";
import { bool, int, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module, ModuleContext } from "../module/module.js";
import { askApt } from "../packages/apt-place.js";
import { fileNameOf, parseSources, plainSource } from "../packages/apt-sources.js";
import { updateLists } from "../packages/apt-update.js";
import { attributeArgs } from "../remote/attributes.js";
import { readRemote, settleContent } from "../remote/content.js";
import { lastLine } from "../remote/status.js";

const Args = z.strictObject({
  repo: text().describe("a line of sources.list: `deb http://... bookworm main`"),
  state: z.enum(["present", "absent"]).default("present").describe("whether it shall be there"),
  filename: text()
    .optional()
    .describe("the file in sources.list.d, without its ending; made of the address otherwise"),
  mode: attributeArgs.mode,
  update_cache: bool().default(true).describe("refresh the package lists after a change"),
  update_cache_retries: int().default(5).describe("how often a failing refresh is tried again"),
  update_cache_retry_max_delay: int().default(12).describe("seconds between these, at most"),
  codename: text().optional().describe("accepted: there are no PPAs here"),
  install_python_apt: bool().default(true).describe("accepted: Python is not needed"),
  validate_certs: bool().default(true).describe("accepted: there are no PPAs here"),
});

const LIST = "grep -H '' /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null; exit 0";

/** Sources of packages. */
export const aptRepository: Module<z.infer<typeof Args>> = {
  name: "apt_repository",
  summary: "Sees to a source of packages in apt's sources.list.d.",
  args: Args,
  aliases: { "update-cache": "update_cache" },
  differs: ["A PPA (`ppa:...`) must be written as its `deb` line."],
  async run(args, context) {
    const wanted = plainSource(args.repo);
    if (!/^deb(-src)? /.test(wanted))
      throw new ModuleFailure(`'${args.repo}' is no line of sources.list: it begins with deb or deb-src`);
    const stdout = await askApt("apt-sources", LIST, [], context);
    const found = parseSources(stdout).filter((each) => plainSource(each.text) === wanted);
    const result = {
      repo: args.repo,
      state: args.state,
      sources_added: [] as string[],
      sources_removed: [] as string[],
    };
    if (found.length > 0 === (args.state === "present")) return { changed: false, ...result };
    const present = args.state === "present";
    const file = `/etc/apt/sources.list.d/${args.filename ?? fileNameOf(wanted)}.list`;
    const files = present ? [file] : [...new Set(found.map((each) => each.file))];
    for (const each of files) await edit(each, wanted, present, args.mode ?? "0644", context);
    if (args.update_cache) await updateLists({ ...args, lock_timeout: 60 }, context);
    return { changed: true, ...result, [present ? "sources_added" : "sources_removed"]: files };
  },
};

async function edit(
  path: string,
  source: string,
  present: boolean,
  mode: string | number,
  context: ModuleContext,
): Promise<void> {
  const before = await readRemote(context, path);
  const lines = (before?.content.toString("utf8") ?? "").split("\n").filter((line) => line !== "");
  const kept = lines.filter((line) => plainSource(line) !== source);
  const all = present ? [...kept, source] : kept;
  if (all.length === 0) return remove(path, context);
  const content = Buffer.from(all.map((line) => `${line}\n`).join(""));
  await settleContent(context, { path, content, before, attributes: before ? {} : { mode } });
}

/** A file that says nothing any more. */
async function remove(path: string, context: ModuleContext): Promise<void> {
  const { code, stderr } = await context.act({ argv: ["rm", "-f", "--", path] });
  if (code !== 0) throw new ModuleFailure(`cannot remove ${path}: ${lastLine(stderr, code)}`);
}
