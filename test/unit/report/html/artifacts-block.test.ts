import { expect, test } from "vitest";
import { artifactsBlock } from "../../../../src/report/html/artifacts-block.js";

const record = {
  directory: "/ci/out/files/one_amd64",
  files: [
    { path: "root/a b#?.log", bytes: 2048 },
    { path: "root/<b>\u001b[31m", bytes: 1 },
  ],
};

test("what travels with the report is linked, by a way that cannot be another scheme", () => {
  const { text } = artifactsBlock(record, "/ci/out");
  expect(text).toContain("<summary>2 artifacts ");
  expect(text).toContain('<a href="./files/one_amd64/root/a%20b%23%3F.log">root/a b#?.log</a>');
  expect(text).toContain('<a href="./files/one_amd64/root/%3Cb%3E%1B%5B31m">root/&lt;b&gt;');
  const odd = { directory: "/ci/out", files: [{ path: "javascript:x", bytes: 1 }] };
  expect(artifactsBlock(odd, "/ci/out").text).toContain('<a href="./javascript%3Ax">');
});

test("what stands elsewhere is named, and no link that leads nowhere", () => {
  for (const elsewhere of ["/ci/out/files/one_amd64/root", "/ci/out/files/one", "/ci/report"])
    expect(artifactsBlock(record, elsewhere).text).not.toContain("href");
  expect(artifactsBlock(record, "/ci/report").text).toContain("/ci/out/files/one_amd64");
});

test("of very many files the first are listed", () => {
  const files = Array.from({ length: 250 }, (_, index) => ({ path: `f${index}`, bytes: 1 }));
  const { text } = artifactsBlock({ directory: "/out", files }, "/report");
  expect(text.match(/<li>/g)).toHaveLength(200);
  expect(text).toContain("and 50 more");
});
