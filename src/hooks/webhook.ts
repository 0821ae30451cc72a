import { Pool } from 'undici';
import { elapsed } from '../units.ts';

/** Posts JSON to an address. Errors: that it is not there, an answer that is none of success, or that it took too long. */
export async function post(url: string, body: string, limit: number, stop?: AbortSignal): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const late = AbortSignal.timeout(limit * 1000);
  const signal = stop ? AbortSignal.any([late, stop]) : late;
  const { origin, pathname, search } = new URL(url);
  const pool = new Pool(origin);
  try {
    const { statusCode, body: answer } = await pool.request({ path: `${pathname}${search}`, method: 'POST', headers, body, signal });
    await answer.dump();
    if (statusCode < 200 || statusCode > 299) throw new Error(`it answered ${statusCode}`);
  } catch (error) {
    if (late.aborted) throw new Error(`it took longer than ${elapsed(limit)}`);
    throw error;
  } finally {
    await pool.destroy();
  }
}
