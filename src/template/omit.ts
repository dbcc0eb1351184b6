/** What `omit` evaluates to: the mapping entry or list item that holds it is left out. */
export const OMIT: unique symbol = Symbol("omit");
