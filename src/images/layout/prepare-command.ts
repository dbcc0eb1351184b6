import { ConfigError, ImageError } from "../../errors.js";
import type { Command } from "../../transport/shell.js";
import { imagesDirectory } from "./store-layout.js";

/** What the store knows of its hypervisor. */
export interface StoreHost {
  readonly name: string;
  /** Absolute. */
  readonly home: string;
  readonly pool: string;
  readonly images: string;
  /** The first one there; undefined when there is neither. */
  readonly fetcher: "curl" | "wget" | undefined;
}

// The list of pools tells later runs where to look for restore points before they know any VM's definition.
// 0711 like libvirt's own: QEMU may run as another user and must pass through, nobody need list.
const SCRIPT = `
case $1 in '~') pool=$HOME ;; '~/'*) pool=$HOME/\${1#'~/'} ;; *) pool=$1 ;; esac
printf 'home %s\\npool %s\\n' "$HOME" "$pool"
for tool in curl wget flock qemu-img sha256sum sha512sum; do
  command -v "$tool" >/dev/null 2>&1 && printf 'tool %s\\n' "$tool"
done
umask 066
mkdir -p -- "$pool" &&
mkdir -p -- "$pool/farm/images/index" "$pool/farm/images/locks" &&
chmod 0711 -- "$pool/farm" "$pool/farm/images" || exit 1
pools=$HOME/.cache/farm/pools
[ "$2" = plain ] || grep -qxF -- "$pool" "$pools" 2>/dev/null || { mkdir -p -- "$HOME/.cache/farm" && printf '%s\\n' "$pool" >>"$pools"; }
exit 0
`;

const PACKAGES: Readonly<Record<string, string>> = {
  "qemu-img": "qemu-utils (Debian), qemu-img (Fedora, Arch)",
  flock: "util-linux",
  sha256sum: "coreutils",
  sha512sum: "coreutils",
};

/**
 * Makes the store's directories, and asks for home and tools in the same round trip.
 * @param plain it is no pool for VMs: it need not be found later, and holds files that are no images
 * @throws ConfigError for a pool directory that is neither absolute nor below `~/`.
 */
export function prepareCommand(poolDirectory: string, plain = false): Command {
  if (!/^(\/|~$|~\/)/.test(poolDirectory) || /\p{Cc}/u.test(poolDirectory))
    throw new ConfigError(`the pool directory ${JSON.stringify(poolDirectory)} is not usable`, {
      hint: "libvirt_pool_dir is a path that begins with / or ~/",
    });
  const pool = poolDirectory.length > 1 ? poolDirectory.replace(/\/+$/, "") : poolDirectory;
  const kind = plain ? "plain" : "pool";
  return { argv: ["sh", "-c", SCRIPT, "farm-prepare", pool, kind], timeoutMs: 60_000 };
}

/** @throws ImageError naming the package of a tool that is missing. */
export function parsePrepared(name: string, stdout: string, plain = false): StoreHost {
  const lines = stdout.split("\n");
  const value = (key: string): string =>
    lines.find((line) => line.startsWith(`${key} `))?.slice(key.length + 1) ?? "";
  const tools = new Set(lines.filter((line) => line.startsWith("tool ")).map((line) => line.slice(5)));
  const missing = Object.keys(PACKAGES).find((tool) => !tools.has(tool) && !(plain && tool === "qemu-img"));
  if (missing)
    throw new ImageError(`'${name}' has no ${missing}`, { hint: `install ${PACKAGES[missing]} there` });
  const pool = value("pool");
  if (!pool.startsWith("/"))
    throw new ImageError(`'${name}' does not say where the home directory is`, {
      hint: "set libvirt_pool_dir to an absolute path",
    });
  const fetcher = tools.has("curl") ? "curl" : tools.has("wget") ? "wget" : undefined;
  return { name, home: value("home"), pool, images: imagesDirectory(pool), fetcher };
}
