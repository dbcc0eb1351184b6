import { afterEach } from "vitest";
import { tellOfRunning } from "./farm.js";

afterEach(({ task }) => {
  if (task.result?.state === "fail") tellOfRunning();
});
