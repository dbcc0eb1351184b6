import type { Scope } from "../../template/scope.js";
import type { Mapping } from "../../values/mapping.js";
import { pickVariables } from "../inventory/pick.js";

const SPELLINGS = {
  connection: ["ansible_connection"],
  user: ["ansible_ssh_user", "ansible_user"],
  password: ["ansible_ssh_pass", "ansible_ssh_password", "ansible_password"],
  become_user: ["ansible_become_user"],
  become_password: ["ansible_become_pass", "ansible_become_password"],
  become_method: ["ansible_become_method"],
};

/** Defaults of `metadata.auth` from a VM's Ansible variables. @throws ConfigError */
export const guestAuth = (variables: Mapping, scope: Scope): Mapping =>
  pickVariables(SPELLINGS, variables, scope);
