import { describe, expect, it } from "vitest";
import { decide } from "../../../../src/tasks/modules/sysctl.js";
import { keptName, ownStrategy, STRATEGIES, withName } from "../../../../src/tasks/system/host-name.js";
import { parseSupported, plainLocale, withLocales } from "../../../../src/tasks/system/locales.js";
import {
  isSameValue,
  kernelValue,
  sysctlValue,
  withSysctl,
} from "../../../../src/tasks/system/sysctl-file.js";
import { clockOf, withClock, withZone, type ZoneFacts, zoneOf } from "../../../../src/tasks/system/zone.js";

describe("a file of sysctl", () => {
  it.each([
    ["", "a.b=1\n"],
    ["# a.b=0\n;a.b=0\nx", "# a.b=0\n;a.b=0\nx\na.b=1\n"],
    ["  a.b  =  0  \na.bc=2\n", "a.b=1\na.bc=2\n"],
    ["a.b=0\nx=1\na.b=2\n", "a.b=1\nx=1\n"],
    ["aXb=0\n", "aXb=0\na.b=1\n"],
  ])("%j with a.b=1 is %j", (before, after) => {
    expect(withSysctl(before, "a.b", "1")).toBe(after);
    expect(sysctlValue(after, "a.b")).toBe("1");
    expect(withSysctl(after, "a.b", "1")).toBe(after);
  });

  it("loses a setting", () => expect(withSysctl("a=1\n b = 2\na=3", "a", undefined)).toBe(" b = 2\n"));

  it("has the last value, with = in it", () => expect(sysctlValue("a=1\na = x=y \n", "a")).toBe("x=y"));

  it.each([
    ["yes", "1"],
    ["False", "0"],
    [" 1 2 ", "1 2"],
    ["5", "5"],
  ])("%s to the kernel is %s", (value, kernel) => expect(kernelValue(value)).toBe(kernel));

  it("numbers are the same whatever separates them", () => {
    expect(isSameValue("1\t2\t3\n", "1 2 3")).toBe(true);
    expect(isSameValue("1\t2", "12")).toBe(false);
  });

  const both = { state: "present", reload: true, sysctl_set: true } as const;
  it.each([
    [both, { kernel: "1", file: "1" }, "-"],
    [both, { kernel: "0", file: "1" }, "set reload"],
    [both, { kernel: "1", file: undefined }, "write reload"],
    [both, { kernel: undefined, file: "1" }, "set reload"],
    [{ ...both, reload: false }, { kernel: "0", file: "0" }, "set write"],
    [{ ...both, sysctl_set: false, reload: false }, { kernel: "0", file: "1" }, "-"],
    [{ ...both, state: "absent" } as const, { kernel: "0", file: "1" }, "write reload"],
    [{ ...both, state: "absent" } as const, { kernel: "0", file: undefined }, "-"],
  ])("%j where it is %j: %s", (args, is, steps) => {
    const wanted = Object.entries(decide(args, "1", is)).flatMap(([step, isDone]) => (isDone ? [step] : []));
    expect(wanted.join(" ") || "-").toBe(steps);
  });
});

describe("the machine's name", () => {
  it.each([
    ["plain", "old\n", "old", "new\n"],
    ["plain", "", "", "new\n"],
    ["openrc", "# hostname=x\nhostname='old'\ny", "old", '# hostname=x\nhostname="new"\ny'],
    ["openrc", "y", "", 'y\nhostname="new"\n'],
    ["redhat", "A=1\nHOSTNAME=old\n", "old", "A=1\nHOSTNAME=new\n"],
  ] as const)("%s %j", (format, before, kept, after) => {
    expect(keptName(before, format)).toBe(kept);
    expect(withName(before, format, "new")).toBe(after);
    expect(keptName(after, format)).toBe("new");
  });

  it.each([
    [true, "debian", ["/etc/hostname"], STRATEGIES.systemd],
    [false, "debian", ["/etc/hostname", "/etc/sysconfig/network"], STRATEGIES.alpine],
    [false, "", [], STRATEGIES.alpine],
    [false, "gentoo", ["/etc/hostname"], STRATEGIES.openrc],
    [false, "centos", ["/etc/sysconfig/network"], STRATEGIES.redhat],
    [false, "sles", ["/etc/HOSTNAME"], STRATEGIES.sles],
  ])("systemd: %s, %s with %j", (isSystemd, id, files, strategy) => {
    expect(ownStrategy(isSystemd, id, (path) => files.includes(path))).toEqual(strategy);
  });
});

