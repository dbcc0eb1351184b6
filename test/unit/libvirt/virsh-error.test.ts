import { describe, expect, it } from "vitest";
import { virshError, virshWords } from "../../../src/libvirt/virsh-error.js";

const failed = (stderr: string, code = 1) => ({ code, stdout: "", stderr });

describe("virshError", () => {
  it.each([
    ["error: failed to get domain '1111'", "absent", undefined],
    ["error: Domain not found: no domain with matching uuid 'x'", "absent", undefined],
    [
      "error: Failed to destroy domain 'x'\nerror: Requested operation is not valid: domain is not running",
      "inactive",
      undefined,
    ],
    [
      "error: Failed to start domain 'x'\nerror: Requested operation is not valid: domain is already active",
      "active",
      undefined,
    ],
    ["error: Domain is already active", "active", undefined],
    // The daemon died after virsh had connected, before it was asked anything.
    ["error: no valid connection", "cut off", /daemon there died/],
    [
      "error: failed to connect to the hypervisor\nerror: Failed to connect socket to '/var/run/libvirt/libvirt-sock': No such file or directory",
      "connection",
      /daemon running/,
    ],
    [
      "error: Failed to start domain 'x'\nerror: Failed to connect socket to '/run/libvirt/virtlogd-sock': No such file",
      "connection",
      /virtlogd/,
    ],
    [
      "error: failed to connect to the hypervisor\nerror: authentication unavailable: no polkit agent",
      "permanent",
      /group 'libvirt'/,
    ],
    [
      "error: Failed to start domain 'x'\nerror: internal error: Unknown CPU model nonsense",
      "permanent",
      /cpu-models/,
    ],
    ["error: operation failed: domain 'x' already exists with uuid 1", "permanent", /farm down/],
    ["error: XML error: No PCI buses available", "permanent", /machine/],
    ["sh: 1: virsh: not found", "permanent", /install libvirt/],
    ["error: Timed out during operation: cannot acquire state change lock", "transient", undefined],
    [
      "error: Failed to create domain from h.xml\nerror: internal error: Child process (passt --one-off --socket /run/x.socket) unexpected exit status 1: Failed to bind port 40022 (Address already in use) for option '-t 127.0.0.1/40022:22'",
      "taken",
      /another program/,
    ],
    [
      "error: Failed to start domain 'x'\nerror: internal error: Could not start 'passt': Failed to bind any port for '-t 127.0.0.1/40022:22', exiting",
      "taken",
      /another program/,
    ],
    ["error: Cannot find 'passt' in path: No such file or directory", "passt", /backend: default/],
    ["error: something nobody has seen", "permanent", undefined],
  ] as const)("%s", (stderr, kind, hint) => {
    const error = virshError("do it", "host", failed(stderr));
    expect(error.kind).toBe(kind);
    if (hint) expect(error.hint).toMatch(hint);
    else expect(error.hint).toBeUndefined();
  });

  it("says what, where and virsh's words, on one harmless line", () => {
    const error = virshError(
      "start the VM",
      "nb",
      failed("error: Failed to start domain 'x'\nerror: bad\u001b[31m\n\n"),
    );
    expect(error.message).toBe("cannot start the VM on 'nb': Failed to start domain 'x': bad [31m");
    expect(error.exitCode).toBe(3);
  });

  it("keeps what passt said, however long its command line is", () => {
    const forwards = Array.from({ length: 30 }, (_, index) => ` --tcp-ports 127.0.0.1/${61_000 + index}:22`);
    const said = "Failed to bind port 61003 (Address already in use) for option '-t 127.0.0.1/61003:22'";
    const stderr = `error: Failed to start domain 'x'\nerror: internal error: Child process (passt --one-off${forwards.join("")}) unexpected exit status 1: ${said}`;
    expect(virshError("start the VM", "nb", failed(stderr))).toMatchObject({
      kind: "taken",
      message: `cannot start the VM on 'nb': Failed to start domain 'x': passt: ${said}`,
    });
  });

  it("has words where virsh had none", () => {
    expect(virshWords(failed("", 139))).toBe("virsh ended with exit status 139");
    expect(virshWords({ code: 1, stdout: "error: on stdout\n", stderr: "" })).toBe("on stdout");
  });
});
