import { describe, expect, test } from "vitest";
import { agentLines, parseAgentAnswer, virshShell } from "../../../src/libvirt/agent-channel.js";
import { AgentRefusal, AgentSilence } from "../../../src/transport/agent/agent-call.js";

const UUID = "11111111-1111-4111-8111-111111111111";

test("a call is two lines for virsh, whatever is in it", () => {
  const lines = agentLines(UUID, "farm-1", "guest-exec", { path: 'it\'s\n"x" $HOME' }).split("\n");
  expect(lines).toHaveLength(3);
  expect(lines[0]).toBe(
    `qemu-agent-command --domain ${UUID} --timeout 30 '{"execute":"guest-exec","arguments":{"path":"it\\u0027s\\n\\"x\\" $HOME"}}'`,
  );
  expect(lines[1]).toBe("echo farm-1");
});

test("nothing of a call is in the arguments of a process", () => {
  expect(virshShell({ uri: "qemu:///session" }).argv.slice(3)).toEqual(["farm-agent", "qemu:///session"]);
});

describe("an answer", () => {
  const said = (...lines: string[]) =>
    ["virsh # qemu-agent-command ...", ...lines, "virsh # echo farm-1", "farm-1"].join("\n");
  test("is what stands in return", () => {
    expect(parseAgentAnswer(said('{"return":{"pid":7}}', ""))).toEqual({ pid: 7 });
    expect(parseAgentAnswer(said('{"return":1000}'))).toBe(1000);
  });

  test("that the agent refuses is told apart from none", () => {
    const refused =
      "error: internal error: unable to execute QEMU agent command 'guest-exec': Command guest-exec has been disabled";
    expect(() => parseAgentAnswer(said(refused))).toThrow(
      new AgentRefusal("Command guest-exec has been disabled"),
    );
    const silent = "error: Guest agent is not responding: QEMU guest agent is not connected";
    expect(() => parseAgentAnswer(said(silent))).toThrow(
      new AgentSilence("Guest agent is not responding: QEMU guest agent is not connected"),
    );
    expect(() => parseAgentAnswer(said())).toThrow(AgentSilence);
  });
});
