import { expect, test } from "vitest";
import { parseSurveys } from "../../../src/restore/survey.js";
import { manifest } from "./manifests.js";

test("points and images by their pools", () => {
  const one = manifest();
  const sha256 = "a".repeat(64);
  const trace = { files: { "callbacks/a.yaml": "f" }, variables: {}, environment: {} };
  const more = { format: "raw", virtualSizeBytes: 1, sizeBytes: 1, fetchedAt: "now" };
  const made = { sha256, url: "callbacks/a.yaml", ...more, trace };
  const text = `pool /pool with space
point ${one.name} ${JSON.stringify(one)}
image 0123 {"sha256":"${sha256}","url":"http://x"}
image 4567 ${JSON.stringify(made)}
pool /empty
`;
  const surveys = parseSurveys(text);
  expect(surveys.get("/pool with space")).toEqual({
    points: [one],
    images: new Map([
      ["0123", sha256],
      ["4567", sha256],
    ]),
    traces: new Map([["4567", trace]]),
  });
  expect(surveys.get("/empty")).toEqual({ points: [], images: new Map(), traces: new Map() });
});

test.each([
  ["not JSON", "point init-0123456789abcdef-01234567 {"],
  ["another directory's manifest", `point clean-0123456789abcdef-01234567 ${JSON.stringify(manifest())}`],
  ["a format of later times", `point ${manifest().name} ${JSON.stringify({ ...manifest(), format: 2 })}`],
  ["a name that leads away", `point ../x ${JSON.stringify({ ...manifest(), name: "../x" })}`],
  [
    "what is below leads away",
    `point ${manifest().name} ${JSON.stringify({ ...manifest(), below: "../x" })}`,
  ],
  ["an image without a digest", "image 0123 {}"],
])("%s counts as not there", (_, line) => {
  expect(parseSurveys(`pool /p\n${line}\n`).get("/p")).toEqual({
    points: [],
    images: new Map(),
    traces: new Map(),
  });
});
