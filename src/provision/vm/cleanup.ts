import { asFarmError, type FarmError } from "../../errors.js";

type Undo = () => unknown;

/** Registers what undoes the step just done. */
export type Defer = (undo: Undo) => void;

/**
 * Runs `body`; afterwards, whatever happened, undoes in reverse what it deferred. Every undo runs, also after one that
 * failed. @throws the body's error, else the first one of the undoing; the others go to `onUndoError`.
 */
export async function withCleanup<T>(
  body: (defer: Defer) => Promise<T>,
  onUndoError: (error: FarmError) => void,
): Promise<T> {
  const undos: Undo[] = [];
  const undoAll = async (): Promise<FarmError | undefined> => {
    let first: FarmError | undefined;
    for (const undo of undos.reverse()) {
      try {
        await undo();
      } catch (thrown) {
        const error = asFarmError(thrown);
        if (first === undefined) first = error;
        else onUndoError(error);
      }
    }
    return first;
  };
  let result: T;
  try {
    result = await body((undo) => undos.push(undo));
  } catch (error) {
    const undoing = await undoAll();
    if (undoing) onUndoError(undoing);
    throw error;
  }
  const undoing = await undoAll();
  if (undoing) throw undoing;
  return result;
}
