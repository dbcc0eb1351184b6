import type { Command } from "../../transport/shell.js";
import type { ImageFormat } from "../recipe/callbacks.js";
import type { Digest } from "../recipe/checksum.js";

export interface VerifyQuestion {
  readonly path: string;
  readonly format: ImageFormat;
  /** When it is another, qemu-img does not see the file. */
  readonly digest?: Digest | undefined;
  /** The file that it was copied from, or itself when it is used in place. */
  readonly file?: string | undefined;
}

export interface Verification {
  readonly sha256: string;
  readonly sha512: string | undefined;
  readonly sizeBytes: number;
  /** Exit status of `qemu-img check`; undefined when the digest was wrong already. */
  readonly check: number | undefined;
  /** What `qemu-img info` printed. */
  readonly info: string;
  readonly fileKey: string | undefined;
}

// Both digests read the file at the same time, so that the disk is read once. A crafted image may make qemu-img
// eat memory and time: it gets limits of both. -U: the image may be in use. openssl uses the processor's own
// instructions, and is four times as fast where coreutils were built without it.
const SCRIPT = `
path=$1 format=$2 algorithm=$3 wanted=$4 file=$5
sum() { openssl dgst "-sha$1" -r <"$path" 2>/dev/null || "sha$1sum" <"$path"; }
if [ "$algorithm" = sha512 ]; then
  both=$({ sum 512 & sum 256; wait; }) || exit 1
else
  both=$(sum 256) || exit 1
fi
printf '%s\\n' "$both" | sed -n 's/^\\([0-9a-f]\\{64\\}\\) .*/sha256 \\1/p; s/^\\([0-9a-f]\\{128\\}\\) .*/sha512 \\1/p'
printf 'size %s\\n' "$(stat -L -c %s -- "$path")"
[ -z "$file" ] || printf 'file %s\\n' "$(stat -L -c '%s %.9Y %i' -- "$file")"
case $both in *"$wanted"*) ;; *) exit 0 ;; esac
if [ "$format" = qcow2 ]; then
  ( ulimit -v 4194304; ulimit -t 600; exec qemu-img check -U -q -f qcow2 "$path" ) >/dev/null 2>&1
  printf 'check %s\\n' "$?"
else
  echo 'check 0'
fi
echo info
( ulimit -v 1048576; ulimit -t 30; exec qemu-img info -U --output=json -f "$format" "$path" ) 2>&1
exit 0
`;

export const verifyCommand = ({ path, format, digest, file = "" }: VerifyQuestion): Command => ({
  argv: ["sh", "-c", SCRIPT, "farm-verify", path, format, digest?.algorithm ?? "", digest?.hex ?? "", file],
  env: { LC_ALL: "C" },
  readOnly: true,
  timeoutMs: 3600_000,
});

/** Undefined when the output is not what the script prints. */
export function parseVerification(stdout: string): Verification | undefined {
  const [head = "", info = ""] = stdout.split(/^info\n/m, 2);
  const value = (key: string): string | undefined => new RegExp(`^${key} (.+)$`, "m").exec(head)?.[1];
  const sha256 = value("sha256");
  const sizeBytes = Number(value("size"));
  if (sha256 === undefined || !Number.isSafeInteger(sizeBytes)) return undefined;
  const check = value("check");
  return {
    sha256,
    sha512: value("sha512"),
    sizeBytes,
    check: check === undefined ? undefined : Number(check),
    info,
    fileKey: value("file"),
  };
}