describe("the time zone", () => {
  const facts = (more: Partial<ZoneFacts>): ZoneFacts => ({
    isSystemd: false,
    link: undefined,
    isCopy: false,
    adjtime: [],
    files: new Map(),
    ...more,
  });
  const berlin = "/usr/share/zoneinfo/Europe/Berlin";

  it.each([
    [facts({ link: berlin }), "Europe/Berlin"],
    [facts({ link: "../usr/share/zoneinfo/UTC" }), "UTC"],
    [facts({ link: "/etc/zoneinfo/UTC" }), "UTC"],
    [facts({ link: "/somewhere" }), "n/a"],
    [facts({ isCopy: true }), "Europe/Berlin"],
    [facts({}), "n/a"],
    [facts({ link: berlin, files: new Map([["/etc/timezone", "UTC\n"]]) }), "UTC"],
    [facts({ link: berlin, isSystemd: true, files: new Map([["/etc/timezone", "UTC\n"]]) }), "Europe/Berlin"],
    [facts({ link: berlin, files: new Map([["/etc/sysconfig/clock", 'TIMEZONE = "UTC"\n']]) }), "UTC"],
    [facts({ link: berlin, files: new Map([["/etc/sysconfig/clock", "UTC=yes\n"]]) }), "Europe/Berlin"],
  ])("of %j is %s", (is, zone) => expect(zoneOf(is, "Europe/Berlin")).toBe(zone));

  it("in files", () => {
    expect(withZone("/etc/timezone", "UTC\n", "Europe/Berlin")).toBe("Europe/Berlin\n");
    expect(withZone("/etc/sysconfig/clock", "# x\nZONE=UTC\n", "A/B")).toBe('# x\nZONE="A/B"\n');
    expect(withZone("/etc/default/rcS", "UTC=yes\n", "A/B")).toBe("UTC=yes\n");
  });

  const adjtime = (last: string) => ["0.0 0 0.0", "0", last];
  it.each([
    [facts({}), "UTC"],
    [facts({ adjtime: adjtime("LOCAL") }), "local"],
    [facts({ adjtime: adjtime("UTC"), files: new Map([["/etc/default/rcS", "UTC=no\n"]]) }), "local"],
    [facts({ adjtime: adjtime("LOCAL"), files: new Map([["/etc/default/rcS", "UTC=yes\n"]]) }), "local"],
    [facts({ files: new Map([["/etc/conf.d/hwclock", '# x\nclock="local"\n']]) }), "local"],
    [facts({ isSystemd: true, files: new Map([["/etc/default/rcS", "UTC=no\n"]]) }), "UTC"],
  ])("the hardware's clock by %j tells %s", (is, clock) => expect(clockOf(is, "UTC")).toBe(clock));

  it("the hardware's clock in files", () => {
    expect(withClock("# x\nUTC=yes\n", "local")).toBe("# x\nUTC=no\n");
    expect(withClock('clock="local"\n', "UTC")).toBe('clock="UTC"\n');
  });
});

describe("locales", () => {
  const supported = parseSupported(["de_AT ISO-8859-1", "de_DE.UTF-8 UTF-8", "# x", "some prose here"]);

  it("are known by their character sets", () => expect(supported.size).toBe(2));

  it.each([
    ["de_DE.UTF-8", "de_DE.utf8"],
    ["ca_ES.ISO-8859-15@euro", "ca_ES.iso885915@euro"],
    ["de_AT", "de_AT"],
  ])("%s is %s", (name, plain) => expect(plainLocale(name)).toBe(plain));

  it.each([
    ["# de_DE.UTF-8 UTF-8\n", true, "de_DE.UTF-8 UTF-8\n"],
    ["#de_DE.UTF-8 UTF-8", true, "de_DE.UTF-8 UTF-8\n"],
    ["# de_DE.UTF-8 is good\n# x", true, "de_DE.UTF-8 is good\n# x"],
    ["# x", true, "# x\nde_DE.UTF-8 UTF-8\n"],
    ["de_DE.UTF-8 UTF-8\nde_DE ISO-8859-1\n", false, "# de_DE.UTF-8 UTF-8\nde_DE ISO-8859-1\n"],
    ["# x\n", false, "# x\n"],
  ])("%j, wanted: %s", (before, isWanted, after) => {
    expect(withLocales(before, ["de_DE.UTF-8"], isWanted, supported)).toBe(after);
  });
});
