/**
 * Failpoints: places where a drill or a fault test kills the process for real, as a power cut would. They do nothing
 * unless `FAILPOINTS_DIR` is set, which production refuses.
 */
export { Failpoints, FailpointsModule } from './failpoints.js';
