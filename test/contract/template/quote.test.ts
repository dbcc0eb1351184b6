import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { evaluate } from "../../../src/template/evaluate.js";
import { Scope } from "../../../src/template/scope.js";
import { Template } from "../../../src/values/template.js";

const hard = fc.constantFrom(..."'\\\"$`\n\t !*~#&;-=ä\u{1f600}\u0001{%}");
const text = fc.oneof(
  fc.string({ unit: hard }),
  fc.string({ unit: "binary" }).map((any) => any.replace(/[\0\ud800-\udfff]/g, "")),
);

test("what `quote` made is one word to a shell, unchanged", () => {
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 10 }), (words) => {
      const line = evaluate(new Template("{{ words | map('quote') | join(' ') }}"), new Scope([{ words }]));
      const said = execFileSync("/bin/sh", ["-c", `printf '%s\\0' ${String(line)}`]).toString("utf8");
      expect(said.split("\0").slice(0, -1)).toEqual(words);
    }),
    { numRuns: 40 },
  );
});
