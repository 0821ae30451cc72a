import { credentialsListener } from '../../src/credentials/listener.ts';
import { Register } from '../../src/credentials/register.ts';
import { SharedAddress } from '../../src/credentials/shared-address.ts';

// A process of its own that answers at an address, or waits to: answer <port> <register>. Prints how it does, and again on each line it gets.
const [port = '', directory = ''] = process.argv.slice(2);
const shared = new SharedAddress({
  address: { host: '127.0.0.1', port: Number(port) },
  answer: credentialsListener(new Register(directory), () => new Date()),
  makeHost: async () => {},
  onLost: (error) => process.stdout.write(`lost: ${error}\n`),
});
process.stdout.write(`${await shared.take()}\n`);
process.stdin.on('data', async () => process.stdout.write(`${await shared.take()}\n`));
