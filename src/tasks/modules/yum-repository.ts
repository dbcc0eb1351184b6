import { z } from "zod";
import { bool, list, path, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Diff, ModuleContext, ModuleResult } from "../module/module.js";
import { withoutRepository, withRepository } from "../packages/yum-repo-file.js";
import { attributeArgs } from "../remote/attributes.js";
import { readRemote, settleContent } from "../remote/content.js";
import { withFileFlags } from "../remote/file-flags.js";
import { HOME } from "../remote/home.js";
import { script } from "../remote/script.js";
import { lastLine } from "../remote/status.js";

const word = (what: string) => text().optional().describe(what);
const yesNo = (what: string) => bool().optional().describe(what);
const words = (what: string) => list().optional().describe(what);

/** What stands in the file under the same name. */
const OPTIONS = {
  async: yesNo("fetch from it beside others"),
  bandwidth: word("bytes a second that `throttle` is a share of"),
  baseurl: words("where the directory with its repodata is"),
  cost: word("what it costs beside others"),
  deltarpm_metadata_percentage: word("from which size on metadata of deltas is not fetched"),
  deltarpm_percentage: word("from which size on a delta is not used"),
  enabled: yesNo("whether it is used"),
  enablegroups: yesNo("whether its groups are known"),
  exclude: words("packages that are never taken"),
  failovermethod: z
    .enum(["roundrobin", "priority"])
    .optional()
    .describe("in which order addresses are tried"),
  gpgcakey: word("address of the key that signed its key"),
  gpgcheck: yesNo("whether signatures of packages are checked"),
  gpgkey: words("addresses of its keys"),
  http_caching: z.enum(["all", "packages", "none"]).optional().describe("what proxies may keep"),
  include: word("another file of settings"),
  includepkgs: words("the only packages that are taken"),
  ip_resolve: z.enum(["4", "6", "IPv4", "IPv6", "whatever"]).optional().describe("which addresses"),
  keepalive: yesNo("one connection for several files"),
  keepcache: z
    .preprocess(String, z.enum(["0", "1"]))
    .optional()
    .describe("keep packages that were installed"),
  metadata_expire: word("seconds until metadata is fetched anew"),
  metadata_expire_filter: z
    .enum(["never", "read-only:past", "read-only:present", "read-only:future"])
    .optional()
    .describe("for which commands it may be older"),
  metalink: word("address of a metalink"),
  mirrorlist: word("address of a list of mirrors"),
  mirrorlist_expire: word("seconds until that list is fetched anew"),
  module_hotfixes: yesNo("all of its packages, whatever modules say"),
  password: word("the password to log in with; never shown"),
  priority: word("from 1 to 99, less comes first"),
  protect: yesNo("no updates from other repositories"),
  proxy: word("the proxy; `_none_` for none"),
  proxy_password: word("its password; never shown"),
  proxy_username: word("its user"),
  repo_gpgcheck: yesNo("whether the signature of metadata is checked"),
  retries: word("how often a file is tried"),
  s3_enabled: yesNo("it is in S3"),
  skip_if_unavailable: yesNo("go on without it when it cannot be reached"),
  ssl_check_cert_permissions: yesNo("look at the permissions of certificates"),
  sslcacert: word("authorities that are trusted"),
  sslclientcert: word("the client's certificate"),
  sslclientkey: word("its key"),
  sslverify: yesNo("whether certificates are checked"),
  throttle: word("bytes a second, or a share of `bandwidth`"),
  timeout: word("seconds until a connection is given up"),
  ui_repoid_vars: word("variables that are shown beside its name"),
  username: word("the user to log in as"),
};

const Args = z.strictObject({
  name: text().describe("the repository's id"),
  description: word("what it is called"),
  file: word("the file's name in `reposdir`, without .repo; the id otherwise"),
  reposdir: path().default("/etc/yum.repos.d").describe("the directory of repositories"),
  state: z.enum(["present", "absent"]).default("present").describe("whether it shall be there"),
  ...OPTIONS,
  ...attributeArgs,
});
type RepositoryArgs = z.infer<typeof Args>;

