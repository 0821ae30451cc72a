import { removeTree } from '../../src/store/temporary.ts';

/** Removes a tree as an ordinary user, and says so. */
process.setgid?.(65534);
process.setuid?.(65534);
await removeTree(process.argv[2] ?? '');
process.stdout.write('removed\n');
