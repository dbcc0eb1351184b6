/**
 * Ends this process at once where FARM_FAIL_AT says so: how tests find out what a farm that dies leaves behind.
 * @param name `PHASE` or `PHASE/STEP` where it begins, with a dot behind it where it has ended
 */
export function failPoint(name: string): void {
  if (process.env["FARM_FAIL_AT"] === name) process.kill(process.pid, "SIGKILL");
}
