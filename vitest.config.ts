import { defineConfig } from "vitest/config";

const SECOND = 1_000;

const oneByOne = { fileParallelism: false, maxWorkers: 1 };

export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"], testTimeout: 20 * SECOND } },
      {
        test: {
          name: "contract",
          include: ["test/contract/**/*.test.ts"],
          exclude: ["test/contract/transport/**"],
          maxWorkers: 2,
          testTimeout: 60 * SECOND,
          hookTimeout: 120 * SECOND,
        },
      },
      {
        // These look at process numbers and signals, so nobody else should start many processes.
        test: {
          name: "transport",
          include: ["test/contract/transport/**/*.test.ts"],
          ...oneByOne,
          testTimeout: 60 * SECOND,
          hookTimeout: 120 * SECOND,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          // Guests mostly wait: two files at a time are what two cores carry, with time enough under emulation.
          maxWorkers: 2,
          testTimeout: 600 * SECOND,
          hookTimeout: 600 * SECOND,
        },
      },
    ],
  },
});
