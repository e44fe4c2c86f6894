/**
 * Before each e2e suite: the services of the jest worker that runs it, started if it is the worker's first.
 * Jest awaits a setup file only when the module itself is a function, which an ES module cannot be.
 */
module.exports = async function takeServices() {
  const answer = await fetch(`${process.env.BULWARK_TEST_SERVICE_SETS}/${process.env.JEST_WORKER_ID}`);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`The services of this jest worker did not start:\n${text}`);
  process.env.BULWARK_TEST_SERVICES = text;
};
