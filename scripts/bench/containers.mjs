// The least that a client of the engine can do to have a server in a container: what endpoints are compared with.

import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { call } from '../engine-api.mjs';

/** Created and started; the port is published on 127.0.0.1 if asked for, else the server is reached at the container's own address. */
export async function startServer(engine, image, { isPublished = false } = {}) {
  const HostConfig = isPublished ? { PortBindings: { '8080/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] } } : {};
  const body = JSON.stringify({ Image: image, Cmd: ['serve'], HostConfig, ExposedPorts: { '8080/tcp': {} } });
  const headers = { 'content-type': 'application/json' };
  const { Id } = JSON.parse((await done(engine, { method: 'POST', path: '/containers/create', headers, body })).text);
  await done(engine, { method: 'POST', path: `/containers/${Id}/start` });
  const { NetworkSettings } = JSON.parse((await done(engine, { path: `/containers/${Id}/json` })).text);
  const published = NetworkSettings.Ports['8080/tcp']?.[0].HostPort;
  return {
    url: isPublished ? `http://127.0.0.1:${published}` : `http://${NetworkSettings.IPAddress}:8080`,
    end: () => done(engine, { method: 'DELETE', path: `/containers/${Id}?force=true` }),
  };
}

/** Returns with the first 200 on /ping. */
export async function untilHealthy(url) {
  while ((await answer(`${url}/ping`)) !== 200) await sleep(5);
}

/** The status of an answer; undefined when there was none. */
export function answer(url, options = {}, body = '') {
  return new Promise((resolve) => {
    const request = http.request(url, { agent: false, ...options }, (response) => {
      response.resume().once('close', () => resolve(response.statusCode));
    });
    request.once('error', () => resolve(undefined));
    request.end(body);
  });
}

async function done(engine, request) {
  const answer = await call(engine, request);
  if (answer.status >= 400) throw new Error(`${request.method ?? 'GET'} ${request.path}: ${answer.status} ${answer.text}`);
  return answer;
}
