import { openHome } from '../../src/store/home.ts';
import { Owner } from '../../src/store/owner.ts';

/** Starts an owner, prints its id, and lives on until it gets a line. */
const { id } = await Owner.start(await openHome(process.argv[2] ?? ''));
process.stdout.write(`${id}\n`);
process.stdin.once('data', () => process.stdin.destroy());
