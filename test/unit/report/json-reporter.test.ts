import { expect, it } from "vitest";
import { eventLine } from "../../../src/report/json-reporter.js";

const TIME = new Date("2026-01-02T03:04:05.678Z");

it("does nothing to a terminal, and is the same to a reader", () => {
  const message = "bell \u0007, CSI \u001b[2J and \u009b2J, DEL \u007f, overridden \u202e, NUL \0, é, 漢";
  const line = eventLine({ type: "warning", message }, TIME);
  expect(line).not.toMatch(/[^\n\u0020-\u007e\u00a0-\u200d\u2010-\u2029\u202f-\u2065\u206a-\uffff]/);
  expect(line).toContain("é, 漢");
  expect(JSON.parse(line)).toEqual({ time: TIME.toISOString(), type: "warning", message });
});
