import { isError } from '../../src/errors.ts';
import { openHome } from '../../src/store/home.ts';
import { packDirectories } from '../../src/store/pack.ts';
import { removeTree } from '../../src/store/temporary.ts';

/** Does one thing as an ordinary user, and prints `done` or the error. */
const actions: Readonly<Record<string, (...paths: string[]) => Promise<unknown>>> = {
  remove: (path = '') => removeTree(path),
  open: (path = '') => openHome(path),
  pack: (source = '', archive = '') => packDirectories([source], archive),
};
const [action = '', ...paths] = process.argv.slice(2);
process.setgid?.(65534);
process.setuid?.(65534);
try {
  await actions[action]?.(...paths);
  process.stdout.write('done\n');
} catch (error) {
  process.stdout.write(`${isError(error) ? `${error.code} ${error.message}` : String(error)}\n`);
}
