import { expect, test } from "vitest";
import { HypervisorError } from "../../../../src/errors.js";
import { withCleanup } from "../../../../src/provision/vm/cleanup.js";

test("what was acquired is released in reverse, also after a failure; the first error is the one reported", async () => {
  const log: string[] = [];
  const others: string[] = [];
  const work = withCleanup(
    async (defer) => {
      defer(() => log.push("first"));
      defer(() => {
        log.push("second");
        throw new HypervisorError("undo failed");
      });
      throw new HypervisorError("body failed");
    },
    (error) => others.push(error.message),
  );
  await expect(work).rejects.toThrow("body failed");
  expect(log).toEqual(["second", "first"]);
  expect(others).toEqual(["undo failed"]);
});

test("an error of the undoing is not lost when the body was fine", async () => {
  const others: string[] = [];
  const fail = (message: string) => () => {
    throw new HypervisorError(message);
  };
  const work = withCleanup(
    async (defer) => {
      defer(fail("one"));
      defer(fail("two"));
    },
    (error) => others.push(error.message),
  );
  await expect(work).rejects.toThrow("two");
  expect(others).toEqual(["one"]);
});
