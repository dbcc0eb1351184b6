import { ImageError } from "../../errors.js";
import { failPoint } from "../../fail-point.js";
import { plainText } from "../../transport/plain-text.js";
import { formatSize } from "../../values/size.js";
import type { Job } from "../fetch/job.js";
import type { Transfer } from "../fetch/transfer.js";
import { displaySource } from "../recipe/source-url.js";
import { type ArchiveKind, archiveKind } from "./archive-kind.js";
import { chooseMember } from "./choose-member.js";
import { listCommand, parseList, parseUnpacked, unpackCommand } from "./unpack-command.js";

type File = Pick<Transfer, "bytes" | "magic" | "headers">;

const PACKAGES: Readonly<Record<string, string>> = { xz: "xz-utils (Debian) or xz" };

/** Unpacks the image in a fetched archive into another partial file. @throws ImageError */
export async function unpack(job: Job, archive: string, part: string, fetched: File): Promise<File> {
  const kind = archiveKind(fetched.magic);
  if (!kind) throw failure(job, "it is no archive", "leave the callback 'unarchive' out");
  job.report({ step: "unpack", done: 0 });
  const member = await memberOf(job, kind, archive);
  failPoint("image/unpack");
  const command = unpackCommand(kind, archive, member, part);
  const { code, stdout, stderr } = await job.shell.run(command, { signal: job.signal });
  const unpacked = parseUnpacked(stdout);
  if (!unpacked) throw ended(job, code, stderr);
  const { bytes, room, magic } = unpacked;
  if (bytes > room)
    throw failure(
      job,
      `it unpacks to more than the ${formatSize(room)} that are free`,
      "free some space on the hypervisor, or choose another libvirt_pool_dir",
    );
  if (unpacked.ended !== 0) throw ended(job, unpacked.ended, stderr);
  failPoint("image/unpack.");
  job.report({ step: "unpack", done: bytes, total: bytes });
  return { bytes, magic, headers: fetched.headers };
}

async function memberOf(job: Job, kind: ArchiveKind, archive: string): Promise<string> {
  const { code, stdout, stderr } = await job.shell.run(listCommand(kind, archive), { signal: job.signal });
  if (code !== 0) throw ended(job, code, stderr);
  const names = parseList(kind, stdout);
  if (names === "single") return "";
  const choice = chooseMember(names, job.recipe.unpack?.member);
  if ("refused" in choice) throw failure(job, choice.refused, choice.hint);
  return choice.member;
}

function ended(job: Job, code: number, stderr: string): ImageError {
  const tool = code === 127 ? /^missing (\w+)$/m.exec(stderr)?.[1] : undefined;
  if (tool === undefined) return failure(job, lastWords(stderr) || `exit ${code}`, undefined);
  return failure(job, `there is no ${tool}`, `install ${PACKAGES[tool] ?? tool} there`);
}

/** tar's very last line says only that there was one before it. */
const lastWords = (stderr: string): string =>
  plainText(
    stderr
      .trim()
      .split("\n")
      .findLast((line) => !/failure status|exiting now/.test(line)) ?? "",
  );

const failure = (job: Job, reason: string, hint: string | undefined): ImageError =>
  new ImageError(`cannot unpack ${displaySource(job.source)} on '${job.host.name}': ${reason}`, { hint });
