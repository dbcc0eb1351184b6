import { z } from "zod";
import { bool, path, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module, ModuleContext, ModuleResult } from "../module/module.js";
import { askApt } from "../packages/apt-place.js";
import { fetchedKey, keyAddress } from "../packages/fetched-key.js";
import { dearmored, fingerprints, isArmored, isKey, keyId } from "../packages/openpgp.js";
import { readRemote, settleContent } from "../remote/content.js";

const Args = z.strictObject({
  data: text().optional().describe("the key, armored"),
  file: path().optional().describe("a file on the machine that holds it"),
  url: text().optional().describe("where the machine fetches it from"),
  keyserver: text()
    .optional()
    .describe("a server of keys that has it: a host, `hkp://host`, `hkps://host:443`"),
  validate_certs: bool().default(true).describe("check the server's certificate"),
  id: text().optional().describe("the key's id: 8, 16 or all 40 digits; the key must have it"),
  keyring: path().optional().describe("the file that holds it; made of its fingerprint otherwise"),
  state: z.enum(["present", "absent"]).default("present").describe("whether apt trusts it"),
});
type AptKey = z.infer<typeof Args>;

/** A file that apt takes keys from. */
interface Keyring {
  readonly path: string;
  readonly keys: ReturnType<typeof fingerprints>;
}

const LIST = `ring=$1
for each in \${ring:-/etc/apt/trusted.gpg /etc/apt/trusted.gpg.d/*.gpg /etc/apt/trusted.gpg.d/*.asc}; do
  if [ -f "$each" ]; then printf '%s\\n' "$each"; base64 <"$each" | tr -d '\\n'; echo; fi
done
exit 0`;

/** Keys that apt trusts. */
export const aptKey: Module<AptKey> = {
  name: "apt_key",
  summary: "Sees to a key that apt trusts, as a file in trusted.gpg.d.",
  args: Args,
  differs: [
    "A key is a file of its own in trusted.gpg.d; of a file with several keys none is removed.",
    "A server of keys is asked over HTTP by get_url's means: no gpg is needed on the machine.",
  ],
  async run(args, context) {
    const id = idOf(args);
    const rings = await keyrings(args.keyring, context);
    const holders = id === undefined ? [] : rings.filter(({ keys }) => keys.some((key) => isKey(key, id)));
    if (args.state === "absent") return remove(id ?? "", holders, context);
    if (holders.length > 0) return { changed: false, id, key_id: id, keyring: holders[0]?.path };
    const content = await given(args, id, context);
    // A check fetches nothing: then the key is taken to be new.
    if (content === undefined) return { changed: true, id: id ?? null };
    return add(args, id, content, rings, context);
  },
};

function idOf({ id, data, file, url, keyserver, state }: AptKey): string | undefined {
  const found = id === undefined ? undefined : keyId(id);
  if (id !== undefined && found === undefined)
    throw new ModuleFailure(`'${id}' is no id of a key: 8, 16 or 40 hexadecimal digits`);
  if (state === "absent" && id === undefined)
    throw new ModuleFailure("apt_key needs the id of the key to remove");
  const sources = [data, file, url, keyserver].filter((each) => each !== undefined).length;
  if (sources > 1) throw new ModuleFailure("apt_key takes one of data, file, url and keyserver");
  if (state === "present" && sources === 0)
    throw new ModuleFailure("apt_key needs data, file, url or keyserver");
  if (keyserver !== undefined && id === undefined)
    throw new ModuleFailure("keyserver needs the id of the key");
  return found;
}

async function keyrings(ring: string | undefined, context: ModuleContext): Promise<Keyring[]> {
  const stdout = await askApt("apt-keys", LIST, [ring ?? ""], context);
  const lines = stdout.split("\n");
  return lines.flatMap((path, at) =>
    at % 2 === 0 && path !== ""
      ? [{ path, keys: fingerprints(Buffer.from(lines[at + 1] ?? "", "base64")) }]
      : [],
  );
}

async function remove(
  id: string,
  holders: readonly Keyring[],
  context: ModuleContext,
): Promise<ModuleResult> {
  const shared = holders.find(({ keys }) => keys.length > 1);
  if (shared) throw new ModuleFailure(`${shared.path} holds other keys besides ${id}: remove it with gpg`);
  for (const { path } of holders) {
    const { code, stderr } = await context.act({ argv: ["rm", "-f", "--", path] });
    if (code !== 0) throw new ModuleFailure(`cannot remove ${path}: ${stderr.trim()}`);
  }
  return { changed: holders.length > 0, id, key_id: id };
}

async function add(
  { keyring }: AptKey,
  id: string | undefined,
  content: Buffer,
  rings: readonly Keyring[],
  context: ModuleContext,
): Promise<ModuleResult> {
  const keys = fingerprints(content);
  const [first] = keys;
  if (!first) throw new ModuleFailure("apt_key: what was given is no public key");
  if (id !== undefined && !keys.some((key) => isKey(key, id)))
    throw new ModuleFailure(`apt_key: the key is ${first.key}, not ${id}`);
  const fields = { id: id ?? null, key_id: id ?? first.key, fp: first.key };
  const has = (ring: Keyring) => keys.every(({ key }) => ring.keys.some((each) => each.key === key));
  const there = rings.find(has);
  if (there) return { changed: false, ...fields, keyring: there.path };
  // apt tells the kind of a file by its ending.
  const dest = keyring ?? `/etc/apt/trusted.gpg.d/${first.key}.${isArmored(content) ? "asc" : "gpg"}`;
  const before = await readRemote(context, dest);
  const kept = before ? [dearmored(before.content)] : [];
  const all =
    dest.endsWith(".asc") && kept.length === 0 ? content : Buffer.concat([...kept, dearmored(content)]);
  if (dest.endsWith(".asc") && !isArmored(all))
    throw new ModuleFailure(`${dest} must end with .gpg for this key`);
  const attributes = { mode: "0644" };
  const settled = await settleContent(context, { path: dest, content: all, before, attributes });
  return { changed: settled.changed, ...fields, keyring: dest };
}

/** The key; nothing when it would have to be fetched in a check. */
async function given(
  { data, file, url, keyserver, validate_certs }: AptKey,
  id: string | undefined,
  context: ModuleContext,
): Promise<Buffer | undefined> {
  if (data !== undefined) return Buffer.from(data);
  if (keyserver !== undefined) return fetchedKey(keyAddress(keyserver, id ?? ""), validate_certs, context);
  if (file === undefined) return fetchedKey(url ?? "", validate_certs, context);
  const content = (await readRemote(context, file))?.content;
  if (!content) throw new ModuleFailure(`cannot read ${file}`);
  return content;
}
