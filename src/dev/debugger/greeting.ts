/**
 * Whether whoever has connected is a debugger, by the first bytes that it sends; undefined as long as that cannot be told. A debugger speaks the
 * Debug Adapter Protocol, or opens a WebSocket to the inspector: a scan of ports says nothing, and a browser or a list of what can be debugged
 * asks by plain HTTP.
 */
export function isDebugger(bytes: Buffer): boolean | undefined {
  const text = bytes.subarray(0, longestHead).toString('latin1');
  if (text.startsWith(debugAdapter)) return true;
  if (debugAdapter.startsWith(text) || http.startsWith(text)) return undefined;
  if (!text.startsWith(http)) return false;
  const [head, ...body] = text.split('\r\n\r\n');
  if (body.length === 0 && bytes.length < longestHead) return undefined;
  return /^upgrade:\s*websocket\s*$/im.test(head ?? '');
}

const debugAdapter = 'Content-Length:';
const http = 'GET ';
const longestHead = 8192;
