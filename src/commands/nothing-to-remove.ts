/** What a command says that found nothing. @param complete every hypervisor could be asked */
export const nothingToRemove = (complete: boolean): string =>
  `nothing to remove${complete ? "" : " from those that were asked"}\n`;
