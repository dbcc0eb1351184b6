import { ImageError } from "../../errors.js";

/** What a server gave is no good, or it gave nothing: another one that has the same file may do better. */
export class SourceError extends ImageError {}
