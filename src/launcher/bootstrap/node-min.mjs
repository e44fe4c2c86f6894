/** The oldest Node that starts this repository; it installs the packages, the Node that runs the rest among them. */
export const NODE_MIN = '20.19';

/** In the syntax of an old Node, which has to read it. */
export function isTooOld(version) {
  const [major, minor] = version.split('.').map(Number);
  const [majorMin, minorMin] = NODE_MIN.split('.').map(Number);
  return major < majorMin || (major === majorMin && minor < minorMin);
}
