import { describe, expect, it } from "vitest";
import { parseUnit } from "../../../../src/tasks/services/unit-state.js";

describe("what systemctl says of a unit", () => {
  it.each([
    ["LoadState=masked\nFarmEnabled=\n", { masked: true, known: true }],
    ["LoadState=loaded\nFarmEnabled=masked-runtime \n", { masked: true }],
    ["LoadState=loaded\nFarmEnabled=enabled \n", { masked: false, enabled: true, active: undefined }],
    [
      'LoadState=not-found\nActiveState=inactive\nLoadError=x "Unit a.service not found."\nFarmEnabled=not-found \n',
      { known: false, loadError: undefined, active: false, enabled: false },
    ],
    ["LoadState=error\nLoadError=x y\nActiveState=active\nFarmEnabled=bad \n", { loadError: "x y" }],
    ["ActiveState=maintenance\n", { active: false, stopping: false }],
  ])("%j", (stdout, expected) => {
    expect(parseUnit(stdout)).toMatchObject(expected);
  });

  it("values keep their equals signs; those of Exec may have several lines, a description has one", () => {
    const { properties } = parseUnit(
      "Description={ of a=b\nExecStart={ path=/bin/sh ; argv[]=/bin/sh -c a=1\nLoadState=evil\n; status=0/0 }\nLoadState=loaded\nFarmEnabled=static \n",
    );
    expect(properties).toEqual({
      Description: "{ of a=b",
      ExecStart: "{ path=/bin/sh ; argv[]=/bin/sh -c a=1\nLoadState=evil\n; status=0/0 }",
      LoadState: "loaded",
    });
  });
});
