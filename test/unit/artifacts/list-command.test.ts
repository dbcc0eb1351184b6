import { expect, test } from "vitest";
import { parseListing } from "../../../src/artifacts/list-command.js";

test("files, what is none, and patterns without any", () => {
  expect(parseListing("file 12 /a b\nc\0other /link\0none /x*\0")).toEqual({
    files: [{ path: "/a b\nc", size: 12 }],
    passedOver: ["/link"],
    unmatched: ["/x*"],
    cut: false,
  });
});

test("what is no record is passed over, and a file counts once", () => {
  const { files } = parseListing(
    "garbage\0file -1 /a\0file 1 relative\0file 99999999999999999 /b\0file 1 /c\0file 2 /c\0file 3 /cut",
  );
  expect(files).toEqual([{ path: "/c", size: 2 }]);
});

test("no more than so many", () => {
  expect(parseListing("file 1 /a\0file 1 /b\0", 1)).toMatchObject({ files: [{ path: "/a" }], cut: true });
});
