import { describe, expect, it } from "vitest";
import type { OpenForward } from "../../../../src/libvirt/domain/passt.js";
import { virshError } from "../../../../src/libvirt/virsh-error.js";
import { opened, withFreePorts } from "../../../../src/provision/guest/passt-ports.js";
import { type ScriptedStep, scriptedShell } from "../../../fakes/scripted-shell.js";

const SSH = { guest: 22, protocol: "tcp", address: "127.0.0.1" } as const;
const WEB = { guest: 80, protocol: "tcp", address: "127.0.0.1" } as const;
const ASK: ScriptedStep = [/^sh -c cat \/proc\/sys\/net\/ipv4\/ip_local_port_range/, "32768 60999\n"];

/** As libvirt 11.3 and passt say it. */
const taken = (port: number) =>
  virshError("start the VM", "nb", {
    code: 1,
    stdout: "",
    stderr: `error: Failed to start domain 'x'
error: internal error: Child process (passt --one-off --socket /run/p.socket --tcp-ports 127.0.0.1/${port}:22) unexpected exit status 1: Failed to bind port ${port} (Address already in use) for option '-t 127.0.0.1/${port}:22'`,
  });

/** Starts what refuses as often as told. */
async function start(steps: ScriptedStep[], ports: Parameters<typeof withFreePorts>[1], refusals: number) {
  const shell = scriptedShell(steps);
  const given: (readonly OpenForward[])[] = [];
  await withFreePorts(shell, ports, async (forwards) => {
    given.push(forwards);
    if (given.length <= refusals) throw taken(forwards[0]?.host ?? 0);
  });
  shell.done();
  return given;
}

describe("withFreePorts", () => {
  it("picks ports that are free, and takes those that the user named", async () => {
    const [forwards = []] = await start([ASK], { wanted: [SSH, { ...WEB, host: 8080 }], before: [] }, 0);
    expect(forwards[0]).toEqual({ ...SSH, host: expect.any(Number) });
    expect(forwards[1]).toEqual({ ...WEB, host: 8080 });
  });

  it("keeps what there was before, and need not ask then", async () => {
    const before = [{ ...SSH, host: 61_022 }];
    expect(await start([], { wanted: [SSH], before }, 0)).toEqual([before]);
  });

  it("takes another one when somebody was faster, and leaves the others", async () => {
    const before = [SSH, WEB].map((forward) => ({ ...forward, host: 61_000 + forward.guest }));
    const [first = [], second = []] = await start([ASK], { wanted: [SSH, WEB], before }, 1);
    expect(first).toEqual(before);
    expect(second[0]?.host).not.toBe(61_022);
    expect(second[1]).toEqual(before[1]);
  });

  it("does not try for ever", async () => {
    await expect(start([ASK, ASK, ASK, ASK, ASK], { wanted: [SSH], before: [] }, 99)).rejects.toThrow(
      /Failed to bind port/,
    );
  });

  it("cannot take another one than the user named", async () => {
    const wanted = [{ ...SSH, host: 8022 }];
    await expect(start([], { wanted, before: [] }, 1)).rejects.toMatchObject({
      kind: "taken",
      hint: expect.stringContaining("another program listens there"),
    });
  });

  it("leaves other failures to the caller", async () => {
    const shell = scriptedShell([ASK]);
    const failing = withFreePorts(shell, { wanted: [SSH], before: [] }, () =>
      Promise.reject(new Error("no")),
    );
    await expect(failing).rejects.toThrow("no");
  });
});

describe("opened", () => {
  it("finds what was asked for among all that passt has", () => {
    const all = [
      { ...SSH, host: 1 },
      { ...WEB, host: 2 },
      { ...WEB, host: 3 },
    ];
    expect(opened([{ ...WEB, host: 3 }, WEB, { ...WEB, guest: 81 }], all)).toEqual([all[2], all[1]]);
  });
});
