import type { Pace } from "../images/fetch/pace.js";
import { formatSize } from "../values/size.js";
import { formatDuration } from "./duration.js";

/** `12.3 MiB/s, 25.0 s left`; empty where nothing is known. */
export function formatPace({ bytesPerSecond, remainingMs }: Pace): string {
  if (bytesPerSecond === undefined) return "";
  const rate = `${formatSize(bytesPerSecond)}/s`;
  return remainingMs === undefined ? rate : `${rate}, ${formatDuration(remainingMs)} left`;
}
