import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerCertificate } from './private-engine.ts';
import { runProgram } from './programs.ts';

/** An authority of a test's own with what it signs, as PEM files below `directory`: `client` is a DOCKER_CERT_PATH. */
export interface Certificates {
  readonly client: string;
  /** Of an engine, or what else listens, at this address and under these names. */
  readonly server: (address: string, ...names: readonly string[]) => Promise<ServerCertificate>;
}

export async function makeCertificates(directory: string): Promise<Certificates> {
  const client = join(directory, 'client');
  await runProgram('sh', ['-ec', authority, directory]);
  await runProgram('sh', ['-ec', signed, directory, 'client', 'client', 'extendedKeyUsage=clientAuth']);
  return {
    client,
    async server(address, ...names) {
      const all = [`IP:${address}`, ...names.map((name) => `DNS:${name}`)].join(',');
      await runProgram('sh', ['-ec', signed, directory, 'server', address, `subjectAltName=${all}\nextendedKeyUsage=serverAuth`]);
      const read = (path: string): Promise<string> => readFile(join(directory, path), 'utf8');
      return { ca: await read('ca.pem'), cert: await read('server/cert.pem'), key: await read('server/key.pem') };
    },
  };
}

const authority = `
cd "$0"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=authority -keyout ca-key.pem -out ca.pem
`;

/** $0: the directory, $1: the folder in it, $2: the name, $3: extensions. */
const signed = `
cd "$0"; mkdir "$1"; cp ca.pem "$1"
openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$2" -keyout "$1/key.pem" -out "$1/request.pem"
echo "$3" > "$1/extensions"
openssl x509 -req -in "$1/request.pem" -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 2 -extfile "$1/extensions" -out "$1/cert.pem"
`;