/** Sources of packages of Fedora and its relatives. */
export const yumRepository = withFileFlags<RepositoryArgs>(
  {
    name: "yum_repository",
    summary: "Sees to a repository of yum's or dnf's in /etc/yum.repos.d.",
    args: Args,
    aliases: {
      ca_cert: "sslcacert",
      client_cert: "sslclientcert",
      client_key: "sslclientkey",
      validate_certs: "sslverify",
    },
    differs: [
      "In a file of several, a repository keeps its place, and the others their lines and comments; Ansible writes the whole file anew, without comments.",
    ],
    async run(args, context) {
      const { name, state } = args;
      checkArgs(args);
      const { changed, diff } = await settle(args, context);
      return { changed, repo: name, state, ...(diff && { diff }) };
    },
  },
  (args) => (args.state === "absent" ? undefined : fileOf(args)),
);

const fileOf = ({ name, file, reposdir }: RepositoryArgs): string =>
  `${reposdir.replace(/(?<=.)\/+$/, "")}/${file ?? name}.repo`;

function checkArgs({ state, baseurl, metalink, mirrorlist, description, name }: RepositoryArgs): void {
  if (/[\]\r\n]/.test(name)) throw new ModuleFailure(`'${name}' is no id of a repository`);
  if (state === "absent") return;
  if ([baseurl, metalink, mirrorlist].every((each) => each === undefined))
    throw new ModuleFailure("Parameter 'baseurl', 'metalink' or 'mirrorlist' is required.");
  if (description === undefined) throw new ModuleFailure("Parameter 'description' is required.");
}

/** What the file says of the repository, by name. */
export function repositoryOptions(args: RepositoryArgs): Map<string, string> {
  const values = Object.keys(OPTIONS).map((name) => [name, args[name as keyof typeof OPTIONS]] as const);
  return new Map(
    [...values, ["name", args.description] as const]
      .flatMap(([name, value]) => (value === undefined ? [] : [[name, optionText(name, value)] as const]))
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );
}

function optionText(name: string, value: boolean | string | readonly string[]): string {
  if (typeof value === "boolean") return value ? "1" : "0";
  if (typeof value === "string") return value.trim();
  return value.join(name === "baseurl" || name === "gpgkey" ? "\n" : " ");
}

async function settle(
  args: RepositoryArgs,
  context: ModuleContext,
): Promise<Pick<ModuleResult, "changed" | "diff">> {
  const dest = fileOf(args);
  const before = await readRemote(context, dest);
  if (!before) await checkDirectory(args.reposdir, context);
  const old = before?.content.toString("utf8") ?? "";
  const text =
    args.state === "present"
      ? withRepository(old, args.name, repositoryOptions(args))
      : withoutRepository(old, args.name);
  if (text === undefined) return { changed: true, ...(await remove(dest, old, context)) };
  if (!before && text === "") return { changed: false };
  const content = text === old && before ? before.content : Buffer.from(text);
  const settled = await settleContent(context, { path: dest, content, before, attributes: args });
  return { changed: settled.changed, ...(settled.diff && { diff: hushed(settled.diff) }) };
}

const DIRECTORY = `${HOME}
[ -d "$1" ]`;

async function checkDirectory(directory: string, context: ModuleContext): Promise<void> {
  const { code } = await context.ask({ ...script("repositories", DIRECTORY, [directory]), readOnly: true });
  if (code !== 0) throw new ModuleFailure(`Repo directory '${directory}' does not exist.`);
}

async function remove(dest: string, old: string, context: ModuleContext): Promise<{ diff?: Diff }> {
  const { code, stderr } = await context.act(script("remove", `${HOME}\nrm -f -- "$1"`, [dest]));
  if (code !== 0) throw new ModuleFailure(`cannot remove ${dest}: ${lastLine(stderr, code)}`);
  if (!context.diff) return {};
  return { diff: hushed({ before: old, after: "", before_header: dest, after_header: "/dev/null" }) };
}

/** Without passwords: those that were there before are nobody's to see either. */
function hushed(diff: Diff): Diff {
  const hush = (text = "") =>
    text.replace(/^(\s*(?:proxy_)?password\s*[=:]).*(?:\n[ \t].*)*/gim, "$1 ********");
  return { ...diff, before: hush(diff.before), after: hush(diff.after) };
}
