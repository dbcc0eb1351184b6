import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { type ImageServer, imageServer } from "../../lab/image-server.js";
import { sampleImages, testPool } from "./pool.js";

/** The images of a file's tests. */
export let samples: ReturnType<typeof sampleImages>;
/** Each test's own. */
export let server: ImageServer;
/** Each test's own. */
export let pool: ReturnType<typeof testPool>;

/** Gives a file's tests images, and each of them a server and an empty pool. */
export function useServedPool(): void {
  beforeAll(() => {
    samples = sampleImages();
  });
  afterAll(() => samples.remove());
  beforeEach(async () => {
    server = await imageServer();
    pool = testPool();
  });
  afterEach(async () => {
    await server.close();
    pool.remove();
  });
}
