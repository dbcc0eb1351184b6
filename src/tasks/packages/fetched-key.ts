import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext } from "../module/module.js";
import { getUrl } from "../modules/get-url.js";
import { readRemote } from "../remote/content.js";

/** A key of apt's from the web, by way of the machine; undefined in a check, which fetches nothing. @throws ModuleFailure */
export async function fetchedKey(
  url: string,
  validate_certs: boolean,
  context: ModuleContext,
): Promise<Buffer | undefined> {
  if (context.check) return undefined;
  const { stdout } = await context.act({ argv: ["mktemp"] });
  const dest = stdout.trim();
  try {
    await getUrl.run(getUrl.args.parse({ url, dest, validate_certs, force: true }) as never, context);
    const content = (await readRemote(context, dest))?.content;
    if (!content) throw new ModuleFailure(`cannot read ${dest}`);
    return content;
  } finally {
    await context.act({ argv: ["rm", "-f", "--", dest] });
  }
}

/** Where a server of keys answers for one. @param server a host, or `hkp://host`, `hkps://host`, `http://host:80` @throws ModuleFailure */
export function keyAddress(server: string, id: string): string {
  const [, scheme = "hkp", host = "", port] =
    /^(?:(hkps?|https?):\/\/)?([\w.-]+|\[[\da-fA-F:]+\])(?::(\d+))?\/?$/.exec(server) ?? [];
  if (host === "") throw new ModuleFailure(`keyserver: '${server}' is no server of keys`);
  const isSecure = scheme === "hkps" || scheme === "https";
  const own = port ?? (scheme === "hkp" ? "11371" : undefined);
  return `${isSecure ? "https" : "http"}://${host}${own === undefined ? "" : `:${own}`}/pks/lookup?op=get&options=mr&search=0x${id}`;
}
