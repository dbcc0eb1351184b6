import type { Command } from "../../transport/shell.js";
import type { StoredImage } from "../layout/store-layout.js";
import { HEAD_BYTES } from "./sectors.js";

// qemu-io's own language has no quoting that holds for every path, so that the image is an argument of the program.
const SCRIPT = `
command -v qemu-io >/dev/null || { echo 'there is no qemu-io' >&2; exit 127; }
exec qemu-io -r -U -f "$1" -c "read -v 0 $3" "$2"
`;

/** Prints the first bytes of a disk, read through its format. */
export const headCommand = ({ path, format, virtualSizeBytes }: StoredImage): Command => ({
  argv: ["sh", "-c", SCRIPT, "farm-head", format, path, String(Math.min(HEAD_BYTES, virtualSizeBytes))],
  env: { LC_ALL: "C" },
  readOnly: true,
  timeoutMs: 60_000,
});

/** The bytes of qemu-io's dump; undefined when it is none, or has a gap. */
export function parseHead(stdout: string): Buffer | undefined {
  const rows = [...stdout.matchAll(/^([0-9a-f]{8,}): {2}((?:[0-9a-f]{2} )+)/gm)];
  let next = 0;
  const parts: Buffer[] = [];
  for (const [, offset = "", digits = ""] of rows) {
    if (Number.parseInt(offset, 16) !== next) return undefined;
    const bytes = Buffer.from(digits.replaceAll(" ", ""), "hex");
    parts.push(bytes);
    next += bytes.length;
  }
  return parts.length > 0 ? Buffer.concat(parts) : undefined;
}
