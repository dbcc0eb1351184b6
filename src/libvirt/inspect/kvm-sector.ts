/** QEMU's exit status after the sector ran: isa-debug-exit makes 2n + 1 of the byte n. */
export const PROBE_EXIT = 0x21;

const SECTOR_BYTES = 512;

/** A boot sector that does nothing but write 0x10 to port 0xf4, where QEMU's isa-debug-exit ends it. */
export function bootSector(): Uint8Array {
  const sector = new Uint8Array(SECTOR_BYTES);
  sector.set([
    ...[0xba, 0xf4, 0x00], // mov dx, 0xf4
    ...[0xb0, 0x10], //       mov al, 0x10
    0xee, //                  out dx, al
    0xf4, //                  hlt
    ...[0xeb, 0xfd], //       jmp to the hlt
  ]);
  sector.set([0x55, 0xaa], SECTOR_BYTES - 2); // what makes the BIOS start it
  return sector;
}
