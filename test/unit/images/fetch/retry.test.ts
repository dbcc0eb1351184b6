import { expect, test } from "vitest";
import { ImageError } from "../../../../src/errors.js";
import { withRetries } from "../../../../src/images/fetch/retry.js";
import { SourceError } from "../../../../src/images/fetch/source-error.js";
import type { TransferFailure } from "../../../../src/images/fetch/transfer-failure.js";

/** Plays failures, then succeeds; what was waited for is in `slept`. */
function played(failures: readonly TransferFailure[]) {
  const slept: number[] = [];
  const rest = [...failures];
  const clock = { now: () => 0, sleep: async (ms: number) => void slept.push(ms) };
  const work = withRetries(async () => rest.shift() ?? { value: "all" }, {
    clock,
    signal: new AbortController().signal,
    what: "cannot fetch X",
    onRetry: () => undefined,
  });
  return { work, slept };
}

const cut: TransferFailure = { reason: "cut off", mayPass: true };

test("what comes further has all its tries again", async () => {
  const further = { ...cut, cameFurther: true };
  const { work, slept } = played([cut, cut, further, cut, further, cut, cut]);
  expect(await work).toBe("all");
  expect(slept).toEqual([1000, 3000, 1000, 3000, 1000, 3000, 9000]);
});

test("what does not is given up: another address may do better", async () => {
  const { work } = played([cut, cut, cut, cut]);
  await expect(work).rejects.toThrow(new SourceError("cannot fetch X: cut off (tried 4 times)"));
  await expect(work).rejects.toBeInstanceOf(SourceError);
});

test("what is the hypervisor's own is no other address's", async () => {
  const { work } = played([{ reason: "no space left", mayPass: false, local: true }]);
  await expect(work).rejects.toBeInstanceOf(ImageError);
  await expect(work).rejects.not.toBeInstanceOf(SourceError);
});
