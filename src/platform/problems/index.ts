/** Problems: one catalogue of typed errors and the one place where they become RFC 9457 answers. */
export {
  Problem,
  allProblems,
  defineProblems,
  type FieldError,
  type ProblemDefinition,
  type ProblemDetails,
} from './problem.js';
export { HttpProblems } from './http-problems.js';
export { toProblem } from './to-problem.js';
export { PROBLEM_MEDIA_TYPE, instanceOf, problemHeaders, toProblemBody } from './problem-body.js';
export { DescribesProblems, describe as describeProblemResponse } from './describes-problems.js';
