/** Where the program is loaded: any multiple of the largest page will do. */
const BASE = 0x1000_0000;
const [HEADER, SEGMENT] = [64, 56];
const MACHINES = { x86_64: 62, aarch64: 183, riscv64: 243, ppc64le: 21 } as const;
/** Of ppc64le: its second ABI, where the entry is code. */
const FLAGS: Readonly<Partial<Record<keyof typeof MACHINES, number>>> = { ppc64le: 2 };

const words = (...instructions: number[]): Buffer => {
  const code = Buffer.alloc(4 * instructions.length);
  for (const [index, word] of instructions.entries()) code.writeUInt32LE(word, 4 * index);
  return code;
};

/** `exit(ioctl(0, RNDRESEEDCRNG, 0))`: that is 0x5207, on POWER 0x20005207. */
const CODE: Readonly<Record<keyof typeof MACHINES, Buffer>> = {
  // xor edi,edi; mov esi,0x5207; xor edx,edx; mov eax,16; syscall; mov edi,eax; mov eax,60; syscall
  x86_64: Buffer.from("31ffbe0752000031d2b8100000000f0589c7b83c0000000f05", "hex"),
  // mov x0,0; mov x1,0x5207; mov x2,0; mov x8,29; svc 0; mov x8,93; svc 0
  aarch64: words(0xd2800000, 0xd28a40e1, 0xd2800002, 0xd28003a8, 0xd4000001, 0xd2800ba8, 0xd4000001),
  // li a0,0; lui a1,5; addi a1,a1,0x207; li a2,0; li a7,29; ecall; li a7,93; ecall
  riscv64: words(
    ...[0x00000513, 0x000055b7, 0x20758593, 0x00000613, 0x01d00893, 0x00000073, 0x05d00893, 0x00000073],
  ),
  // li r3,0; lis r4,0x2000; ori r4,r4,0x5207; li r5,0; li r0,54; sc; li r0,1; sc
  ppc64le: words(
    ...[0x38600000, 0x3c802000, 0x60845207, 0x38a00000, 0x38000036, 0x44000002, 0x38000001, 0x44000002],
  ),
};

const isKnown = (arch: string): arch is keyof typeof MACHINES => Object.hasOwn(MACHINES, arch);

/**
 * A Linux program that makes the kernel draw a new key for its random numbers: its standard input is /dev/urandom, its exit status
 * is 0. There is no ordinary tool for it, and without it what is written to /dev/urandom waits a minute until it is used.
 * @returns undefined for an architecture that it is not written for
 */
export function reseedProgram(arch: string): Buffer | undefined {
  if (!isKnown(arch)) return undefined;
  const code = CODE[arch];
  const elf = Buffer.alloc(HEADER + SEGMENT);
  elf.write("\x7fELF\x02\x01\x01", "latin1"); // 64 bits, little-endian
  elf.writeUInt16LE(2, 16); // executable
  elf.writeUInt16LE(MACHINES[arch], 18);
  elf.writeUInt32LE(1, 20);
  elf.writeUInt32LE(BASE + HEADER + SEGMENT, 24); // entry
  elf.writeUInt32LE(HEADER, 32); // where the segments are described
  elf.writeUInt32LE(FLAGS[arch] ?? 0, 48);
  elf.writeUInt16LE(HEADER, 52);
  elf.writeUInt16LE(SEGMENT, 54);
  elf.writeUInt16LE(1, 56);
  elf.writeUInt32LE(1, HEADER); // to be loaded,
  elf.writeUInt32LE(5, HEADER + 4); // read and executed:
  elf.writeUInt32LE(BASE, HEADER + 16);
  elf.writeUInt32LE(BASE, HEADER + 24);
  elf.writeUInt32LE(elf.length + code.length, HEADER + 32); // the whole file
  elf.writeUInt32LE(elf.length + code.length, HEADER + 40);
  elf.writeUInt32LE(0x10000, HEADER + 48);
  return Buffer.concat([elf, code]);
}
