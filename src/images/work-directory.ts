import { ImageError } from "../errors.js";
import type { Command } from "../transport/shell.js";
import { expectSuccess, type Job } from "./fetch/job.js";
import type { Transfer } from "./fetch/transfer.js";
import type { StoredImage } from "./layout/store-layout.js";

// The callback may write to its file: it is a copy, one file, and as large as the disk is to be.
const FILL = `
directory=$1 name=$2 image=$3 format=$4 leaf=$5
umask 077
mkdir -- "$directory" || exit 1
[ -n "$name" ] || exit 0
mkdir -p -- "$(dirname -- "$directory/$name")" || exit 1
if [ -n "$leaf" ]; then qemu-img convert -q -W -m 8 -f qcow2 -O qcow2 -- "$leaf" "$directory/$name" && rm -f -- "$leaf"
else cp --reflink=auto --sparse=auto -- "$image" "$directory/$name" && chmod u+w -- "$directory/$name"; fi`;

/** Makes a directory for a callback, with a copy of an image in it. @param leaf an overlay of it to copy instead, and to remove */
export const fillCommand = (
  directory: string,
  given:
    | { readonly name: string; readonly image: StoredImage; readonly leaf?: string | undefined }
    | undefined,
): Command => ({
  argv: [
    ...(["sh", "-c", FILL, "farm-fill", directory] as const),
    ...(given ? [given.name, given.image.path, given.image.format, given.leaf ?? ""] : ["", "", "", ""]),
  ],
  timeoutMs: 2 * 3600_000,
});

// A file that a task made as root is not this user's to give away: it is copied. A link could lead to anything.
const TAKE = `
file=$1/$2
[ -f "$file" ] && [ ! -L "$file" ] || { echo none; exit 0; }
if [ -O "$file" ]; then mv -f -- "$file" "$3"; else umask 077; cp --sparse=auto -- "$file" "$3"; fi || exit 1
chmod 0600 -- "$3" && rm -rf -- "$1" || exit 1
stat -c %s -- "$3"
head -c 128 -- "$3" | od -An -v -tx1 | tr -d ' \\n'`;

const takeCommand = (directory: string, name: string, part: string): Command => ({
  argv: ["sh", "-c", TAKE, "farm-take", directory, name, part],
  timeoutMs: 2 * 3600_000,
});

/** What a callback has made becomes a partial file of the store, and its directory goes. @throws ImageError when there is nothing */
export async function takeMade(
  job: Pick<Job, "shell" | "signal" | "source" | "host">,
  directory: string,
  name: string,
  part: string,
): Promise<Pick<Transfer, "bytes" | "magic" | "headers">> {
  const stdout = await expectSuccess(job, takeCommand(directory, name, part), "take over");
  const [bytes = "", magic = ""] = stdout.split("\n");
  if (bytes === "none")
    throw new ImageError(`the callback ${job.source} made no file '${name}' on '${job.host.name}'`, {
      hint: "it is to write to {{ (vm.metadata.tmp_dir, task.dest) | path_join }}",
    });
  return { bytes: Number(bytes), magic: Buffer.from(magic, "hex"), headers: {} };
}
