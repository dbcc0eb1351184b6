import { z } from "zod";
import { int, path, seconds, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module, ModuleContext } from "../module/module.js";
import { script } from "../remote/script.js";
import { lastLine } from "../remote/status.js";
import { attemptMs, isGone } from "../waiting/gone.js";

const Args = z.strictObject({
  reboot_timeout: seconds().default(600).describe("seconds in which the machine must be back"),
  pre_reboot_delay: int().default(0).describe("seconds before it goes down"),
  post_reboot_delay: int().default(0).describe("seconds after it came back"),
  connect_timeout: seconds()
    .optional()
    .describe("seconds that one attempt to log in may take; all that are left otherwise"),
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
type RebootArgs = z.infer<typeof Args>;

const REBOOT = `PATH=$PATH:$1; export PATH
if [ "$2" ]; then eval "$2"; elif command -v shutdown >/dev/null; then shutdown -r now "$3" || reboot; else reboot; fi`;

/** The answer to the command may be lost, as the machine goes down; one that does not come has been given. */
const COMMAND_MS = 60_000;
const LOOK_MS = 30_000;
const PAUSE_MS = 2_000;

/** Starts the machine anew. */
export const reboot: Module<RebootArgs> = {
  name: "reboot",
  summary: "Reboots the machine and waits until it can be worked on again.",
  args: Args,
  differs: [
    "It is back when its boot id has changed and test_command succeeds.",
    "reboot_timeout counts from the command, and anew for test_command.",
  ],
  async run(args, context) {
    if (!context.connection)
      throw new ModuleFailure("this machine cannot be rebooted: farm has no way to connect to it anew");
    const { clock, signal } = context;
    const before = await bootId(args.boot_time_command, context);
    if (context.check) return { changed: true, rebooted: true, elapsed: 0 };
    await clock.sleep(args.pre_reboot_delay * 1000, signal);
    const start = clock.now();
    const elapsed = () => Math.floor((clock.now() - start) / 1000);
    await goDown(args, context);
    await back(args, before, elapsed, context);
    await clock.sleep(args.post_reboot_delay * 1000, signal);
    await test(args, elapsed, context);
    return { changed: true, rebooted: true, elapsed: elapsed() };
  },
};

/** @throws ModuleFailure when the command fails, e.g. as the user may not */
async function goDown(args: RebootArgs, context: ModuleContext): Promise<void> {
  const given = [args.search_paths.join(":"), args.reboot_command ?? "", args.msg];
  try {
    const { code, stdout, stderr } = await context.act(
      script("reboot", REBOOT, given, { timeoutMs: COMMAND_MS }),
    );
    if (code !== 0)
      throw new ModuleFailure(`Reboot command failed: ${lastLine(stderr, code)}`, {
        rebooted: false,
        elapsed: 0,
        rc: code,
        stdout,
        stderr,
      });
  } catch (error) {
    if (error instanceof ModuleFailure || !isGone(error)) throw error;
  }
}

async function bootId(command: string, context: ModuleContext): Promise<string> {
  const { code, stdout, stderr } = await context.ask(
    script("boot-id", command, [], { readOnly: true, timeoutMs: LOOK_MS }),
  );
  if (code !== 0)
    throw new ModuleFailure(`cannot tell when the machine was started: ${lastLine(stderr, code)}`);
  return stdout.trim();
}

/** Until the machine has another boot id. @throws ModuleFailure when the time is over */
async function back(
  { boot_time_command: command, reboot_timeout: timeout, connect_timeout }: RebootArgs,
  before: string,
  elapsed: () => number,
  context: ModuleContext,
): Promise<void> {
  const { clock, connection, signal } = context;
  const end = clock.now() + timeout * 1000;
  let reason = "its boot id is the same, it did not go down";
  while (clock.now() < end) {
    await clock.sleep(Math.min(PAUSE_MS, end - clock.now()), signal);
    try {
      await connection?.renew(attemptMs(Math.max(1_000, end - clock.now()), connect_timeout));
      if ((await bootId(command, context)) !== before) return;
    } catch (error) {
      if (!isGone(error)) throw error;
      reason = error.message;
    }
  }
  throw new ModuleFailure(`Timed out waiting for last boot time check (timeout=${timeout}): ${reason}`, {
    rebooted: false,
    elapsed: elapsed(),
  });
}

/** Until the test command succeeds. @throws ModuleFailure when the time is over */
async function test(
  { test_command: command, reboot_timeout: timeout, connect_timeout }: RebootArgs,
  elapsed: () => number,
  context: ModuleContext,
): Promise<void> {
  const { clock, connection, signal } = context;
  const end = clock.now() + timeout * 1000;
  for (;;) {
    const left = Math.max(1_000, end - clock.now());
    let reason: string;
    try {
      const { code, stderr } = await context.ask(
        script("test", command, [], { readOnly: true, timeoutMs: left }),
      );
      if (code === 0) return;
      reason = lastLine(stderr, code);
    } catch (error) {
      if (!isGone(error)) throw error;
      reason = error.message;
      await connection?.renew(attemptMs(left, connect_timeout));
    }
    if (clock.now() >= end)
      throw new ModuleFailure(
        `Timed out waiting for post-reboot test command (timeout=${timeout}): ${command}: ${reason}`,
        { rebooted: true, elapsed: elapsed() },
      );
    await clock.sleep(Math.min(1_000, end - clock.now()), signal);
  }
}
