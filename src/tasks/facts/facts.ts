/** Facts of a machine under Ansible's names without `ansible_`, e.g. `distribution`; what could not be learned is not there. */
export type Facts = Readonly<Record<string, unknown>>;
