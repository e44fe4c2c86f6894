/** Ends all services and removes their data. */
export default async function globalTeardown() {
  await globalThis.bulwarkServiceSets?.stop();
}
