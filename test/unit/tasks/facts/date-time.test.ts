import { describe, expect, it } from "vitest";
import { parseFacts } from "../../../../src/tasks/facts/parse-facts.js";
import { machineOutput } from "./machine-output.js";

const dateTime = (date: string, zone = "") => parseFacts(machineOutput({ said: { date, zone } })).date_time;

describe("date_time", () => {
  it("has all of Ansible's keys, as strings", () => {
    expect(dateTime("1795467852 UTC +0000 155156789")).toEqual({
      date: "2026-11-23",
      day: "23",
      epoch: "1795467852",
      epoch_int: "1795467852",
      hour: "21",
      iso8601: "2026-11-23T21:04:12Z",
      iso8601_basic: "20261123T210412155156",
      iso8601_basic_short: "20261123T210412",
      iso8601_micro: "2026-11-23T21:04:12.155156Z",
      minute: "04",
      month: "11",
      second: "12",
      time: "21:04:12",
      tz: "UTC",
      tz_dst: "UTC",
      tz_offset: "+0000",
      weekday: "Monday",
      weekday_number: "1",
      weeknumber: "47",
      year: "2026",
    });
  });

  it.each([
    ["2024-01-01T00:00:00Z", "01", "1"],
    ["2023-01-01T00:00:00Z", "00", "0"],
    ["2023-01-02T00:00:00Z", "01", "1"],
    ["2021-12-31T12:00:00Z", "52", "5"],
    ["2024-12-31T12:00:00Z", "53", "2"],
    ["2026-01-04T12:00:00Z", "00", "0"],
  ])("counts the weeks of %s from the first Monday", (day, weeknumber, weekday_number) => {
    expect(dateTime(`${Date.parse(day) / 1000} UTC +0000`)).toMatchObject({ weeknumber, weekday_number });
  });

  it.each([
    ["CEST", "+0200", "CET-1CEST,M3.5.0,M10.5.0/3", "CEST"],
    ["CET", "+0100", "CET-1CEST,M3.5.0,M10.5.0/3", "CEST"],
    ["GMT", "+0000", "IST-1GMT0,M10.5.0,M3.5.0/1", "IST"],
    ["IST", "+0530", "IST-5:30", "IST"],
    ["+03", "+0300", "<+03>-3", "+03"],
    ["-03", "-0300", "<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", "-02"],
    ["XYZ", "+0100", "no rule at all", "XYZ"],
    ["XYZ", "+0100", "", "XYZ"],
  ])("knows of the zone %s %s what it is called in summer", (tz, tz_offset, rule, tz_dst) => {
    expect(dateTime(`1704103445 ${tz} ${tz_offset}`, rule)).toMatchObject({ tz, tz_offset, tz_dst });
  });

  it("shifts the local time over the end of a year", () => {
    expect(dateTime("1704067199 NPT +0545 5")).toMatchObject({
      date: "2024-01-01",
      time: "05:44:59",
      iso8601: "2023-12-31T23:59:59Z",
    });
  });

  it.each(["", "%s %Z %z", "12x UTC +0000", "999999999999999 UTC +0000", "1 UTC 0"])(
    "is missing where date says '%s'",
    (said) => {
      expect(dateTime(said)).toBeUndefined();
    },
  );
});
