import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const SECOND = 1_000;

/** What other programs and guests do is waited for, also where they hardly get a turn. */
const patient = { expect: { poll: { timeout: 30 * SECOND } } };

const oneByOne = { fileParallelism: false, maxWorkers: 1 };

/** Short files that take minutes: whoever begins with the long ones would end with one of these alone. */
const SLOW = [
  "e2e/tools",
  "e2e/apply",
  "e2e/restore-faults",
  "tasks/packages-differential",
  "tasks/differential",
];

class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isSlow = ({ moduleId }: TestSpecification) =>
      SLOW.some((name) => moduleId.endsWith(`${name}.test.ts`));
    return [...sorted.filter(isSlow), ...sorted.filter((file) => !isSlow(file))];
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: SlowFirst },
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"], testTimeout: 20 * SECOND } },
      {
        test: {
          name: "contract",
          include: ["test/contract/**/*.test.ts"],
          exclude: ["test/contract/transport/**"],
          maxWorkers: 2,
          ...patient,
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
          ...patient,
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
          ...patient,
          testTimeout: 600 * SECOND,
          hookTimeout: 600 * SECOND,
        },
      },
    ],
  },
});
