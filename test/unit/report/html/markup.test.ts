import fc from "fast-check";
import { expect, test } from "vitest";
import { escaped, html } from "../../../../src/report/html/markup.js";

test("texts are escaped, markup is not, nothing is nothing", () => {
  const inner = html`<b>${"<i>"}</b>`;
  expect(html`<p title="${`"'\``}">${inner}${[1, "&", undefined, false]}</p>`.text).toBe(
    '<p title="&quot;&#39;&#96;"><b>&lt;i&gt;</b>1&amp;</p>',
  );
});

test("no text leaves an element or an attribute, or brings terminal sequences or half characters", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const safe = escaped(text);
      expect(safe).not.toMatch(/[<>"'`]|&(?!(?:amp|lt|gt|quot|#39|#96);)/);
      for (const character of ["\u001b", "\u202e"]) expect(safe).not.toContain(character);
      expect(safe.isWellFormed()).toBe(true);
    }),
  );
  expect(escaped("\u001b[31mred\u001b[0m \ud800 \u0000<")).toBe("red \ufffd \\x00&lt;");
});
