export default async function stopEndpoint() {
  await globalThis.stopEndpoint?.();
}
