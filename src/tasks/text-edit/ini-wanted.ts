/** What `ini_file` is asked for. */
export interface IniWanted {
  /** None: what stands before the first section. */
  readonly section: string | undefined;
  /** Of several sections of the name, the first that has these. */
  readonly having: readonly OptionValues[];
  /** None: the section itself. */
  readonly option: string | undefined;
  readonly values: readonly string[];
  readonly state: "present" | "absent";
  /** Other values of the option go away. */
  readonly exclusive: boolean;
  readonly noExtraSpaces: boolean;
  /** A line that differs in spaces around = only is left. */
  readonly ignoreSpaces: boolean;
  readonly allowNoValue: boolean;
  /** A line that is a comment is taken for the option. */
  readonly modifyInactive: boolean;
}

/** An option and values of it, any of which counts; none: any value. */
export interface OptionValues {
  readonly option: string;
  readonly values: readonly string[];
}

/** Lines, with their ends, and Ansible's message. */
export interface IniLines {
  readonly lines: readonly string[];
  /** `OK` when nothing changed. */
  readonly msg: string;
}
