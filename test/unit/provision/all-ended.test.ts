import { expect, it } from "vitest";
import { allEnded } from "../../../src/provision/all-ended.js";

it("fails when all have ended, with the first one's error", async () => {
  let end: () => void = () => undefined;
  const slow = new Promise<void>((resolve) => {
    end = resolve;
  });
  let failed = false;
  const all = allEnded([Promise.reject(new Error("no")), slow]).catch((error: Error) => {
    failed = true;
    return error.message;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(failed).toBe(false);
  end();
  expect(await all).toBe("no");
  expect(await allEnded([Promise.resolve(1), Promise.resolve("a")])).toEqual([1, "a"]);
});
