// nginx between a client and a server: what people put there when they want it fast.

import { spawn } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { kept } from './processes.mjs';
import { need } from './programs.mjs';
import { statusOf } from './raw-engine.mjs';

/** One worker, as there is one of ours, with connections to the server that stay open: `{ url, end }`. */
export async function nginx({ path }, upstream) {
  need('nginx');
  const directory = join(path, 'nginx');
  await mkdir(directory);
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${directory}/${name};`);
  const text = `daemon off; worker_processes 1; pid ${directory}/pid; error_log stderr crit; user root;
events { worker_connections 1024; }
http { access_log off; client_max_body_size 100m; ${temporary.join(' ')}
  upstream container { server ${new URL(upstream).host}; keepalive 64; }
  server { listen 127.0.0.1:${port};
    location / { proxy_pass http://container; proxy_http_version 1.1; proxy_set_header Connection ""; } } }`;
  await writeFile(join(directory, 'nginx.conf'), text);
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
  const child = kept(spawn('nginx', ['-c', join(directory, 'nginx.conf')], { stdio: 'ignore', env, detached: true }));
  const ended = new Promise((resolve) => child.once('close', resolve));
  const url = `http://127.0.0.1:${port}`;
  while ((await statusOf(`${url}/ping`)) !== 200) {
    if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}`);
    await sleep(10);
  }
  return {
    url,
    async end() {
      child.kill('SIGINT');
      await ended;
      await rm(directory, { recursive: true });
    },
  };
}

function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
