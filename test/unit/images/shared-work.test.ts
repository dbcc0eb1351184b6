import { describe, expect, test } from "vitest";
import { InterruptedError } from "../../../src/errors.js";
import { SharedWork } from "../../../src/images/shared-work.js";

/** Work that ends when the test says so, or when it is aborted. */
function controlled() {
  const started: AbortSignal[] = [];
  let finish: (value: string) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  let report: (progress: number) => void = () => undefined;
  return {
    started,
    finish: (value: string) => finish(value),
    fail: (error: Error) => fail(error),
    report: (progress: number) => report(progress),
    start: (signal: AbortSignal, tell: (progress: number) => void) => {
      started.push(signal);
      report = tell;
      return new Promise<string>((resolve, reject) => {
        finish = resolve;
        fail = reject;
        signal.addEventListener("abort", () => reject(new InterruptedError("stopped")));
      });
    },
  };
}

describe("SharedWork", () => {
  test("is done once for all who want it, and each hears of it", async () => {
    const work = controlled();
    const shared = new SharedWork<string, number>();
    const heard: [string, number][] = [];
    const join = (name: string) => shared.join("k", { onProgress: (n) => heard.push([name, n]) }, work.start);
    const [one, two] = [join("one"), join("two")];
    work.report(5);
    work.finish("done");
    expect(await Promise.all([one, two])).toEqual(["done", "done"]);
    expect(work.started).toHaveLength(1);
    expect(heard).toEqual([
      ["one", 5],
      ["two", 5],
    ]);
  });

  test("who joins later hears where it is", async () => {
    const work = controlled();
    const shared = new SharedWork<string, number>();
    const first = shared.join("k", {}, work.start);
    work.report(4);
    work.report(5);
    const heard: number[] = [];
    const second = shared.join("k", { onProgress: (n) => heard.push(n) }, work.start);
    work.finish("done");
    await Promise.all([first, second]);
    expect(heard).toEqual([5]);
  });

  test("another key is other work; the same key after the end starts anew", async () => {
    const shared = new SharedWork<string, number>();
    const start = async () => "x";
    await shared.join("k", {}, start);
    const work = controlled();
    const again = shared.join("k", {}, work.start);
    const other = shared.join("l", {}, async () => "other");
    expect(await other).toBe("other");
    work.finish("again");
    expect(await again).toBe("again");
  });

  test("one who gives up does not stop it for the others", async () => {
    const work = controlled();
    const shared = new SharedWork<string, number>();
    const controller = new AbortController();
    const gone = shared.join("k", { signal: controller.signal }, work.start);
    const stays = shared.join("k", {}, work.start);
    controller.abort();
    await expect(gone).rejects.toBeInstanceOf(InterruptedError);
    expect(work.started[0]?.aborted).toBe(false);
    work.finish("done");
    expect(await stays).toBe("done");
  });

  test("it stops when the last one has given up, and is started anew after that", async () => {
    const work = controlled();
    const shared = new SharedWork<string, number>();
    const controller = new AbortController();
    const only = shared.join("k", { signal: controller.signal }, work.start);
    controller.abort();
    await expect(only).rejects.toBeInstanceOf(InterruptedError);
    expect(work.started[0]?.aborted).toBe(true);
    expect(await shared.join("k", {}, async () => "new")).toBe("new");
  });

  test("a failure is everyone's and is not kept", async () => {
    const work = controlled();
    const shared = new SharedWork<string, number>();
    const both = Promise.allSettled([shared.join("k", {}, work.start), shared.join("k", {}, work.start)]);
    work.fail(new Error("no"));
    expect((await both).map((result) => result.status)).toEqual(["rejected", "rejected"]);
    expect(await shared.join("k", {}, async () => "yes")).toBe("yes");
  });

  test("who was interrupted before starts nothing", async () => {
    const work = controlled();
    const join = new SharedWork<string, number>().join("k", { signal: AbortSignal.abort() }, work.start);
    await expect(join).rejects.toBeInstanceOf(InterruptedError);
    expect(work.started).toEqual([]);
  });
});
