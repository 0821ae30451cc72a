import { basename } from 'node:path/posix';

/** Whether a program is a shell, by its path or by the name of its process; busybox counts by what it is called as. */
export const isShell = (program: string): boolean => /^(?:ba|da|a|z|k)?sh$/.test(basename(program));

/** Whether the process of this name is one: where busybox is the shell, some systems call the process busybox. */
export const isShellProcess = (name: string): boolean => isShell(name) || name === 'busybox';
