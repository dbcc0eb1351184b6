import { ImageError } from "../../errors.js";
import { failPoint } from "../../fail-point.js";
import { plainText } from "../../transport/plain-text.js";
import type { Shell } from "../../transport/shell.js";
import type { StoredImage } from "../layout/store-layout.js";
import { growPartition } from "../partition/grow-partition.js";
import { headCommand, parseHead } from "../partition/head-command.js";
import type { DiskWrite } from "../partition/sectors.js";

/** The size of a VM's disk, and the partition that fills it. */
export interface DiskRoom {
  readonly sizeBytes?: number | undefined;
  readonly partitionNumber?: number | undefined;
}

/**
 * What a disk of a VM differs in from its image: nothing, or its partition table, once it is larger and a partition was named.
 * @throws ImageError when the table cannot be read, or that partition cannot grow.
 */
export async function grownTable(
  shell: Shell,
  image: StoredImage,
  { sizeBytes, partitionNumber }: DiskRoom,
  signal?: AbortSignal,
): Promise<readonly DiskWrite[]> {
  if (partitionNumber === undefined || sizeBytes === undefined || sizeBytes <= image.virtualSizeBytes)
    return [];
  failPoint("image/grow");
  const { code, stdout, stderr } = await shell.run(headCommand(image), { signal });
  const head = code === 0 ? parseHead(stdout) : undefined;
  if (!head)
    throw new ImageError(
      `cannot read the partition table of ${image.path} on '${shell.name}': ${plainText(stderr) || `exit ${code}`}`,
      code === 127 ? { hint: "install qemu-utils (Debian) or qemu-img (Fedora, Arch) there" } : {},
    );
  const growth = growPartition({ head, diskBytes: sizeBytes, partition: partitionNumber });
  if ("writes" in growth) return growth.writes;
  throw new ImageError(`cannot let partition ${partitionNumber} fill the disk: ${growth.refused}`, {
    hint: growth.hint,
  });
}
