import { formatDuration } from "../duration.js";
import { type Content, html, type Markup } from "./markup.js";

export type Verdict = "passed" | "flaky" | "failed" | "broken" | "interrupted";

interface Named {
  readonly outcome: {
    readonly kind: "passed" | "flaky" | "failed" | "broken";
    readonly interrupted?: boolean | undefined;
  };
}

export const verdictOf = ({ outcome }: Named): Verdict =>
  outcome.kind === "broken" && outcome.interrupted ? "interrupted" : outcome.kind;

/** Never by colour alone. */
const SIGNS: Readonly<Record<string, string>> = {
  passed: "✓",
  ok: "✓",
  changed: "✓",
  flaky: "~",
  failed: "✕",
  broken: "!",
  interrupted: "■",
  skipped: "–",
  slower: "▲",
};

/** A coloured sign, hidden from who listens: the word stands beside it. */
export const sign = (status: string): Markup =>
  html`<span class="sign ${status}" aria-hidden="true">${SIGNS[status] ?? "·"}</span>`;

export const badge = (status: string, text: Content = status): Markup =>
  html`<span class="badge ${status}">${sign(status)}${text}</span>`;

export const took = (ms: number): Markup => html`<span class="took">${formatDuration(ms)}</span>`;

export const counted = (n: number, noun: string): string =>
  `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;

/** Where a VM stands in the page. */
export const anchor = (index: number): string => `vm-${index + 1}`;

/** `2026-11-27 06:53:05 UTC`, and the same for machines. */
export const moment = (iso: string): Markup =>
  html`<time datetime="${iso}">${iso.slice(0, 19).replace("T", " ")} UTC</time>`;
