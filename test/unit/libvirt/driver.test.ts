import { describe, expect, it } from "vitest";
import type { Clock } from "../../../src/clock.js";
import { DeadlineError } from "../../../src/errors.js";
import { LibvirtDriver } from "../../../src/libvirt/driver.js";
import { type ScriptedStep, scriptedShell } from "../../fakes/scripted-shell.js";
import { UUID } from "./domain-input.js";

const V = "virsh -q -c qemu:///session";
const GONE = { code: 1, stderr: `error: failed to get domain '${UUID}'\n` };
const BUSY = { code: 1, stderr: "error: Timed out during operation: cannot acquire state change lock\n" };
const DOWN = { code: 1, stderr: "error: failed to connect to the hypervisor\n" };
const DUMP = `${V} dumpxml --domain ${UUID}`;
const DESTROY = `${V} destroy --domain ${UUID}`;
const UNDEFINE = `${V} undefine --domain ${UUID} --nvram --managed-save --snapshots-metadata`;
const STATE = `${V} domstate --reason --domain ${UUID}`;
const START = `${V} start --domain ${UUID}`;

const ours = ({ id = "", project = "demo", uuid = UUID } = {}) => `<domain type='qemu'${id && ` id='${id}'`}>
  <name>x</name>
  <uuid>${uuid}</uuid>
  <metadata>
    <farm:domain xmlns:farm="urn:farm:domain:1">
      <farm:project>${project}</farm:project><farm:vm>x</farm:vm><farm:run>r</farm:run><farm:directory>/d</farm:directory>
    </farm:domain>
  </metadata>
</domain>
`;
const FOREIGN = `<domain type='qemu' id='1'>\n  <name>yours</name>\n  <uuid>${UUID}</uuid>\n</domain>\n`;

function fakeClock(): Clock & { slept: number[] } {
  const slept: number[] = [];
  return {
    slept,
    now: () => slept.reduce((sum, ms) => sum + ms, 0),
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      slept.push(ms);
    },
  };
}

async function drive<T>(steps: ScriptedStep[], act: (driver: LibvirtDriver) => Promise<T>) {
  const shell = scriptedShell(steps, { name: "nb" });
  const clock = fakeClock();
  const result = await act(new LibvirtDriver(shell, { uri: "qemu:///session" }, clock)).then(
    (value) => ({ value, error: undefined }),
    (error: unknown) => ({ value: undefined, error }),
  );
  shell.done();
  return { ...result, clock };
}

describe("remove", () => {
  it("ends and undefines a running domain of ours", async () => {
    const steps: ScriptedStep[] = [
      [DUMP, ours({ id: "3" })],
      [DESTROY, ""],
      [UNDEFINE, ""],
    ];
    expect((await drive(steps, (driver) => driver.remove(UUID))).error).toBeUndefined();
  });

  it("only undefines one that is off", async () => {
    expect(
      (
        await drive(
          [
            [DUMP, ours()],
            [UNDEFINE, ""],
          ],
          (driver) => driver.remove(UUID),
        )
      ).error,
    ).toBeUndefined();
  });

  it.each<[string, ScriptedStep[]]>([
    ["at first", [[DUMP, GONE]]],
    [
      "before it is ended",
      [
        [DUMP, ours({ id: "3" })],
        [DESTROY, GONE],
        [UNDEFINE, GONE],
      ],
    ],
    [
      "before it is undefined",
      [
        [DUMP, ours()],
        [UNDEFINE, GONE],
      ],
    ],
  ])("takes it that the domain is gone %s", async (_, steps) => {
    expect((await drive(steps, (driver) => driver.remove(UUID))).error).toBeUndefined();
  });

  it("takes it that the guest ended by itself", async () => {
    const inactive = { code: 1, stderr: "error: Requested operation is not valid: domain is not running\n" };
    const steps: ScriptedStep[] = [
      [DUMP, ours({ id: "3" })],
      [DESTROY, inactive],
      [UNDEFINE, ""],
    ];
    expect((await drive(steps, (driver) => driver.remove(UUID))).error).toBeUndefined();
  });

  it.each([
    ["without our mark", FOREIGN, {}],
    ["of another project", ours({ id: "3", project: "other" }), { project: "demo" }],
    ["of another run", ours({ id: "3" }), { run: "r2" }],
  ])("leaves a domain alone that is %s", async (_, xml, claim) => {
    for (const act of ["remove", "destroy", "undefine"] as const) {
      const { error } = await drive([[DUMP, xml]], (driver) => driver[act](UUID, claim));
      expect(error).toMatchObject({ message: expect.stringContaining("not ours") });
    }
    if (xml === FOREIGN) {
      const { error } = await drive([[DUMP, xml]], (driver) => driver.shutdown(UUID));
      expect(error).toMatchObject({ message: expect.stringContaining("not ours") });
    }
  });

  it("does not take a domain that has our UUID for its name", async () => {
    const other = ours({ uuid: "22222222-2222-4222-8222-222222222222" });
    expect((await drive([[DUMP, other]], (driver) => driver.remove(UUID))).error).toBeUndefined();
  });
});

