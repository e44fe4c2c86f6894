/** Whether suites with two forms take the long one: `npm run test:long`. */
export const isLongRun = process.env.BULWARK_TEST_LONG === '1';
