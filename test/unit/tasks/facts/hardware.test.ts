import { describe, expect, it } from "vitest";
import { parseFacts } from "../../../../src/tasks/facts/parse-facts.js";
import { machineOutput } from "./machine-output.js";

const cpu = (fields: Readonly<Record<string, string | number>>) =>
  `${Object.entries(fields)
    .map(([key, value]) => `${key}\t: ${value}`)
    .join("\n")}\n\n`;

const factsOf = (cpuinfo: string, arch = "x86_64", status = "") =>
  parseFacts(
    machineOutput({
      files: { "/proc/cpuinfo": cpuinfo, "/proc/sys/kernel/arch": arch, "/proc/self/status": status },
    }),
  );

describe("processor facts", () => {
  const thread = (number: number, socket: number) =>
    cpu({
      processor: number,
      vendor_id: "GenuineIntel",
      "model name": "Xeon",
      "physical id": socket,
      siblings: 4,
      "core id": 0,
      "cpu cores": 2,
    });

  it("count sockets, cores and threads", () => {
    const all = [0, 1, 2, 3, 4, 5, 6, 7].map((number) => thread(number, number % 2)).join("");
    const facts = factsOf(all, "x86_64", "Cpus_allowed_list:\t0-2,6\n");
    expect(facts).toMatchObject({
      processor_count: 2,
      processor_cores: 2,
      processor_threads_per_core: 2,
      processor_vcpus: 8,
      processor_nproc: 4,
    });
    expect(facts.processor).toHaveLength(24);
    expect(facts.processor?.slice(3, 6)).toEqual(["1", "GenuineIntel", "Xeon"]);
  });

  it("count a model once where the kernel knows no sockets", () => {
    const facts = factsOf(cpu({ processor: 0, vendor_id: "x", "model name": "y" }).repeat(2));
    expect(facts).toMatchObject({
      processor_count: 2,
      processor_cores: 1,
      processor_vcpus: 2,
      processor_nproc: 2,
    });
  });

  it("count what an ARM kernel numbers, not what it describes", () => {
    const facts = factsOf(`Processor\t: ARMv7\n${cpu({ processor: 0 })}${cpu({ processor: 1 })}`, "armv7l");
    expect(facts).toMatchObject({ processor: ["ARMv7", "0", "1"], processor_count: 2 });
  });

  it("are missing without /proc/cpuinfo", () => {
    expect(factsOf("")).not.toHaveProperty("processor_count");
  });
});

describe("architecture", () => {
  it.each([
    ["i686", "i386"],
    ["i586", "i386"],
    ["x86_64", "x86_64"],
    ["aarch64", "aarch64"],
    ["armv7l", "armv7l"],
    ["riscv64", "riscv64"],
  ])("of a machine %s is %s", (machine, architecture) => {
    expect(factsOf("", machine)).toMatchObject({ machine, architecture });
  });

  it("of programs may be of 32 bits under a kernel of 64", () => {
    const stat = `7 (a) b) R ${"1 ".repeat(24)}4294959104 0 0`;
    const files = { "/proc/sys/kernel/arch": "x86_64", "/proc/self/stat": stat };
    expect(parseFacts(machineOutput({ files }))).toMatchObject({
      architecture: "x86_64",
      userspace_bits: "32",
      userspace_architecture: "i386",
    });
  });
});

describe("memory facts", () => {
  it("are whole MiB, rounded down one by one", () => {
    const lines = [
      "MemTotal: 2047 kB",
      "MemFree: 1025 kB",
      "Buffers: 1 kB",
      "Cached: 1023 kB",
      "SwapTotal: 0 kB",
    ];
    const facts = parseFacts(machineOutput({ files: { "/proc/meminfo": lines.join("\n") } }));
    expect(facts.memory_mb).toEqual({
      real: { total: 1, used: 0, free: 1 },
      nocache: { free: 1, used: 0 },
      swap: { total: 0 },
    });
    expect(facts).toMatchObject({ memtotal_mb: 1, memfree_mb: 1, swaptotal_mb: 0 });
    expect(facts).not.toHaveProperty("swapfree_mb");
  });
});

describe("kernel facts", () => {
  const cmdline = (text: string) => {
    const facts = parseFacts(machineOutput({ files: { "/proc/cmdline": text } }));
    return [facts.cmdline, facts.proc_cmdline];
  };

  it("take the command line apart, the last of a word or all of them", () => {
    expect(cmdline("quiet console=tty0 console=ttyS0 a=b=c\n")).toEqual([
      { quiet: true, console: "ttyS0", a: "b=c" },
      { quiet: true, console: ["tty0", "ttyS0"], a: "b=c" },
    ]);
  });

  it("keep a quoted text one word, quotes included", () => {
    expect(cmdline("\"a b\" x='y z'\n")[0]).toEqual({ '"a b"': true, x: "'y", "z'": true });
    expect(cmdline('ro "never ends\n')).toEqual([{}, {}]);
  });
});