describe("retries", () => {
  it("tries what may pass again, and then gives up", async () => {
    expect(
      (
        await drive(
          [
            [START, BUSY],
            [START, ""],
          ],
          (driver) => driver.start(UUID),
        )
      ).error,
    ).toBeUndefined();
    const { error } = await drive(
      [
        [START, BUSY],
        [START, BUSY],
        [START, BUSY],
      ],
      (driver) => driver.start(UUID),
    );
    expect(error).toMatchObject({ kind: "transient" });
  });

  it("never tries again what cannot pass", async () => {
    const unknown = {
      code: 1,
      stderr: "error: Failed to start domain 'x'\nerror: internal error: Unknown CPU model foo\n",
    };
    const { error, clock } = await drive([[START, unknown]], (driver) => driver.start(UUID));
    expect(error).toMatchObject({
      kind: "permanent",
      message: expect.stringContaining("Unknown CPU model foo"),
    });
    expect(clock.slept).toEqual([]);
  });

  it("sees to a daemon when none answers", async () => {
    const steps: ScriptedStep[] = [
      [START, DOWN],
      [/^sh -c uri=\$1\n[\s\S]*ensure_daemon sh qemu:\/\/\/session$/, ""],
      [START, ""],
    ];
    expect((await drive(steps, (driver) => driver.start(UUID))).error).toBeUndefined();
  });

  it.each([
    ["virsh", { code: 137, stderr: "Killed\n" }],
    ["the daemon", { code: 1, stderr: "error: End of file while reading data: Input/output error\n" }],
  ])("begins again with a guest that was being started when %s died", async (_, died) => {
    const steps: ScriptedStep[] = [
      [START, died],
      [/ensure_daemon sh qemu:\/\/\/session$/, ""],
      [DESTROY, { code: 1, stderr: "error: Requested operation is not valid: domain is not running\n" }],
      [START, ""],
    ];
    expect((await drive(steps, (driver) => driver.start(UUID))).error).toBeUndefined();
  });

  it("says that virsh was killed, and keeps being killed", async () => {
    const killed: ScriptedStep = [UNDEFINE, { code: 137, stderr: "" }];
    const seen: ScriptedStep = [/ensure_daemon/, ""];
    const steps = [[DUMP, ours()] as ScriptedStep, killed, seen, killed, seen, killed];
    expect((await drive(steps, (driver) => driver.undefine(UUID))).error).toMatchObject({
      message: "cannot remove the VM on 'nb': virsh was ended by signal 9",
      kind: "cut off",
    });
  });

  it("takes it that the guest runs already", async () => {
    const active = { code: 1, stderr: "error: Domain is already active\n" };
    expect((await drive([[START, active]], (driver) => driver.start(UUID))).error).toBeUndefined();
  });
});

describe("forwardPort", () => {
  const LIST = `${V} qemu-monitor-command --domain ${UUID} --hmp --cmd info usernet`;
  const ADD = / qemu:\/\/\/session \S+ hostfwd_add hostnet0 tcp:127\.0\.0\.1:0-:22$/;
  const EMPTY = "Hub -1 (hostnet0):\n  Protocol[State]\n\n";
  const FORWARD = `${EMPTY}  TCP[HOST_FORWARD]  13       127.0.0.1 46241       10.0.2.15    22     0     0\n`;

  it("lets the kernel pick a port, and finds out which", async () => {
    const { value } = await drive(
      [
        [LIST, EMPTY],
        [ADD, FORWARD],
      ],
      (driver) => driver.forwardPort(UUID),
    );
    expect(value).toBe(46241);
  });

  it("asks a guest that has just been started for none", async () => {
    expect((await drive([[ADD, FORWARD]], (driver) => driver.addForward(UUID))).value).toBe(46241);
  });

  it("takes the forward that is there", async () => {
    expect((await drive([[LIST, FORWARD]], (driver) => driver.forwardPort(UUID))).value).toBe(46241);
  });

  it.each<[string, ScriptedStep[], RegExp]>([
    [
      "the monitor complains",
      [
        [LIST, EMPTY],
        [ADD, "unrecognized netdev id 'hostnet0'\n"],
      ],
      /unrecognized netdev/,
    ],
    [
      "none is listed",
      [
        [LIST, EMPTY],
        [ADD, EMPTY],
      ],
      /lists no such forward/,
    ],
  ])("fails when %s", async (_, steps, message) => {
    const { error } = await drive(steps, (driver) => driver.forwardPort(UUID));
    expect(error).toMatchObject({ message: expect.stringMatching(message) });
  });
});

describe("state and list", () => {
  it("knows a domain that is gone", async () => {
    expect((await drive([[STATE, GONE]], (driver) => driver.state(UUID))).value).toBe("absent");
    expect((await drive([[STATE, "paused\n\n"]], (driver) => driver.state(UUID))).value).toBe("paused");
  });

  it("lists farm's own domains only", async () => {
    const { value } = await drive([[/list --all --uuid/, `${FOREIGN}\n${ours()}\n`]], (driver) =>
      driver.list(),
    );
    expect(value?.map(({ uuid, ownership }) => [uuid, ownership.project])).toEqual([[UUID, "demo"]]);
  });

  it("waits until a guest is off, or its time is", async () => {
    const off: ScriptedStep[] = [
      [STATE, "in shutdown\n"],
      [STATE, "shut off\n"],
    ];
    expect((await drive(off, (driver) => driver.waitUntilOff(UUID, 10_000))).clock.slept).toEqual([500]);
    const on: ScriptedStep[] = [
      [STATE, "running\n"],
      [STATE, "running\n"],
      [STATE, "running\n"],
    ];
    const { error } = await drive(on, (driver) => driver.waitUntilOff(UUID, 1000));
    expect(error).toBeInstanceOf(DeadlineError);
  });
});
