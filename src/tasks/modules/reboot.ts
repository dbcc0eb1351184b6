import { z } from "zod";
import { int, path, seconds, text } from "./arguments.js";
import { ModuleFailure } from "./failure.js";
import type { Module, ModuleContext } from "./module.js";

const Args = z.strictObject({
  reboot_timeout: seconds().default(600).describe("seconds in which the machine must be back"),
  pre_reboot_delay: int().default(0).describe("seconds before it goes down"),
  post_reboot_delay: int().default(0).describe("seconds after it came back"),
  connect_timeout: seconds().optional().describe("accepted"),
  test_command: text().default("true").describe("a shell line that must succeed when it is back"),
  boot_time_command: text()
    .default("cat /proc/sys/kernel/random/boot_id")
    .describe("what differs after a boot"),
  reboot_command: text().optional().describe("what reboots it"),
  search_paths: z
    .array(path())
    .default(["/sbin", "/bin", "/usr/sbin", "/usr/bin", "/usr/local/sbin"])
    .describe("where shutdown is looked for"),
  msg: text().default("Reboot initiated by farm").describe("what users are told"),
});

/** Goes down once the answer is on its way. */
const REBOOT =
  'sleep 1; PATH=$PATH:$1; export PATH; if [ "$2" ]; then eval "$2"; elif command -v shutdown >/dev/null; then shutdown -r now "$3" || reboot; else reboot; fi';
const BACKGROUND = `nohup sh -c "$1" reboot "$2" "$3" "$4" >/dev/null 2>&1 </dev/null & exit 0`;

/** Starts the machine anew. */
export const reboot: Module<z.infer<typeof Args>> = {
  name: "reboot",
  summary: "Reboots the machine and waits until it can be worked on again.",
  args: Args,
  differs: ["It is back when its boot id has changed and test_command succeeds."],
  async run(args, context) {
    if (!context.connection)
      throw new ModuleFailure("this machine cannot be rebooted: farm has no way to connect to it anew");
    const start = context.clock.now();
    const before = await bootId(args.boot_time_command, context);
    if (context.check) return { changed: true, rebooted: true, elapsed: 0 };
    await context.clock.sleep(args.pre_reboot_delay * 1000, context.signal);
    const argv = [
      "sh",
      "-c",
      BACKGROUND,
      "reboot",
      REBOOT,
      args.search_paths.join(":"),
      args.reboot_command ?? "",
      args.msg,
    ] as const;
    const { code, stderr } = await context.act({ argv });
    if (code !== 0) throw new ModuleFailure(`cannot reboot: ${stderr.trim()}`);
    const end = start + args.reboot_timeout * 1000;
    await back(args.boot_time_command, before, end, context);
    await context.clock.sleep(args.post_reboot_delay * 1000, context.signal);
    await test(args.test_command, end, context);
    return { changed: true, rebooted: true, elapsed: Math.round((context.clock.now() - start) / 1000) };
  },
};

async function bootId(command: string, context: ModuleContext): Promise<string> {
  const { code, stdout } = await context.ask({ argv: ["sh", "-c", command, "boot-id"], readOnly: true });
  if (code !== 0) throw new ModuleFailure("cannot tell when the machine was started");
  return stdout.trim();
}

async function back(command: string, before: string, end: number, context: ModuleContext): Promise<void> {
  const { clock, connection, signal } = context;
  while (clock.now() < end) {
    await clock.sleep(2_000, signal);
    await connection?.renew(Math.max(1_000, end - clock.now()));
    const now = await bootId(command, context).catch(() => before);
    if (now !== before) return;
  }
  throw new ModuleFailure("Timed out waiting for last boot time check", { rebooted: false });
}

async function test(command: string, end: number, context: ModuleContext): Promise<void> {
  for (;;) {
    const { code } = await context.ask({ argv: ["sh", "-c", command, "test"], readOnly: true });
    if (code === 0) return;
    if (context.clock.now() >= end)
      throw new ModuleFailure("Timed out waiting for post-reboot test command", { rebooted: true });
    await context.clock.sleep(1_000, context.signal);
  }
}
