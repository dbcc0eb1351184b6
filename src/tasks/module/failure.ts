/** The task failed, in a module's own words; the interpreter makes `failed: true` and `msg` of it, with the fields given. */
export class ModuleFailure extends Error {
  constructor(
    message: string,
    readonly fields: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = "ModuleFailure";
  }
}
