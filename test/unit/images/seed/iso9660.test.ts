import { describe, expect, test } from "vitest";
import { InternalError } from "../../../../src/errors.js";
import { isoImage } from "../../../../src/images/seed/iso9660.js";

const SECTOR = 2048;

describe("isoImage", () => {
  const image = isoImage("cidata", { "user-data": "#cloud-config\n", "meta-data": "x".repeat(SECTOR + 1) });

  test("is whole sectors and says how many", () => {
    expect(image.length % SECTOR).toBe(0);
    expect(image.readUInt32LE(16 * SECTOR + 80)).toBe(image.length / SECTOR);
    expect(image.toString("latin1", 16 * SECTOR + 40, 16 * SECTOR + 72)).toBe("cidata".padEnd(32));
  });

  // Tools find Rock Ridge without it; Linux does not, and then names are upper case.
  test("begins its root with SP, PX and ER, as Linux demands", () => {
    const root = image.readUInt32LE(16 * SECTOR + 156 + 2) * SECTOR;
    const fields = image.subarray(root + 34, root + image.readUInt8(root));
    expect(fields.subarray(0, 7)).toEqual(Buffer.from("SP\x07\x01\xbe\xef\x00", "latin1"));
    expect(fields.toString("latin1", 7, 9)).toBe("PX");
    expect(fields.readUInt32LE(7 + 4)).toBe(0o040555);
    expect(fields.toString("latin1", 43)).toMatch(/^ER.*RRIP_1991A/s);
  });

  test("is the same for the same files in any order", () => {
    const other = isoImage("cidata", { "meta-data": "x".repeat(SECTOR + 1), "user-data": "#cloud-config\n" });
    expect(other.equals(image)).toBe(true);
  });

  test.each(["User", "a/b", "", "é", "x".repeat(31)])("refuses the name %j", (name) => {
    expect(() => isoImage("cidata", { [name]: "" })).toThrow(InternalError);
  });

  test("refuses more files than its one directory holds", () => {
    const files = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`file-${index}`, ""]));
    expect(() => isoImage("cidata", files)).toThrow(/too many files/);
  });
});
